//! The texts of single values as numbers. Knows: how nginx prints them. Does not know: which variable they are of.

use crate::record::Millis;

/// `None` for what nginx writes where there is no value: `-`, or nothing under `escape=json` and `escape=none`.
pub(super) fn present(text: &[u8]) -> Option<&[u8]> {
    (!matches!(text, b"" | b"-")).then_some(text)
}

/// One to three digits. nginx pads with zeros (`009` for HTTP/0.9, `000` for `return 000`).
pub(super) fn status(text: &[u8]) -> Option<u16> {
    match *text {
        [h @ b'0'..=b'9', t @ b'0'..=b'9', o @ b'0'..=b'9'] => Some((digit(h) * 100 + digit(t) * 10 + digit(o)) as u16),
        [_] | [_, _] => integer(text).map(|code| code as u16),
        _ => None,
    }
}

/// As many digits as fit a `u64` whatever they are.
const DIGITS_MAX: usize = 19;

/// Digits only; saturates.
pub(super) fn integer(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > DIGITS_MAX {
        let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
        return digits.then_some(u64::MAX);
    }
    let mut number = 0;
    for &byte in text {
        let digit = digit(byte);
        if digit > 9 {
            return None;
        }
        number = number * 10 + u64::from(digit);
    }
    Some(number)
}

/// Seconds with up to three decimals that count (`S.mmm`, as nginx prints; more are cut), saturating.
#[inline(always)]
pub(super) fn millis(text: &[u8]) -> Option<Millis> {
    // Nearly every time is shorter than ten seconds.
    if let [s @ b'0'..=b'9', b'.', d @ b'0'..=b'9', c @ b'0'..=b'9', m @ b'0'..=b'9'] = *text {
        return Some(digit(s) * 1000 + digit(d) * 100 + digit(c) * 10 + digit(m));
    }
    any_millis(text)
}

#[inline(never)]
fn any_millis(text: &[u8]) -> Option<Millis> {
    let (seconds, decimals) = match text.iter().position(|&byte| byte == b'.') {
        Some(point) => (&text[..point], &text[point + 1..]),
        None => (text, &b"0"[..]),
    };
    let fraction = match decimals.len() {
        1 => integer(decimals)? * 100,
        2 => integer(decimals)? * 10,
        _ => integer(decimals.get(..3)?)?,
    };
    let millis = integer(seconds)?.saturating_mul(1000).saturating_add(fraction);
    Some(Millis::try_from(millis).unwrap_or(Millis::MAX))
}

/// More than 9 for what is no digit.
#[inline(always)]
fn digit(byte: u8) -> Millis {
    Millis::from(byte.wrapping_sub(b'0'))
}

/// The trace id inside a `traceparent` header: `00-<32 hex digits>-<16 hex digits>-01`
/// (source: W3C Trace Context, section 3.2).
pub(super) fn trace_id(traceparent: &[u8]) -> Option<&[u8]> {
    let id = traceparent.get(3..35)?;
    let framed = traceparent[2] == b'-' && traceparent.get(35) == Some(&b'-');
    (framed && id.iter().all(u8::is_ascii_hexdigit)).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_times_are_read_as_any() {
        for place in 0..5 {
            for byte in 0..=u8::MAX {
                for whole in ["1.234", "0.000", "9.999"] {
                    let mut text: [u8; 5] = whole.as_bytes().try_into().expect("five bytes");
                    text[place] = byte;
                    assert_eq!(millis(&text), any_millis(&text), "{}", text.escape_ascii());
                }
            }
        }
        assert_eq!(millis(b"9.876"), Some(9876));
    }
}
