//! An entry of the journal as `journalctl -o json` prints it. Does not know: the fields beside the message.

use memchr::memmem;

use super::json_text;

/// The message. `None`: the line is no entry, or has none.
pub(super) fn message<'a>(line: &'a [u8], scratch: &'a mut Vec<u8>) -> Option<&'a [u8]> {
    // Every entry has it, whatever fields were asked for.
    if !line.starts_with(b"{") || memmem::find(line, b"\"__REALTIME_TIMESTAMP\"").is_none() {
        return None;
    }
    // Inside a string every quote has a backslash before it, so this is the field's name.
    let value = &line[memmem::find(line, NAME)? + NAME.len()..];
    match value.trim_ascii_start() {
        [b'"', text @ ..] => Some(json_text::unescaped(&text[..json_text::end(text)?], scratch)),
        [b'[', bytes @ ..] => numbers(bytes, scratch),
        _ => None,
    }
}

const NAME: &[u8] = b"\"MESSAGE\":";

/// What is not UTF-8 is printed as a list of numbers, one a byte.
fn numbers<'a>(text: &[u8], scratch: &'a mut Vec<u8>) -> Option<&'a [u8]> {
    let end = memchr::memchr(b']', text)?;
    scratch.clear();
    for number in text[..end].split(|byte| *byte == b',') {
        scratch.push(std::str::from_utf8(number).ok()?.trim().parse().ok()?);
    }
    Some(scratch)
}
