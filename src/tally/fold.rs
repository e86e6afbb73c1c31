//! Paths folded to routes: what varies from request to request becomes `:id`.
//! Knows: what ids look like. Does not know: which routes are frequent.

use super::hash_cache::HashCache;
use super::interner::NAME_BYTES_MAX;
use super::words::{self, BYTES_MIN, has_long_number};

/// Deeper paths end in `…`: a route of more segments is seldom one a person would name.
const SEGMENTS_MAX: usize = 6;
/// Longer segments are tokens or titles (a UUID has 36 bytes), not words of a route.
const SEGMENT_BYTES_MAX: usize = 32;
/// Hexadecimal of this length is an id even without a digit in it.
const HEX_BYTES_MIN: usize = 8;
/// Hexadecimal with digits in it is one (the hash in `app.3f2a9c.js`) from this length on.
const HEX_MIXED_BYTES_MIN: usize = 6;
/// The longest end after a dot that is taken for a file's kind (`.woff2`), but for these.
const EXTENSION_BYTES_MAX: usize = 5;
const LONG_EXTENSIONS: [&[u8]; 6] = [b"geojson", b"parquet", b"sqlite3", b"torrent", b"ndjson", b"webmanifest"];
/// So many groups of hexadecimal digits are an address (`00:1a:2b:3c:4d:5e`, `2001:db8:0:1::7`).
const HEX_GROUPS_MIN: usize = 4;
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

/// Parts of paths remembered with whether they look random: a site's paths are made of the same few words. Saves 3 % of a
/// line's instructions.
const REMEMBERED_PARTS: usize = 256;

/// Folds paths, one after the other.
#[derive(Debug, Clone, Default)]
pub(super) struct Folder {
    random: HashCache<REMEMBERED_PARTS>,
}

impl Folder {
    /// Folds a path (no query string, still in log escape). `None` for what is no path (`*`, an authority, junk).
    pub(super) fn fold(&mut self, path: &[u8]) -> Option<Folded> {
        let inner = path.strip_prefix(b"/")?;
        let mut folded = Folded { bytes: [0; NAME_BYTES_MAX], len: 0 };
        let segments = inner.split(|&byte| byte == b'/').filter(|segment| !segment.is_empty());
        for (at, segment) in segments.enumerate() {
            let begin = folded.len;
            if at == SEGMENTS_MAX || !folded.push(b"/") || !self.push_segment(&mut folded, segment) {
                folded.end_at(begin);
                return Some(folded);
            }
        }
        if path.ends_with(b"/") {
            folded.push(b"/");
        }
        Some(folded)
    }

    fn push_segment(&mut self, folded: &mut Folded, segment: &[u8]) -> bool {
        // Path parameters (`;jsessionid=…`) vary by their nature.
        let segment = segment.split(|&byte| byte == b';').next().unwrap_or_default();
        // Most are a number or a short word, which need no closer look: without this a folded path takes twice as long.
        if !segment.is_empty() && segment.iter().all(u8::is_ascii_digit) {
            return folded.push(VARIABLE);
        }
        if segment.len() < BYTES_MIN && segment.iter().all(u8::is_ascii_lowercase) {
            return folded.push(segment);
        }
        let escaped = |byte: &u8| !byte.is_ascii_graphic() || matches!(byte, b'%' | b'\\');
        if segment.iter().any(escaped) {
            return folded.push(VARIABLE);
        }
        let stem = segment.len() - extension(segment).len();
        if stem > SEGMENT_BYTES_MAX || self.is_variable_whole(&segment[..stem]) {
            return folded.push(VARIABLE) && folded.push(&segment[stem..]);
        }
        if is_mail(segment) {
            return folded.push(VARIABLE);
        }
        self.push_pieces(folded, segment)
    }

    /// Whether a segment varies as a whole. One with a colon (`:batchGet`, a folded `:id`) has parts with a meaning each.
    fn is_variable_whole(&mut self, segment: &[u8]) -> bool {
        is_hex_groups(segment) || !segment.contains(&b':') && self.is_random(segment)
    }

    /// Pushes the words of a segment with the marks between them; neighbouring variable words become one
    /// (`2026-11-21` is one `:id`, and so is `3.6.0`).
    fn push_pieces(&mut self, folded: &mut Folded, segment: &[u8]) -> bool {
        let mut rest = segment;
        let mut after_variable = false;
        while !rest.is_empty() {
            let mark_bytes = usize::from(!rest[0].is_ascii_alphanumeric());
            let word_bytes = rest[mark_bytes..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
            let (piece, next) = rest.split_at(mark_bytes + word_bytes);
            let (mark, word) = piece.split_at(mark_bytes);
            let variable = self.is_variable(word);
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
    fn is_variable(&mut self, word: &[u8]) -> bool {
        let digits = word.iter().filter(|byte| byte.is_ascii_digit()).count();
        let hex = word.iter().all(u8::is_ascii_hexdigit);
        let hex_bytes_min = if digits == 0 { HEX_BYTES_MIN } else { HEX_MIXED_BYTES_MIN };
        let number = digits > 0 && digits == word.len();
        number || hex && word.len() >= hex_bytes_min || has_long_number(word) || self.is_random(word)
    }

    fn is_random(&mut self, part: &[u8]) -> bool {
        if part.len() < BYTES_MIN {
            return false;
        }
        let hash = self.random.hash(part);
        let known = self.random.get(hash).map(|random| random != 0);
        known.unwrap_or_else(|| {
            let random = words::is_random(part);
            self.random.set(hash, random.into());
            random
        })
    }
}

/// The file's kind with its dot; empty where there is none.
fn extension(segment: &[u8]) -> &[u8] {
    let Some(dot) = memchr::memrchr(b'.', segment) else { return &[] };
    let kind = &segment[dot + 1..];
    let plain = kind.first().is_some_and(u8::is_ascii_alphabetic) && kind.iter().all(u8::is_ascii_alphanumeric);
    let known = kind.len() <= EXTENSION_BYTES_MAX || LONG_EXTENSIONS.contains(&kind);
    if plain && known { &segment[dot..] } else { &[] }
}

/// `someone@example.org` and `@someone:example.org`, but not `logo@2x.png` and `@types`.
fn is_mail(segment: &[u8]) -> bool {
    let Some(at) = memchr::memrchr(b'@', segment) else { return false };
    let domain =
        if at == 0 { segment.split(|&byte| byte == b':').nth(1).unwrap_or_default() } else { &segment[at + 1..] };
    domain.first().is_some_and(u8::is_ascii_alphabetic) && domain.contains(&b'.')
}

/// Whether this is nothing but short groups of hexadecimal digits, at least one with a digit proper.
fn is_hex_groups(segment: &[u8]) -> bool {
    let mut groups = segment.split(|byte| matches!(byte, b':' | b'-')).filter(|group| !group.is_empty());
    groups.clone().count() >= HEX_GROUPS_MIN
        && groups.all(|group| group.len() <= 4 && group.iter().all(u8::is_ascii_hexdigit))
        && segment.iter().any(u8::is_ascii_digit)
}
