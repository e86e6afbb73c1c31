//! Values with something between them: what that is, whether each has a name, whether it is quoted.
//! Knows: separators, names, quotes. Does not know: which values there are.

use super::members::{Kind, Member};
use crate::dialect::nginx::log_format::LogFormat;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Separated<'f> {
    between: &'f str,
    /// What stands between a value's name and the value. `None`: they have no names.
    mark: Option<&'f str>,
    /// All values are quoted, whatever they are.
    all_quoted: bool,
}

/// What stands around a value.
pub(super) const OPENING: [char; 5] = ['"', '\'', '[', '(', '<'];
const CLOSING: [char; 5] = ['"', '\'', ']', ')', '>'];

/// What stands between two values: `", "rt="` is a quote, a separator, a name with its mark, and a quote.
struct Gap<'f> {
    whole: &'f str,
    between: &'f str,
    mark: Option<&'f str>,
}

impl<'f> Gap<'f> {
    fn of(whole: &'f str) -> Gap<'f> {
        let opened = whole.trim_end_matches(OPENING);
        let (rest, mark) = named(opened).map_or((opened, None), |(rest, mark)| (rest, Some(mark)));
        let between = rest.trim_start_matches(CLOSING);
        // A quote that parts two values, or `][`.
        Gap { whole, between: if between.is_empty() { whole } else { between }, mark }
    }
}

/// What stands before a name, and the mark behind it.
fn named(text: &str) -> Option<(&str, &str)> {
    let plain = text.trim_end();
    let name = plain.strip_suffix(['=', ':'])?;
    let rest = name.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || "_-.@".contains(c));
    (rest.len() < name.len()).then(|| (rest, &text[name.len()..]))
}

impl<'f> Separated<'f> {
    /// `name="value"` behind blanks, as the product's own format has it.
    pub(super) const NAMED: Separated<'static> = Separated { between: " ", mark: Some("="), all_quoted: false };

    pub(super) fn of(format: &'f LogFormat) -> Separated<'f> {
        let texts = format.texts();
        let inner = texts.get(1..texts.len().saturating_sub(1)).unwrap_or_default();
        let gaps: Vec<Gap<'f>> = inner.iter().filter(|text| !text.is_empty()).map(|text| Gap::of(text)).collect();
        let votes = |between: &str| gaps.iter().filter(|gap| gap.between == between).count();
        // `max_by_key` would take the last of several.
        let most = gaps.iter().rev().map(|gap| gap.between).max_by_key(|between| votes(between));
        let Some(between) = most.filter(|it| !it.contains(char::is_alphanumeric)) else { return Separated::NAMED };
        let marks: Vec<&str> = gaps.iter().filter_map(|gap| gap.mark).collect();
        let last = gaps.last().and_then(|gap| gap.mark);
        let mark = last.or_else(|| marks.last().copied().filter(|_| marks.len() > 1));
        let mark = mark.or_else(|| (between == " " && is_quoted_tail(format)).then_some("="));
        let all_quoted = !between.contains('"') && gaps.iter().all(|gap| gap.whole.matches('"').count() > 1);
        Separated { between, mark, all_quoted }
    }

    pub(super) fn with(&self, format: &LogFormat, members: &[&Member]) -> String {
        let source = format.source();
        let texts = format.texts();
        let tail = texts.last().copied().unwrap_or_default();
        let items: Vec<String> =
            members.iter().enumerate().map(|(n, it)| self.item(source, it, n == 0 && tail.is_empty())).collect();
        let items = items.join(self.between);
        match source.strip_suffix(tail) {
            // Each value has the same before and behind it.
            Some(open) if !tail.is_empty() && self.between.len() > tail.len() && self.between.starts_with(tail) => {
                format!("{open}{}{items}{tail}", self.between)
            }
            // A separator stands at the end as well.
            _ if tail.trim_start_matches(CLOSING) == self.between => format!("{source}{items}{}", self.between),
            _ => format!("{source}{}{items}", self.between),
        }
    }

    /// `is_open`: nothing closes the value before it, which may hold a separator.
    fn item(&self, source: &str, member: &Member, is_open: bool) -> String {
        let quote = if self.is_quoted(member.kind, is_open) { "\"" } else { "" };
        let value = format!("{quote}${}{quote}", member.variable);
        let Some(mark) = self.mark else { return value };
        let usual = if mark.starts_with('=') { member.short } else { member.label };
        let taken = source.contains(&format!("{usual}{mark}"));
        format!("{}{mark}{value}", if taken { member.variable } else { usual })
    }

    fn is_quoted(&self, kind: Kind, is_open: bool) -> bool {
        if self.between.contains(['"', '\t', ']', '[']) {
            return self.all_quoted;
        }
        // In CSV a list needs quotes for its commas, between blanks for its blanks.
        let parts_lists = self.mark.is_some() || self.between.contains([' ', ',', ';']);
        let bare_word = kind == Kind::One && (self.mark.is_some() || !self.between.contains(' '));
        self.all_quoted || is_open || kind == Kind::Text || (parts_lists && !bare_word)
    }
}

/// Whether all that stands behind the time of a format like `combined` is quoted but for status and sizes. What
/// follows there has names by custom.
fn is_quoted_tail(format: &LogFormat) -> bool {
    const BARE: &[&str] = &["status", "body_bytes_sent", "bytes_sent"];
    let mut outside = format.source().split('"').step_by(2).skip(1).peekable();
    let is_bare = |text: &str| {
        text.split('$').skip(1).all(|it| BARE.contains(&it.trim_end_matches(|c: char| !c.is_ascii_alphanumeric())))
    };
    outside.peek().is_some() && outside.all(is_bare)
}
