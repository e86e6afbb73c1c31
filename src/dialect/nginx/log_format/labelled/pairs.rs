//! `key=value` between blanks, the value in quotes or not, and all else passed over.
//! Knows: that what stands in quotes without a key is a client's text, and that what looks like a key in it is none.
//! Does not know: what a key means.

use memchr::memchr;

/// What has not been read yet.
pub(super) struct Pairs<'a> {
    rest: &'a [u8],
}

/// What encloses a text, beside quotes: a label may be the first word inside, but a client's text has none.
const BRACKETS: [(u8, u8); 4] = [(b'[', b']'), (b'(', b')'), (b'{', b'}'), (b'<', b'>')];

impl<'a> Pairs<'a> {
    pub(super) fn of(text: &'a [u8]) -> Pairs<'a> {
        Pairs { rest: text }
    }

    /// Passes over a text in quotes, and one in brackets that begins with no key. One that is not closed is no such text.
    fn skip_enclosed(&mut self) -> bool {
        let Some((&first, inside)) = self.rest.split_first() else { return false };
        let end = match BRACKETS.iter().find(|(open, _)| *open == first) {
            Some((_, close)) if key(inside).is_none() => closing(*close, inside),
            None if matches!(first, b'"' | b'\'') => closing(first, inside),
            _ => None,
        };
        // Where it is not closed, or there is a key, only the mark is passed over.
        self.rest = &inside[end.map_or(0, |end| end + 1)..];
        true
    }

    fn value(&mut self, text: &'a [u8]) -> &'a [u8] {
        let quoted = text.split_first().filter(|(first, _)| matches!(first, b'"' | b'\''));
        if let Some((quote, inside)) = quoted
            && let Some(end) = closing(*quote, inside)
        {
            self.rest = &inside[end + 1..];
            return &inside[..end];
        }
        let end = bare_end(text);
        self.rest = &text[end..];
        let marks = |byte: &u8| matches!(byte, b',' | b';' | b'|' | b']' | b')' | b'}' | b'>');
        let length = text[..end].iter().rposition(|byte| !marks(byte)).map_or(0, |last| last + 1);
        &text[..length]
    }
}

impl<'a> Iterator for Pairs<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let blanks = self.rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b',' | b';' | b'|')).count();
            self.rest = &self.rest[blanks..];
            if let Some(length) = key(self.rest) {
                let (key, value) = (&self.rest[..length], &self.rest[length + 1..]);
                return Some((key, self.value(value)));
            }
            let first = *self.rest.first()?;
            let is_enclosed = matches!(first, b'"' | b'\'') || BRACKETS.iter().any(|(open, _)| *open == first);
            if !(is_enclosed && self.skip_enclosed()) {
                let end = self.rest.iter().position(|&byte| is_blank(byte)).unwrap_or(self.rest.len());
                self.rest = &self.rest[end..];
            }
        }
    }
}

/// The length of the key that a text begins with, an equals sign behind it.
fn key(text: &[u8]) -> Option<usize> {
    let length = text.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_.@-".contains(byte)).count();
    (length > 0 && text.get(length) == Some(&b'=')).then_some(length)
}

/// Where the mark stands that closes a text: behind it comes a blank, another mark, or nothing.
/// A double quote always closes: nginx escapes those in values.
fn closing(mark: u8, text: &[u8]) -> Option<usize> {
    if mark == b'"' {
        return memchr(mark, text);
    }
    let ends = |at: &usize| text.get(at + 1).is_none_or(|&next| is_blank(next) || b",;|".contains(&next));
    memchr::memchr_iter(mark, text).find(ends)
}

/// The end of a value without quotes: a mark, or a blank that belongs to no list of attempts (`0.1, 0.2`, `0.1 : 0.2`).
fn bare_end(text: &[u8]) -> usize {
    let in_list = |blank: usize| {
        let after_comma = blank > 0 && text[blank - 1] == b',' && key(&text[blank + 1..]).is_none();
        let (before, behind) = (&text[..blank], &text[blank..]);
        (after_comma && text.get(blank + 1).is_some_and(is_of_list))
            || behind.starts_with(b" : ")
            || before.ends_with(b" :")
    };
    let mut ends = (0..text.len()).filter(|&at| is_blank(text[at]) || matches!(text[at], b';' | b'|'));
    ends.find(|&end| !in_list(end)).unwrap_or(text.len())
}

/// What an attempt's value begins with: a digit, a letter of an address, a dash.
fn is_of_list(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'[')
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str)]) {
        let text_of = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let pairs: Vec<_> = Pairs::of(text.as_bytes()).map(|(key, value)| (text_of(key), text_of(value))).collect();
        let expected: Vec<_> = expected.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        assert_eq!(pairs, expected, "{text}");
    }

    #[test]
    fn pairs_are_found_between_anything_else() {
        check("rt=0.1 uct=\"0.1, 0.2\" x", &[("rt", "0.1"), ("uct", "0.1, 0.2")]);
        check("rt=0.1, 0.2 us=502 : 200 z", &[("rt", "0.1, 0.2"), ("us", "502 : 200")]);
        check("rt=0.1, urt=0.2; us=|cs='a b'", &[("rt", "0.1"), ("urt", "0.2"), ("us", ""), ("cs", "a b")]);
        check("[rt=0.1 urt=0.2] <us=200>", &[("rt", "0.1"), ("urt", "0.2"), ("us", "200")]);
        check("a= b=\"\" c", &[("a", ""), ("b", "")]);
        check("= =a a== \"", &[("a", "=")]);
        check("", &[]);
    }

    #[test]
    fn what_is_enclosed_without_a_key_names_nothing() {
        for forged in ["status=499 rt=9.5", "sid=1; status=ok", "1.2.3.4 rt=9.5 x"] {
            for (open, close) in [("\"", "\""), ("'", "'")] {
                check(&format!("{open}{forged}{close} rt=0.1"), &[("rt", "0.1")]);
                check(&format!("xff={open}{forged}{close} rt=0.1"), &[("xff", forged), ("rt", "0.1")]);
            }
        }
        check("[1.2.3.4 rt=9.5] (a rt=9.5) {a b=c} rt=0.1", &[("rt", "0.1")]);
    }
}
