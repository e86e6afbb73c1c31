//! The text of a JSON string. Knows: its escapes. Does not know: whose string it is.

use memchr::{memchr, memchr2};

/// The text between the quotes, with its escapes resolved; written to `scratch` if there are any. An escape that is none
/// stays as it is.
pub(super) fn unescaped<'a>(escaped: &'a [u8], scratch: &'a mut Vec<u8>) -> &'a [u8] {
    if memchr(b'\\', escaped).is_none() {
        return escaped;
    }
    scratch.clear();
    let mut rest = escaped;
    while let Some(backslash) = memchr(b'\\', rest) {
        scratch.extend_from_slice(&rest[..backslash]);
        let used = escape(&rest[backslash..], scratch);
        rest = &rest[backslash + used..];
    }
    scratch.extend_from_slice(rest);
    scratch
}

/// Where a string ends whose first quote is stepped over.
pub(super) fn end(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'"' {
            return Some(at);
        }
        at += 2;
    }
}

/// Resolves the escape that the text begins with, and returns its length.
fn escape(text: &[u8], out: &mut Vec<u8>) -> usize {
    let plain = match text.get(1) {
        Some(b'n') => b'\n',
        Some(b't') => b'\t',
        Some(b'r') => b'\r',
        Some(b'b') => 8,
        Some(b'f') => 12,
        Some(byte @ (b'"' | b'\\' | b'/')) => *byte,
        Some(b'u') => return unicode(text, out),
        _ => b'\\',
    };
    out.push(plain);
    if plain == b'\\' && text.get(1) != Some(&b'\\') { 1 } else { 2 }
}

/// `\u00e9`, or two of them for what lies beyond the first 65,536 characters.
fn unicode(text: &[u8], out: &mut Vec<u8>) -> usize {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let Some(first) = unit(0) else {
        out.push(b'\\');
        return 1;
    };
    let (code, used) = match unit(6) {
        Some(second @ 0xdc00..=0xdfff) if matches!(first, 0xd800..=0xdbff) => {
            (0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00), 12)
        }
        _ => (first, 6),
    };
    let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    used
}
