//! The texts of single values as numbers. Knows: how nginx prints them. Does not know: which variable they are of.

use super::Millis;

/// `None` for what nginx writes where there is no value: `-`, or nothing under `escape=json` and `escape=none`.
pub fn present(text: &[u8]) -> Option<&[u8]> {
    (!matches!(text, b"" | b"-")).then_some(text)
}

/// One to three digits. nginx pads with zeros (`009` for HTTP/0.9, `000` for `return 000`).
pub fn status(text: &[u8]) -> Option<u16> {
    (text.len() <= 3).then(|| integer(text)).flatten().and_then(|number| u16::try_from(number).ok())
}

/// Digits only; saturates.
pub fn integer(text: &[u8]) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0_u64, |number, &byte| {
        byte.is_ascii_digit().then(|| number.saturating_mul(10).saturating_add(u64::from(byte - b'0')))
    })
}

/// Seconds with up to three decimals that count (`S.mmm`, as nginx prints; more are cut), saturating.
pub fn millis(text: &[u8]) -> Option<Millis> {
    long_millis(text).map(|millis| Millis::try_from(millis).unwrap_or(Millis::MAX))
}

/// As [`millis`], for `$msec`, which is too large for [`Millis`].
pub fn long_millis(text: &[u8]) -> Option<u64> {
    let point = text.iter().position(|&byte| byte == b'.').unwrap_or(text.len());
    let seconds = integer(&text[..point])?;
    let decimals = text.get(point + 1..).unwrap_or_default();
    let mut millis = 0;
    for place in 0..decimals.len().max(3) {
        let digit =
            decimals.get(place).map_or(Some(0), |byte| byte.is_ascii_digit().then(|| u64::from(byte - b'0')))?;
        if place < 3 {
            millis = millis * 10 + digit;
        }
    }
    Some(seconds.saturating_mul(1000).saturating_add(millis))
}

/// The trace id inside a `traceparent` header: `00-<32 hex digits>-<16 hex digits>-01`
/// (source: W3C Trace Context, section 3.2).
pub fn trace_id(traceparent: &[u8]) -> Option<&[u8]> {
    let id = traceparent.get(3..35)?;
    let framed = traceparent[2] == b'-' && traceparent.get(35) == Some(&b'-');
    (framed && id.iter().all(u8::is_ascii_hexdigit)).then_some(id)
}
