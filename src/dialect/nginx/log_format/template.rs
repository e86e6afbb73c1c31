//! Compiles items without quotes into steps: a variable, how its end is found, the literal after it.
//! Knows: what each `escape=` guarantees. Does not know: lines, or what quotes do.

use super::escape::Escape;
use super::field::Field;
use super::item::Item;
use super::literal::Literal;
use super::span::SEPARATORS;
use super::variable::Class;

/// A compiled format: what a line begins with, then one step per variable.
#[derive(Debug, Clone, Default)]
pub(super) struct Template {
    pub head: Literal,
    pub steps: Box<[Step]>,
}

/// One variable and the literal that follows it.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub field: Field,
    pub class: Class,
    pub end: Delimiter,
    pub literal: Literal,
}

/// How the end of a value is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delimiter {
    /// The literal holds, at this offset, a byte that no escaped value can hold.
    Anchor { byte: u8, offset: usize },
    /// Where the literal's first byte stands: the shape excludes it.
    Before(u8),
    /// Where the shape ends: it excludes what the literal begins with.
    Shape,
    /// Before the slash of the target that follows without a literal (`$host$request_uri`).
    Slash,
    /// Free text at the end: all of the line but the closing literal.
    Line,
    /// Free text that may hold its own delimiter: settled together with the steps up to this one,
    /// which is the next whose end is sure.
    Ambiguous { until: usize },
}

impl Template {
    pub(super) fn new(head: &str, items: &[Item<'_>], escape: Escape) -> Template {
        let mut steps: Vec<Step> = items.iter().map(Step::of).collect();
        settle_ends(&mut steps, escape);
        Template { head: Literal::new(head.as_bytes()), steps: steps.into() }
    }
}

/// Decides from the last step to the first, since unsure ends lean on the next sure one.
fn settle_ends(steps: &mut [Step], escape: Escape) {
    let mut sure = steps.len().saturating_sub(1);
    for index in (0..steps.len()).rev() {
        let step = &steps[index];
        let end = match anchor(step.literal.bytes(), escape) {
            Some(anchor) => anchor,
            None if steps.get(index + 1).is_some_and(|next| step.ends_at_slash(next)) => Delimiter::Slash,
            None if step.shape_is_sure() => step.end_by_shape(),
            None if index + 1 == steps.len() => Delimiter::Line,
            None => Delimiter::Ambiguous { until: sure },
        };
        if matches!(end, Delimiter::Anchor { .. } | Delimiter::Line) {
            sure = index;
        }
        steps[index].end = end;
    }
}

impl Step {
    fn of(item: &Item<'_>) -> Step {
        let literal = Literal::new(item.literal.as_bytes());
        Step { field: item.field, class: item.class, end: Delimiter::Line, literal }
    }

    /// A host holds no slash, and a target begins with one.
    fn ends_at_slash(&self, next: &Step) -> bool {
        self.literal.bytes().is_empty() && next.field.is_target() && !self.class.holds(b'/')
    }

    /// Whether the shape excludes what follows the value: the literal, or the end of the line.
    fn shape_is_sure(&self) -> bool {
        let clash = self.literal.bytes().first().is_some_and(|&first| self.class.holds(first));
        let separator = self.class.is_list() && SEPARATORS.iter().any(|it| self.literal.bytes().starts_with(it));
        self.class.width().is_some() || (self.class != Class::Free && !separator && !clash)
    }

    /// How the end is found where the shape is sure: at the literal's first byte, unless the separator of a list has that
    /// byte too, or the value is as long as it always is.
    fn end_by_shape(&self) -> Delimiter {
        let separates = |byte| self.class.is_list() && SEPARATORS.iter().any(|it| it.contains(&byte));
        let first = self.literal.bytes().first().filter(|_| self.class.width().is_none());
        first.filter(|&&first| !separates(first)).map_or(Delimiter::Shape, |&first| Delimiter::Before(first))
    }

    /// Whether the shape excludes what stands before the value.
    pub(super) fn shape_is_sure_after(&self, before: &[u8]) -> bool {
        let clash = before.last().is_none_or(|&last| self.class.holds(last));
        let separator = self.class.is_list() && SEPARATORS.iter().any(|it| before.ends_with(it));
        self.class.width().is_some() || (self.class != Class::Free && !separator && !clash)
    }
}

/// The first byte of a literal that the escaping keeps out of every value
/// (source: ngx_string.c ngx_escape_json; ngx_http_log_module.c ngx_http_log_escape).
fn anchor(literal: &[u8], escape: Escape) -> Option<Delimiter> {
    let is_anchor = |byte: &u8| match escape {
        Escape::Default => *byte < 0x20 || *byte >= 0x7f,
        Escape::Json => *byte < 0x20,
        Escape::None => false,
    };
    let offset = literal.iter().position(is_anchor)?;
    Some(Delimiter::Anchor { byte: literal[offset], offset })
}
