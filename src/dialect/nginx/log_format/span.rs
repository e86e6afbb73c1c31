//! Where a value of a known shape ends, seen from its start or from its end.
//! Knows: classes and the separators of upstream lists. Does not know: templates.

use super::variable::Class;

/// What stands between two elements of an upstream list: tries, and internal redirects
/// (source: ngx_http_upstream.c, ngx_http_upstream_status_variable).
pub(super) const SEPARATORS: [&[u8]; 2] = [b", ", b" : "];

/// The length of the value `text` begins with. `None`: it does not begin with such a value.
pub(super) fn forward(class: Class, text: &[u8]) -> Option<usize> {
    if let Some(width) = class.width() {
        return class.is_whole(text.get(..width)?).then_some(width);
    }
    let mut length = element(class, text);
    while class.is_list() {
        let rest = &text[length..];
        let Some(separator) = SEPARATORS.iter().find(|separator| rest.starts_with(separator)) else { break };
        length += separator.len();
        length += element(class, &text[length..]);
    }
    Some(length)
}

/// Whether all of the text is one value.
#[inline]
pub(super) fn is_value(class: Class, text: &[u8]) -> bool {
    match class.width() {
        None if !class.is_list() => class.is_whole(text),
        _ => forward(class, text) == Some(text.len()),
    }
}

/// Where the value that `text` ends with begins, with the literal `before` ahead of it. Of several places the first:
/// a list is taken as long as it can be. `None`: `text` does not end with such a value.
pub(super) fn backward(class: Class, before: &[u8], text: &[u8]) -> Option<usize> {
    let fits = |&start: &usize| ends_with(&text[..start], before);
    if let Some(width) = class.width() {
        let start = text.len().checked_sub(width)?;
        return class.is_whole(&text[start..]).then_some(start).filter(fits);
    }
    let mut start = element_start(class, text);
    let mut first = Some(start).filter(fits);
    while class.is_list() {
        let ahead = &text[..start];
        let Some(separator) = SEPARATORS.iter().find(|separator| ahead.ends_with(separator)) else { break };
        let end = start - separator.len();
        start = element_start(class, &text[..end]);
        first = Some(start).filter(fits).or(first);
        if start == end {
            // Only the first element of a list can be empty: nginx got no socket for it.
            break;
        }
    }
    first
}

/// Whether a quote after this text belongs to the value, as `escape=json` writes it: it has an odd number of
/// backslashes before it.
#[inline]
pub(super) fn is_escaped(before: &[u8]) -> bool {
    // Nearly always the first look ends it.
    before.last() == Some(&b'\\') && before.iter().rev().take_while(|&&byte| byte == b'\\').count() % 2 == 1
}

/// As the slices' own, but without a call for the byte or two that stand between values.
fn ends_with(text: &[u8], end: &[u8]) -> bool {
    let at = text.len().checked_sub(end.len());
    at.is_some_and(|at| text[at..].iter().zip(end).all(|(byte, wanted)| byte == wanted))
}

fn element(class: Class, text: &[u8]) -> usize {
    if matches!(class, Class::Seconds | Class::SecondsList) {
        return seconds(text);
    }
    text.iter().position(|&byte| !class.holds(byte)).unwrap_or(text.len())
}

/// How long the seconds with three decimals are, or the dash, that `text` begins with.
fn seconds(text: &[u8]) -> usize {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    match &text[digits..] {
        [b'.', a, b, c, ..] if digits > 0 && [a, b, c].iter().all(|byte| byte.is_ascii_digit()) => digits + 4,
        [b'-', ..] if digits == 0 => 1,
        _ => 0,
    }
}

fn element_start(class: Class, text: &[u8]) -> usize {
    text.iter().rposition(|&byte| !class.holds(byte)).map_or(0, |last| last + 1)
}
