//! Paths folded to routes: what varies from request to request becomes `:id`.
//! Knows: what ids look like. Does not know: which routes are frequent.

use super::interner::NAME_BYTES_MAX;

/// Deeper paths end in `…`: a route of more segments is seldom one a person would name.
const SEGMENTS_MAX: usize = 6;
/// Longer segments are tokens or titles (a UUID has 36 bytes), not words of a route.
const SEGMENT_BYTES_MAX: usize = 32;
/// Hexadecimal of this length is an id even without a digit in it.
const HEX_BYTES_MIN: usize = 8;
/// Hexadecimal with digits in it is one (the hash in `app.3f2a9c.js`) from this length on.
const HEX_MIXED_BYTES_MIN: usize = 6;
/// Letters mixed with several digits are a token from this length on; shorter ones are words (`v2`, `oauth2`, `mp3`).
const MIXED_BYTES_MIN: usize = 10;
/// The longest end after a dot that is a file's kind (`.woff2`, `.geojson`).
const EXTENSION_BYTES_MAX: usize = 8;
/// What stands for a part that varies.
const VARIABLE: &[u8] = b":id";
/// What stands for all deeper segments.
const REST: &[u8] = "/…".as_bytes();

/// A folded path, on the stack.
pub(super) struct Folded {
    bytes: [u8; NAME_BYTES_MAX],
    len: usize,
}

impl Folded {
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// All or nothing; always leaves room for `REST`.
    fn push(&mut self, part: &[u8]) -> bool {
        let end = self.len + part.len();
        if end > NAME_BYTES_MAX - REST.len() {
            return false;
        }
        self.bytes[self.len..end].copy_from_slice(part);
        self.len = end;
        true
    }

    /// Drops what was begun after `len` and marks that there was more.
    fn end_at(&mut self, len: usize) {
        self.bytes[len..len + REST.len()].copy_from_slice(REST);
        self.len = len + REST.len();
    }
}

/// Folds a path (no query string, still in log escape). `None` for what is no path (`*`, an authority, junk).
pub(super) fn fold(path: &[u8]) -> Option<Folded> {
    let inner = path.strip_prefix(b"/")?;
    let mut folded = Folded { bytes: [0; NAME_BYTES_MAX], len: 0 };
    let segments = inner.split(|&byte| byte == b'/').filter(|segment| !segment.is_empty());
    for (at, segment) in segments.enumerate() {
        let begin = folded.len;
        if at == SEGMENTS_MAX || !folded.push(b"/") || !push_segment(&mut folded, segment) {
            folded.end_at(begin);
            return Some(folded);
        }
    }
    if path.ends_with(b"/") {
        folded.push(b"/");
    }
    Some(folded)
}

fn push_segment(folded: &mut Folded, segment: &[u8]) -> bool {
    // Path parameters (`;jsessionid=…`) vary by their nature.
    let segment = segment.split(|&byte| byte == b';').next().unwrap_or_default();
    let escaped = |byte: &u8| !byte.is_ascii_graphic() || matches!(byte, b'%' | b'\\');
    if segment.iter().any(escaped) {
        return folded.push(VARIABLE);
    }
    let stem = segment.len() - extension(segment).len();
    if stem > SEGMENT_BYTES_MAX {
        return folded.push(VARIABLE) && folded.push(&segment[stem..]);
    }
    push_pieces(folded, segment)
}

/// The file's kind with its dot; empty where there is none.
fn extension(segment: &[u8]) -> &[u8] {
    let Some(dot) = memchr::memrchr(b'.', segment) else { return &[] };
    let kind = &segment[dot + 1..];
    let plain = kind.first().is_some_and(u8::is_ascii_alphabetic) && kind.iter().all(u8::is_ascii_alphanumeric);
    if plain && kind.len() <= EXTENSION_BYTES_MAX { &segment[dot..] } else { &[] }
}

/// Pushes the words of a segment with the marks between them; neighbouring variable words become one
/// (`2026-11-21` is one `:id`, and so is `3.6.0`).
fn push_pieces(folded: &mut Folded, segment: &[u8]) -> bool {
    let mut rest = segment;
    let mut after_variable = false;
    while !rest.is_empty() {
        let mark_bytes = usize::from(!rest[0].is_ascii_alphanumeric());
        let word_bytes = rest[mark_bytes..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let (piece, next) = rest.split_at(mark_bytes + word_bytes);
        let (mark, word) = piece.split_at(mark_bytes);
        let variable = is_variable(word);
        let pushed = match variable {
            true if after_variable => true,
            true => folded.push(mark) && folded.push(VARIABLE),
            false => folded.push(piece),
        };
        if !pushed {
            return false;
        }
        after_variable = variable;
        rest = next;
    }
    true
}

/// Whether a word of letters and digits is an id.
fn is_variable(word: &[u8]) -> bool {
    let digits = word.iter().filter(|byte| byte.is_ascii_digit()).count();
    let hex = word.iter().all(u8::is_ascii_hexdigit);
    let len = word.len();
    match (len - digits, digits) {
        (0, digits) => digits > 0,
        (_, 0) => hex && len >= HEX_BYTES_MIN,
        (_, 1) => hex && len >= HEX_MIXED_BYTES_MIN,
        _ => hex && len >= HEX_MIXED_BYTES_MIN || len >= MIXED_BYTES_MIN,
    }
}
