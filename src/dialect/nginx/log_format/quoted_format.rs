//! Parses lines of formats with quoted fields: format and line are both split at `"`, and segment *i* of the format reads
//! segment *i* of the line, since no escaped value holds a quote of its own. Does not know: what stands in a segment.

use super::super::find::ByteIndex;
use super::combined;
use super::escape::Escape;
use super::field::Field;
use super::fields::Fields;
use super::item::{self, Item};
use super::literal::Literal;
use super::refused::FormatError;
use super::span::is_escaped;
use super::template::{Delimiter, Step, Template};
use crate::record::Sight;

/// A compiled `log_format`.
#[derive(Debug, Clone)]
pub(super) struct QuotedFormat {
    /// What stands before each quote.
    segments: Box<[Segment]>,
    /// What stands behind the last quote, or everything where there is none.
    last: Segment,
    json: bool,
    /// The format begins as `combined` does.
    is_combined: bool,
}

/// What stands between two quotes.
#[derive(Debug, Clone)]
enum Segment {
    /// No variable.
    Text(Literal),
    /// One variable and nothing else, as most quotes hold.
    Value(Field),
    /// One variable between two texts, and nothing in it can begin the second: read without a walk, for 2 % fewer
    /// instructions of a kv line.
    Between(Literal, Step),
    Mixed(Template),
}

impl QuotedFormat {
    pub(super) fn compile(source: &str, escape: Escape) -> Result<QuotedFormat, FormatError> {
        let (head, items) = item::items(source)?;
        let mut templates = templates(head, items, escape);
        let is_combined = escape == Escape::Default && source.starts_with(combined::SOURCE);
        let last = Segment::of(templates.pop().unwrap_or_default());
        let segments = templates.into_iter().map(Segment::of).collect();
        Ok(QuotedFormat { segments, last, json: escape == Escape::Json, is_combined })
    }

    /// The columns that every line shows.
    pub(super) fn sight(&self) -> Sight {
        self.segments.iter().chain([&self.last]).map(Segment::sight).fold(Sight::NOTHING, Sight::and)
    }

    /// `None`: the line does not follow the format, and the fields are of no use.
    pub(super) fn read<'a>(&self, line: &'a [u8], fields: &mut Fields<'_, 'a>) -> Option<()> {
        let mut quotes = ByteIndex::of(b'"', line);
        let (mut begin, mut segments) = (0, &*self.segments);
        if self.is_combined {
            match combined::read(line, &mut quotes) {
                Some((combined, end)) => {
                    fields.set_combined(&combined);
                    (begin, segments) = (end + 1, &segments[combined::QUOTES..]);
                }
                None => quotes = ByteIndex::of(b'"', line),
            }
        }
        for segment in segments {
            let mut end = quotes.next()?;
            // Only `escape=json` leaves a quote inside a value, with a backslash before it.
            while self.json && segment.varies() && is_escaped(&line[begin..end]) {
                end = quotes.next()?;
            }
            segment.read(line, begin, end, fields)?;
            begin = end + 1;
        }
        self.last.read(line, begin, line.len(), fields)
    }
}

/// One for each part between quotes. Without escaping, a quote is a byte like any other.
fn templates(head: &str, items: Vec<Item<'_>>, escape: Escape) -> Vec<Template> {
    if escape == Escape::None {
        return vec![Template::new(head, &items, escape)];
    }
    let (mut templates, mut inside) = (Vec::new(), Vec::new());
    let (head, texts) = parts(head);
    let mut begin = head;
    let mut close = |inside: &mut Vec<Item<'_>>, next| {
        templates.push(Template::new(std::mem::replace(&mut begin, next), inside, escape));
        inside.clear();
    };
    texts.for_each(|next| close(&mut inside, next));
    for item in items {
        let (literal, texts) = parts(item.literal);
        inside.push(Item { literal, ..item });
        texts.for_each(|next| close(&mut inside, next));
    }
    close(&mut inside, "");
    templates
}

/// What stands before the first quote, and before each of the others and the end.
fn parts(text: &str) -> (&str, impl Iterator<Item = &str>) {
    let mut parts = text.split('"');
    (parts.next().unwrap_or_default(), parts)
}

impl Segment {
    fn of(template: Template) -> Segment {
        match &*template.steps {
            [] => Segment::Text(template.head),
            [one] if template.head.len() + one.literal.len() == 0 => Segment::Value(one.field),
            [one] if matches!(one.end, Delimiter::Before(_)) => Segment::Between(template.head, one.clone()),
            _ => Segment::Mixed(template),
        }
    }

    fn sight(&self) -> Sight {
        match self {
            Segment::Text(_) => Sight::NOTHING,
            Segment::Value(field) => field.sight(),
            Segment::Between(_, step) => step.field.sight(),
            Segment::Mixed(template) => {
                template.steps.iter().map(|step| step.field.sight()).fold(Sight::NOTHING, Sight::and)
            }
        }
    }

    fn varies(&self) -> bool {
        !matches!(self, Segment::Text(_))
    }

    #[inline(always)]
    fn read<'a>(&self, line: &'a [u8], begin: usize, end: usize, fields: &mut Fields<'_, 'a>) -> Option<()> {
        match self {
            Segment::Text(literal) => (literal.begins(&line[begin..]) && begin + literal.len() == end).then_some(()),
            Segment::Value(field) => {
                fields.set(*field, &line[begin..end]);
                Some(())
            }
            Segment::Between(before, step) => {
                let start = begin + before.begins(&line[begin..]).then_some(before.len())?;
                let stop = step.stop(line, start)?;
                fields.set(step.field, &line[start..stop]);
                (stop + step.literal.len() == end).then_some(())
            }
            Segment::Mixed(template) => template.walk(line, begin, end, fields),
        }
    }
}
