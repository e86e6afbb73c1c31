//! Maps a duration (ms) to its classic and its native bucket with one lookup: both kinds of bounds are merged into one
//! sorted list, and the interval between two neighbours is a *cell*. Does not know: counts.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

use super::native;

/// Times below this find their cell in a table; longer ones, which are rare where all is well, by bisection.
/// Bisection for all takes 10 % more of a kv line's instructions.
const TABLE_MS: u32 = 4096;

/// Upper bounds of classic buckets in milliseconds, ascending, each once, and the cells that these and the native
/// buckets make; shared by all histograms of a tally.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<u32>", into = "Vec<u32>")]
pub(super) struct Bounds(Arc<BucketIndex>);

#[derive(Debug, Default, PartialEq, Eq)]
struct BucketIndex {
    bounds_ms: Box<[u32]>,
    cells: Box<[Cell]>,
    /// The cell of each of the first milliseconds.
    table: Box<[u16]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cell {
    /// The longest time in it.
    upper_ms: u32,
    classic: usize,
    /// `None` for 0 ms, which no exponential bucket can hold.
    native: Option<i32>,
}

impl fmt::Display for Bounds {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{:?}", self.0.bounds_ms)
    }
}

impl From<Vec<u32>> for Bounds {
    fn from(mut bounds_ms: Vec<u32>) -> Bounds {
        bounds_ms.sort_unstable();
        bounds_ms.dedup();
        let mut uppers: Vec<u32> =
            [0].into_iter().chain(native::uppers_ms()).chain(bounds_ms.iter().copied()).collect();
        uppers.sort_unstable();
        uppers.dedup();
        let cell = |upper_ms| Cell {
            upper_ms,
            classic: bounds_ms.partition_point(|&bound| bound < upper_ms),
            native: native::bucket(upper_ms),
        };
        let cells: Box<[Cell]> = uppers.into_iter().map(cell).collect();
        let cell = |ms| u16::try_from(bisect(&cells, ms)).expect("at most one cell a millisecond");
        let table = (0..TABLE_MS).map(cell).collect();
        Bounds(Arc::new(BucketIndex { bounds_ms: bounds_ms.into(), cells, table }))
    }
}

impl From<Bounds> for Vec<u32> {
    fn from(bounds: Bounds) -> Vec<u32> {
        bounds.as_millis().to_vec()
    }
}

impl Bounds {
    /// The classic bounds.
    pub(super) fn as_millis(&self) -> &[u32] {
        &self.0.bounds_ms
    }

    /// The cell of a time.
    #[inline]
    pub(super) fn cell(&self, ms: u32) -> usize {
        let axis = &*self.0;
        axis.table.get(ms as usize).map_or_else(|| bisect(&axis.cells, ms), |&cell| usize::from(cell))
    }

    /// The classic bucket that a cell lies in; one past the last bound for what is longer.
    pub(super) fn classic(&self, cell: usize) -> usize {
        self.0.cells.get(cell).map_or(self.0.bounds_ms.len(), |cell| cell.classic)
    }

    /// The native bucket that a cell lies in.
    pub(super) fn native(&self, cell: usize) -> Option<i32> {
        self.0.cells.get(cell)?.native
    }

    /// The longest time in a cell; what is past the last has no end.
    pub(super) fn upper_ms(&self, cell: usize) -> u32 {
        self.0.cells.get(cell).map_or(u32::MAX, |cell| cell.upper_ms)
    }

    /// How many cells there are.
    pub(super) fn cells(&self) -> usize {
        self.0.cells.len()
    }
}

fn bisect(cells: &[Cell], ms: u32) -> usize {
    cells.partition_point(|cell| cell.upper_ms < ms)
}
