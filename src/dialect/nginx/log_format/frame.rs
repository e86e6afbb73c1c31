//! A format cut at its quotes, read from a line cut at its quotes: no escaped value holds a quote of its own.
//! Knows: that the cells of the two lie side by side. Does not know: what stands in a cell.

use super::super::find::Places;
use super::combined;
use super::escape::Escape;
use super::field::Field;
use super::fields::Fields;
use super::literal::Literal;
use super::refused::FormatError;
use super::span::is_escaped;
use super::template::{End, Step, Template};
use crate::record::Sight;

/// A compiled `log_format`.
#[derive(Debug, Clone)]
pub struct Frame {
    /// What stands before each quote.
    cells: Box<[Cell]>,
    /// What stands behind the last quote, or everything where there is none.
    last: Cell,
    json: bool,
    /// The format begins as `combined` does.
    is_combined: bool,
}

/// What stands between two quotes.
#[derive(Debug, Clone)]
enum Cell {
    /// No variable.
    Text(Literal),
    /// One variable and nothing else, as most quotes hold.
    Value(Field),
    /// One variable between two texts, and nothing in it can begin the second: read without a walk, for 2 % fewer
    /// instructions of a kv line.
    Between(Literal, Step),
    Mixed(Template),
}

impl Frame {
    pub fn compile(source: &str, escape: Escape) -> Result<Frame, FormatError> {
        let compile = |cell| Template::compile(cell, escape);
        // Without escaping, a quote is a byte like any other.
        let mut templates = match escape {
            Escape::None => vec![compile(source)?],
            _ => source.split('"').map(compile).collect::<Result<_, _>>()?,
        };
        let is_combined = escape == Escape::Default && source.starts_with(combined::SOURCE);
        let last = Cell::of(templates.pop().unwrap_or_default());
        let cells = templates.into_iter().map(Cell::of).collect();
        Ok(Frame { cells, last, json: escape == Escape::Json, is_combined })
    }

    /// The columns that every line shows.
    pub fn sight(&self) -> Sight {
        self.cells.iter().chain([&self.last]).map(Cell::sight).fold(Sight::NOTHING, Sight::and)
    }

    /// `None`: the line does not follow the format, and the fields are of no use.
    pub fn read<'a>(&self, line: &'a [u8], fields: &mut Fields<'_, 'a>) -> Option<()> {
        let mut quotes = Places::of(b'"', line);
        let (mut begin, mut cells) = (0, &*self.cells);
        if self.is_combined {
            match combined::read(line, &mut quotes) {
                Some((combined, end)) => {
                    fields.set_combined(&combined);
                    (begin, cells) = (end + 1, &cells[combined::QUOTES..]);
                }
                None => quotes = Places::of(b'"', line),
            }
        }
        for cell in cells {
            let mut end = quotes.next()?;
            // Only `escape=json` leaves a quote inside a value, with a backslash before it.
            while self.json && cell.varies() && is_escaped(&line[begin..end]) {
                end = quotes.next()?;
            }
            cell.read(line, begin, end, fields)?;
            begin = end + 1;
        }
        self.last.read(line, begin, line.len(), fields)
    }
}

impl Cell {
    fn of(template: Template) -> Cell {
        match &*template.steps {
            [] => Cell::Text(template.head),
            [one] if template.head.len() + one.literal.len() == 0 => Cell::Value(one.field),
            [one] if matches!(one.end, End::Before(_)) => Cell::Between(template.head, one.clone()),
            _ => Cell::Mixed(template),
        }
    }

    fn sight(&self) -> Sight {
        match self {
            Cell::Text(_) => Sight::NOTHING,
            Cell::Value(field) => field.sight(),
            Cell::Between(_, step) => step.field.sight(),
            Cell::Mixed(template) => {
                template.steps.iter().map(|step| step.field.sight()).fold(Sight::NOTHING, Sight::and)
            }
        }
    }

    fn varies(&self) -> bool {
        !matches!(self, Cell::Text(_))
    }

    #[inline(always)]
    fn read<'a>(&self, line: &'a [u8], begin: usize, end: usize, fields: &mut Fields<'_, 'a>) -> Option<()> {
        match self {
            Cell::Text(literal) => (literal.begins(&line[begin..]) && begin + literal.len() == end).then_some(()),
            Cell::Value(field) => {
                fields.set(*field, &line[begin..end]);
                Some(())
            }
            Cell::Between(before, step) => {
                let start = begin + before.begins(&line[begin..]).then_some(before.len())?;
                let stop = step.stop(line, start)?;
                fields.set(step.field, &line[start..stop]);
                (stop + step.literal.len() == end).then_some(())
            }
            Cell::Mixed(template) => template.walk(line, begin, end, fields),
        }
    }
}
