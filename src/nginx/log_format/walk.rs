//! Walks one line along a template. Knows: where each value ends. Does not know: what the values mean.
//!
//! Most values end at a byte that escaping keeps out of values, or where their shape ends. Free text that may hold
//! its own delimiter (`$remote_user [`, an unquoted X-Forwarded-For) is settled up to the next sure end instead:
//! first from that end backwards, and what remains between two free texts by the first split that fits the shapes.

use memchr::{memchr, memmem};

use super::super::access::value;
use super::super::find::Places;
use super::Escape;
use super::fields::{Field, Fields};
use super::span::{self, is_escaped};
use super::template::{End, Step, Template};

/// How many splits between two free texts are tried. A person's text holds its delimiter a few times;
/// an attacker's 32 KB of it must not cost a quadratic search.
const SPLITS_MAX: usize = 128;

impl Template {
    /// `None`: the line does not follow the template, and the fields are of no use.
    pub fn walk<'a>(&self, line: &'a [u8], fields: &mut Fields<'a>) -> Option<()> {
        let json = self.escape == Escape::Json;
        let mut quotes = Places::of(b'"', line);
        let mut walk = Walk { steps: &self.steps, json, line, fields };
        let mut at = self.head.begins(line).then_some(self.head.len())?;
        let mut index = 0;
        while let Some(step) = self.steps.get(index) {
            at = match step.end {
                End::Unsure { until } => {
                    let first = index;
                    index = until;
                    walk.settle(first, until, at, quotes)?
                }
                End::Shape | End::Slash => walk.shape(step, at, line.len())?,
                End::Anchor { .. } | End::Line => {
                    let end = walk.sure_end(step, at, &mut quotes)?;
                    walk.fields.set(step.field, &line[at..end]);
                    end + step.literal.len()
                }
            };
            index += 1;
        }
        (at == line.len()).then_some(())
    }
}

struct Walk<'t, 'a> {
    steps: &'t [Step],
    json: bool,
    line: &'a [u8],
    fields: &'t mut Fields<'a>,
}

impl<'a> Walk<'_, 'a> {
    /// Where the value that begins at `start` ends, the literal after it checked.
    #[inline(always)]
    fn sure_end(&self, step: &Step, start: usize, quotes: &mut Places<'_>) -> Option<usize> {
        let end = match step.end {
            End::Anchor { byte, offset } => self.find_anchor(byte, start, quotes)?.checked_sub(offset)?,
            _ => self.line.len().checked_sub(step.literal.len())?,
        };
        (end >= start && step.literal.begins(&self.line[end..])).then_some(end)
    }

    /// Only `escape=json` leaves a quote inside a value, with a backslash before it.
    #[inline(always)]
    fn find_anchor(&self, byte: u8, start: usize, quotes: &mut Places<'_>) -> Option<usize> {
        if byte != b'"' {
            return memchr(byte, &self.line[start..]).map(|found| start + found);
        }
        let mut found = quotes.from(start)?;
        while self.json && is_escaped(&self.line[start..found]) {
            found = quotes.from(found + 1)?;
        }
        Some(found)
    }

    /// One value of a known shape and the literal after it. Returns where the next value begins.
    #[inline]
    fn shape(&mut self, step: &Step, start: usize, limit: usize) -> Option<usize> {
        let mut end = start + span::forward(step.class, &self.line[start..limit])?;
        if step.end == End::Slash && !self.line[end..].starts_with(b"/") && self.line[start..end].ends_with(b"-") {
            // There is no target (`http://shop.example-`): the dash is nginx's word for that.
            end -= 1;
        }
        let next = end + step.literal.len();
        let fits = next <= limit && step.literal.begins(&self.line[end..]);
        self.fields.set(step.field, &self.line[start..end]);
        fits.then_some(next)
    }

    /// The steps from a free text up to the next sure end. Returns where the value after them begins.
    /// Takes a copy of the places, so that those of the walk can stay in registers.
    #[inline(never)]
    fn settle(&mut self, first: usize, until: usize, start: usize, mut quotes: Places<'_>) -> Option<usize> {
        let end = self.sure_end(&self.steps[until], start, &mut quotes)?;
        let (last, last_end) = self.backward(first, until, start, end)?;
        let last_start = self.between(first, last, start, last_end)?;
        self.fields.set(self.steps[last].field, &self.line[last_start..last_end]);
        Some(end + self.steps[until].literal.len())
    }

    /// Takes values of known shape from the end. Returns the last free text and where it ends.
    fn backward(&mut self, first: usize, until: usize, start: usize, end: usize) -> Option<(usize, usize)> {
        let mut end = end;
        for index in (first + 1..=until).rev() {
            let (before, step) = (self.steps[index - 1].literal.bytes(), &self.steps[index]);
            if !step.shape_is_sure_after(before) {
                return Some((index, end));
            }
            let value = start + span::backward(step.class, before, &self.line[start..end])?;
            self.fields.set(step.field, &self.line[value..end]);
            end = value - before.len();
        }
        Some((first, end))
    }

    /// Splits the text between two free texts at the first places that fit. Returns where the last one begins.
    fn between(&mut self, first: usize, last: usize, start: usize, limit: usize) -> Option<usize> {
        let (mut index, mut at) = (first, start);
        while index < last {
            let literal = self.steps[index].literal.bytes();
            let candidates = memmem::find_iter(&self.line[at..limit], literal).take(SPLITS_MAX);
            let (end, next, next_at) = candidates
                .map(|found| at + found)
                .find_map(|end| self.run(index + 1, last, end + literal.len(), limit).map(|(i, at)| (end, i, at)))?;
            self.fields.set(self.steps[index].field, &self.line[at..end]);
            (index, at) = (next, next_at);
        }
        Some(at)
    }

    /// Values of known shape up to the next free text. Returns that and where it begins.
    fn run(&mut self, first: usize, last: usize, start: usize, limit: usize) -> Option<(usize, usize)> {
        let mut at = start;
        for index in first..last {
            let step = &self.steps[index];
            if !matches!(step.end, End::Shape | End::Slash) {
                return Some((index, at));
            }
            let next = self.shape(step, at, limit)?;
            if !plausible(step.field, &self.line[at..next - step.literal.len()]) {
                return None;
            }
            at = next;
        }
        Some((last, at))
    }
}

/// Digits are everywhere; where a split has to be guessed, these two must be what nginx prints.
fn plausible(field: Field, text: &[u8]) -> bool {
    match field {
        Field::Status => text.len() == 3 && value::status(text).is_some(),
        Field::RequestTime => value::millis(text).is_some(),
        _ => true,
    }
}
