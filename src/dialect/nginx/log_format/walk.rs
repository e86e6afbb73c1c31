//! Walks a stretch of a line along a template. Knows: where each value ends. Does not know: what the values mean.
//!
//! Most values end at a byte that escaping keeps out of values, or where their shape ends. Free text that may hold
//! its own delimiter (`$remote_user [`, an unquoted X-Forwarded-For) is settled up to the next sure end instead:
//! first from that end backwards, and what remains between two free texts by the first split that fits the shapes.

use memchr::{memchr, memmem};

use super::super::find::near;
use super::super::value;
use super::field::Field;
use super::fields::Fields;
use super::lists;
use super::request;
use super::span;
use super::template::{Delimiter, Step, Template};
use super::variable::Class;

/// How many splits between two free texts are tried. A person's text holds its delimiter a few times;
/// an attacker's 32 KB of it must not cost a quadratic search.
const SPLITS_MAX: usize = 128;

impl Template {
    /// Walks from `begin` to `limit`, where a quote stands or the line ends.
    /// `None`: the line does not follow the template there, and the fields are of no use.
    pub(super) fn walk<'a>(
        &self,
        line: &'a [u8],
        begin: usize,
        limit: usize,
        fields: &mut Fields<'_, 'a>,
    ) -> Option<()> {
        let mut walk = Walk { steps: &self.steps, line, limit, fields };
        let mut at = begin + self.head.begins(&line[begin..]).then_some(self.head.len())?;
        let mut index = 0;
        while let Some(step) = self.steps.get(index) {
            at = match step.end {
                Delimiter::Before(_) => {
                    let end = step.stop(line, at).filter(|&end| end < limit)?;
                    walk.fields.set(step.field, &line[at..end]);
                    end + step.literal.len()
                }
                Delimiter::Shape | Delimiter::Slash => walk.shape(step, at, limit)?,
                Delimiter::Anchor { .. } | Delimiter::Line => {
                    let end = walk.sure_end(step, at)?;
                    walk.fields.set(step.field, &line[at..end]);
                    end + step.literal.len()
                }
                Delimiter::Ambiguous { until } => {
                    let first = index;
                    index = until;
                    let end = walk.sure_end(&self.steps[until], at)?;
                    walk.absent(first, until, at, end).or_else(|| walk.settle(first, until, at, end))?;
                    end + self.steps[until].literal.len()
                }
            };
            index += 1;
        }
        (at == limit).then_some(())
    }
}

impl Step {
    /// Where a value that begins at `start` ends, if that is before the byte which the literal after it begins with:
    /// found first, and then the value looked at, since that is quicker than to look for the end of its shape.
    #[inline(always)]
    pub(super) fn stop(&self, line: &[u8], start: usize) -> Option<usize> {
        let Delimiter::Before(byte) = self.end else { return None };
        let stop = start + near(byte, &line[start..])?;
        let text = &line[start..stop];
        // Nothing is counted by a client's address, so it is not looked at, here as in `combined`.
        let is_whole = self.class == Class::Ip || span::is_value(self.class, text);
        (is_whole && self.literal.begins(&line[stop..])).then_some(stop)
    }
}

struct Walk<'t, 'r, 'a> {
    steps: &'t [Step],
    line: &'a [u8],
    limit: usize,
    fields: &'t mut Fields<'r, 'a>,
}

impl<'a> Walk<'_, '_, 'a> {
    /// Where the value that begins at `start` ends, the literal after it checked.
    #[inline(always)]
    fn sure_end(&self, step: &Step, start: usize) -> Option<usize> {
        let end = match step.end {
            Delimiter::Anchor { byte, offset } => {
                (start + memchr(byte, &self.line[start..self.limit])?).checked_sub(offset)?
            }
            _ => self.limit.checked_sub(step.literal.len())?,
        };
        (end >= start && step.literal.begins(&self.line[end..])).then_some(end)
    }

    /// One value of a known shape and the literal after it. Returns where the next value begins.
    fn shape(&mut self, step: &Step, start: usize, limit: usize) -> Option<usize> {
        let mut end = start + span::forward(step.class, &self.line[start..limit])?;
        if step.end == Delimiter::Slash && !self.line[end..].starts_with(b"/") && self.line[start..end].ends_with(b"-")
        {
            // There is no target (`http://shop.example-`): the dash is nginx's word for that.
            end -= 1;
        }
        let next = end + step.literal.len();
        let fits = next <= limit && step.literal.begins(&self.line[end..]);
        self.fields.set(step.field, &self.line[start..end]);
        fits.then_some(next)
    }

    /// A free text that is absent, as `$remote_user` nearly always is: a dash, and the values behind it have their
    /// shapes up to the sure end.
    #[inline]
    fn absent(&mut self, first: usize, until: usize, start: usize, end: usize) -> Option<()> {
        let (dash, last) = (&self.steps[first], &self.steps[until]);
        let next = start + 1 + dash.literal.len();
        let is_dash = next <= end && self.line[start] == b'-' && dash.literal.begins(&self.line[start + 1..]);
        let (index, at) = self.run(first + 1, until, is_dash.then_some(next)?, end)?;
        let text = &self.line[at..end];
        (index == until && last.class != Class::Free && span::is_value(last.class, text)).then_some(())?;
        self.fields.set(dash.field, b"-");
        self.fields.set(last.field, text);
        Some(())
    }

    /// The steps from a free text up to the next sure end.
    #[inline(never)]
    fn settle(&mut self, first: usize, until: usize, start: usize, end: usize) -> Option<()> {
        let (last, last_end) = self.backward(first, until, start, end)?;
        let last_start = self.between(first, last, start, last_end)?;
        self.fields.set(self.steps[last].field, &self.line[last_start..last_end]);
        Some(())
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
            let step = &self.steps[index];
            let text = &self.line[at..limit];
            let even = lists::even_end(&self.steps[index..=last], text);
            let (end, next, next_at) =
                even.into_iter().chain(ends(step, text)).map(|found| at + found).find_map(|end| {
                    self.run(index + 1, last, end + step.literal.len(), limit).map(|(index, at)| (end, index, at))
                })?;
            self.fields.set(step.field, &self.line[at..end]);
            (index, at) = (next, next_at);
        }
        Some(at)
    }

    /// Values of known shape up to the next free text. Returns that and where it begins.
    fn run(&mut self, first: usize, last: usize, start: usize, limit: usize) -> Option<(usize, usize)> {
        let mut at = start;
        for index in first..last {
            let step = &self.steps[index];
            if !matches!(step.end, Delimiter::Shape | Delimiter::Before(_) | Delimiter::Slash) {
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

/// Where a free text may end: before its literal, and a request line best of all behind its protocol, since a client
/// writes blanks where it likes.
fn ends<'a>(step: &'a Step, text: &'a [u8]) -> impl Iterator<Item = usize> + use<'a> {
    let is_request = step.field == Field::Request;
    let protocols = is_request.then(|| memmem::find_iter(text, request::PROTOCOL)).into_iter().flatten();
    let behind = protocols.map(|found| found + request::PROTOCOL.len() + "1.1".len());
    let whole = behind.filter(|&end| text.get(end..).is_some_and(|rest| step.literal.begins(rest)));
    let before_literal = memmem::find_iter(text, step.literal.bytes()).take(SPLITS_MAX);
    let inside_list = |end: usize| step.class.is_list() && lists::is_inside_separator(text, end);
    whole.take(SPLITS_MAX).chain(before_literal.filter(move |&end| !inside_list(end)))
}

/// Digits are everywhere; where a split has to be guessed, these two must be what nginx prints.
fn plausible(field: Field, text: &[u8]) -> bool {
    match field {
        Field::Status => text.len() == 3 && value::status(text).is_some(),
        Field::RequestTime => value::millis(text).is_some(),
        _ => true,
    }
}
