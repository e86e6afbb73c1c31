//! One JSON object pair by pair, as nginx writes it: which is not always JSON, since unquoted variables give
//! `"upstream_status":-`, `"urt":0.001, 0.002` and `"status":009`, and just those lines tell about abandonments.
//! Knows: quotes, commas, nesting. Does not know: what a key means.

use memchr::memchr_iter;

use super::super::super::find::ByteIndex;
use super::super::span::is_escaped;

/// What stands for absent in real JSON.
const NULL: &[u8] = b"null";

/// What of an object has not been read yet.
pub(super) struct Pairs<'a> {
    text: &'a [u8],
    quotes: ByteIndex<'a>,
    at: usize,
    /// The last value that was an object.
    pub(super) object: Option<&'a [u8]>,
}

impl<'a> Pairs<'a> {
    /// `None`: it is no object, or cut off.
    pub(super) fn of(line: &'a [u8]) -> Option<Pairs<'a>> {
        let text = line.trim_ascii().strip_prefix(b"{")?.strip_suffix(b"}")?.trim_ascii();
        Some(Pairs { text, quotes: ByteIndex::of(b'"', text), at: 0, object: None })
    }

    pub(super) fn is_over(&self) -> bool {
        self.at == self.text.len()
    }

    /// A key and its value, both without quotes. `None`: what follows is no pair.
    #[inline(always)]
    pub(super) fn next(&mut self) -> Option<(&'a [u8], &'a [u8])> {
        let key = self.string()?;
        self.mark(b':')?;
        let value = self.value()?;
        if !self.is_over() {
            self.mark(b',')?;
        }
        Some((key, value))
    }

    fn rest(&self) -> &'a [u8] {
        &self.text[self.at..]
    }

    /// A quoted string without its quotes.
    #[inline(always)]
    fn string(&mut self) -> Option<&'a [u8]> {
        let mut open = self.quotes.next()?;
        while open < self.at {
            // It stood in an unquoted value.
            open = self.quotes.next()?;
        }
        let mut close = self.quotes.next()?;
        while is_escaped(&self.text[open + 1..close]) {
            close = self.quotes.next()?;
        }
        let begins_here = open == self.at;
        self.at = close + 1;
        begins_here.then(|| &self.text[open + 1..close])
    }

    /// A colon or a comma, with blanks around it or not.
    #[inline(always)]
    fn mark(&mut self, mark: u8) -> Option<()> {
        self.skip_blanks();
        (self.text.get(self.at) == Some(&mark)).then_some(())?;
        self.at += 1;
        self.skip_blanks();
        Some(())
    }

    #[inline(always)]
    fn skip_blanks(&mut self) {
        while self.text.get(self.at).is_some_and(|&byte| byte <= b' ') {
            self.at += 1;
        }
    }

    /// An object counts as absent here and is kept; an array but a plain one is absent.
    #[inline(always)]
    fn value(&mut self) -> Option<&'a [u8]> {
        match self.text.get(self.at) {
            Some(b'"') => self.string(),
            Some(b'{' | b'[') => self.nested().map(list),
            _ => Some(self.bare()),
        }
    }

    /// An unquoted value. nginx writes lists so, too: only a comma before the next key ends it.
    #[inline(never)]
    fn bare(&mut self) -> &'a [u8] {
        let rest = self.rest();
        let mut commas = memchr_iter(b',', rest);
        let end = commas.find(|&comma| rest[comma + 1..].trim_ascii_start().starts_with(b"\""));
        let end = end.unwrap_or(rest.len());
        self.at += end;
        let value = rest[..end].trim_ascii_end();
        if value == NULL { b"-" } else { value }
    }

    /// An object or an array. `None`: it is not closed.
    #[inline(never)]
    fn nested(&mut self) -> Option<&'a [u8]> {
        let begin = self.at;
        let mut depth = 0_usize;
        loop {
            match self.text.get(self.at)? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                let text = &self.text[begin..self.at];
                if text.starts_with(b"{") {
                    self.object = Some(text);
                }
                return Some(text);
            }
        }
    }
}

/// What stands in a plain array, or in its one string: people write `[$upstream_response_time]` to get JSON also of
/// several tries.
fn list(nested: &[u8]) -> &[u8] {
    let inside = nested.strip_prefix(b"[").and_then(|rest| rest.strip_suffix(b"]")).unwrap_or(b"-");
    let one = inside.trim_ascii().strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(inside);
    if one.iter().any(|byte| b"\"[{".contains(byte)) { b"-" } else { one }
}
