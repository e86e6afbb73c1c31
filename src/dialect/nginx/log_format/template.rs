//! Compiles a format string without quotes into steps: a variable, how its end is found, the literal after it.
//! Knows: nginx's syntax for variables and what each `escape=` guarantees. Does not know: lines, or what quotes do.

use super::escape::Escape;
use super::field::Field;
use super::literal::Literal;
use super::refused::FormatError;
use super::span::SEPARATORS;
use super::variable::{self, Class};

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

/// A format string in pieces.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    pub name: String,
    pub literal: &'a str,
}

impl Template {
    pub(super) fn compile(source: &str, escape: Escape) -> Result<Template, FormatError> {
        let (head, pieces) = pieces(source);
        let mut steps = steps(&pieces)?;
        settle_ends(&mut steps, escape);
        Ok(Template { head: Literal::new(head.as_bytes()), steps: steps.into() })
    }
}

/// The names of all variables of a format string.
pub(super) fn variables(source: &str) -> Vec<String> {
    pieces(source).1.into_iter().map(|piece| piece.name).collect()
}

/// Splits at `$name` and `${name}` (source: ngx_http_log_module.c, ngx_http_log_compile_format).
/// A `$` with no name after it is refused by nginx; here it stays text.
pub(super) fn pieces(source: &str) -> (&str, Vec<Piece<'_>>) {
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    let mut head = source;
    let mut literal_start = 0;
    let mut at = 0;
    while let Some(dollar) = source[at..].find('$').map(|found| at + found) {
        let Some((name, after)) = name_at(source, dollar + 1) else {
            at = dollar + 1;
            continue;
        };
        let literal = &source[literal_start..dollar];
        match pieces.last_mut() {
            Some(previous) => previous.literal = literal,
            None => head = literal,
        }
        pieces.push(Piece { name: name.to_ascii_lowercase(), literal: &source[after..] });
        (literal_start, at) = (after, after);
    }
    (head, pieces)
}

/// The variable name that begins here, in braces or not, and where the text goes on after it.
fn name_at(source: &str, start: usize) -> Option<(&str, usize)> {
    let braced = source[start..].starts_with('{');
    let start = start + usize::from(braced);
    let rest = &source[start..];
    let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    let closed = !braced || rest[length..].starts_with('}');
    (length > 0 && closed).then(|| (&rest[..length], start + length + usize::from(braced)))
}

/// One step per variable; variables that follow each other without a literal become one where nothing needed is lost.
fn steps(pieces: &[Piece<'_>]) -> Result<Vec<Step>, FormatError> {
    let mut steps: Vec<Step> = Vec::with_capacity(pieces.len());
    let mut name_before = "";
    for piece in pieces {
        let (field, class) = variable::lookup(&piece.name);
        let step = Step { field, class, end: Delimiter::Line, literal: Literal::new(piece.literal.as_bytes()) };
        match steps.last_mut().filter(|before| before.literal.bytes().is_empty()) {
            Some(before) if is_swallowed(before, &piece.name, &step) => {
                before.class = Class::Free;
                if is_target(before.field) {
                    before.field = Field::UriAndArgs;
                }
                before.literal = step.literal;
            }
            Some(before) if before.class.width().is_none() && !before.ends_at_slash(&step) => {
                return Err(FormatError::Adjacent(name_before.to_owned(), piece.name.clone()));
            }
            _ => steps.push(step),
        }
        name_before = &piece.name;
    }
    Ok(steps)
}

/// Two neighbours of which nobody needs either, or `$uri$is_args$args`, where the query string is cut off later.
fn is_swallowed(before: &Step, name: &str, step: &Step) -> bool {
    let query = is_target(before.field) && matches!(name, "is_args" | "args" | "query_string");
    query || (before.field == Field::Skipped && step.field == Field::Skipped)
}

fn is_target(field: Field) -> bool {
    matches!(field, Field::RequestUri | Field::Uri | Field::UriAndArgs)
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
    /// A host holds no slash, and a target begins with one.
    fn ends_at_slash(&self, next: &Step) -> bool {
        self.literal.bytes().is_empty() && is_target(next.field) && !self.class.holds(b'/')
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
