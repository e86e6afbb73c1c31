//! Cells by a pair of ids, found by two array look-ups. Knows: pairs. Does not know: what a cell holds.

use serde::{Deserialize, Serialize};

/// Marks a pair that has no cell yet.
const NO_CELL: u32 = u32::MAX;

/// Cells in the order in which their pairs were first met.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SeriesTable<C> {
    /// Where each pair's cell is. A snapshot does without: it is read cell by cell.
    #[serde(skip)]
    rows: Vec<Vec<u32>>,
    cells: Vec<((u16, u16), C)>,
}

impl<C> Default for SeriesTable<C> {
    fn default() -> Self {
        SeriesTable { rows: Vec::new(), cells: Vec::new() }
    }
}

impl<C> SeriesTable<C> {
    /// The cell of a pair, made when first asked for.
    pub(super) fn cell(&mut self, row: u16, column: u16, make: impl FnOnce() -> C) -> &mut C {
        let at = match self.find(row, column) {
            Some(at) => at,
            None => self.insert(row, column, make()),
        };
        &mut self.cells[at].1
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = ((u16, u16), &C)> {
        self.cells.iter().map(|(pair, cell)| (*pair, cell))
    }

    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    /// The place of a pair's cell, good until cells are taken out.
    #[inline]
    pub(super) fn place(&self, row: u16, column: u16) -> Option<usize> {
        self.find(row, column)
    }

    pub(super) fn at(&mut self, place: usize) -> &mut C {
        &mut self.cells[place].1
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = ((u16, u16), &mut C)> {
        self.cells.iter_mut().map(|(pair, cell)| (*pair, cell))
    }

    /// Takes out the cells for which `keep` is false.
    pub(super) fn retain(&mut self, mut keep: impl FnMut((u16, u16), &C) -> bool) {
        let cells = std::mem::take(&mut self.cells);
        self.rows.clear();
        for ((row, column), cell) in cells {
            if keep((row, column), &cell) {
                self.insert(row, column, cell);
            }
        }
    }

    pub(super) fn has(&self, row: u16, column: u16) -> bool {
        self.find(row, column).is_some()
    }

    pub(super) fn has_row(&self, row: u16) -> bool {
        self.rows.get(usize::from(row)).is_some_and(|row| !row.is_empty())
    }

    fn find(&self, row: u16, column: u16) -> Option<usize> {
        let at = *self.rows.get(usize::from(row))?.get(usize::from(column))?;
        (at != NO_CELL).then_some(at as usize)
    }

    fn insert(&mut self, row: u16, column: u16, cell: C) -> usize {
        let (row_at, column_at) = (usize::from(row), usize::from(column));
        if self.rows.len() <= row_at {
            self.rows.resize(row_at + 1, Vec::new());
        }
        let places = &mut self.rows[row_at];
        if places.len() <= column_at {
            places.resize(column_at + 1, NO_CELL);
        }
        let at = self.cells.len();
        places[column_at] = u32::try_from(at).unwrap_or(NO_CELL);
        self.cells.push(((row, column), cell));
        at
    }
}
