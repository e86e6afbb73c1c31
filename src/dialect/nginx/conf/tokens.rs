//! Splits one configuration file into statements: words up to `;` or `{`, and the `}` between them.
//! Knows: blanks, comments, quotes, escapes, `${`, Lua blocks. Does not know: other files, what a word means.

use std::borrow::Cow;

use super::lua;

/// Enough to see what is wrong; a file of nothing but `;` would give millions.
pub(super) const PROBLEMS_MAX: usize = 100;

/// What ends where the tokenizer stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Statement {
    /// `words ;`
    Simple(Words),
    /// `words {`
    Open(Words),
    /// `words {…}` whose inside is another language and was skipped.
    Foreign(Words),
    /// `}`
    Close,
}

/// The words of one statement, unquoted and unescaped; at least one.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    pub words: Vec<Vec<u8>>,
    /// Where the first one stands.
    pub line: u32,
}

pub(super) struct Tokens<'a> {
    rest: &'a [u8],
    line: u32,
    /// Line and sentence of what was wrong so far; the caller drains it.
    pub problems: Vec<(u32, String)>,
}

impl Words {
    /// The name of the directive; bytes that are no UTF-8 are replaced.
    pub(super) fn name(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.words[0])
    }
}

impl<'a> Tokens<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let mut tokens = Tokens { rest: bytes, line: 1, problems: Vec::new() };
        if let Some(rest) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
            tokens.rest = rest;
            tokens.problem(1, "the file starts with a byte order mark, which nginx refuses; save it without");
        }
        tokens
    }

    /// The next statement, `None` at the end of the file. What is malformed is noted and stepped over.
    pub(super) fn next(&mut self) -> Option<Statement> {
        let mut words = Words::default();
        loop {
            self.skip_blanks();
            let Some(&byte) = self.rest.first() else {
                self.end_inside(&words);
                return None;
            };
            match (byte, words.words.is_empty()) {
                (b';' | b'{', true) => self.unexpected(),
                (b';', false) => return self.ended(Statement::Simple(words)),
                (b'{', false) => return self.opened(words),
                (b'}', true) => return self.ended(Statement::Close),
                // The `}` stays: the block ends here all the same.
                (b'}', false) => {
                    self.problem(words.line, format!("\"{}\" is not ended by \";\"", words.name()));
                    return Some(Statement::Simple(words));
                }
                _ => self.word(&mut words),
            }
        }
    }

    /// The line reached so far.
    pub(super) fn line(&self) -> u32 {
        self.line
    }

    /// Leaves the rest of the file unread.
    pub(super) fn finish(&mut self) {
        self.skip(self.rest.len());
    }

    fn ended(&mut self, statement: Statement) -> Option<Statement> {
        self.step();
        Some(statement)
    }

    fn opened(&mut self, words: Words) -> Option<Statement> {
        self.step();
        if !words.words[0].ends_with(b"_by_lua_block") {
            return Some(Statement::Open(words));
        }
        let end = lua::block_end(self.rest);
        if end.is_none() {
            self.problem(words.line, format!("the \"}}\" that closes the \"{}\" is missing", words.name()));
        }
        self.skip(end.unwrap_or(self.rest.len()));
        Some(Statement::Foreign(words))
    }

    fn end_inside(&mut self, words: &Words) {
        if !words.words.is_empty() {
            let name = words.name();
            let what = format!("the file ends inside \"{name}\", which has neither \";\" nor \"{{\"");
            self.problem(words.line, what);
        }
    }

    fn unexpected(&mut self) {
        let what = format!("unexpected \"{}\"", self.rest[0].escape_ascii());
        self.problem(self.line, what);
        self.step();
    }

    /// Takes one word. Quotes mean something only where a word begins.
    fn word(&mut self, words: &mut Words) {
        let line = self.line;
        let text = match self.rest[0] {
            quote @ (b'"' | b'\'') => self.quoted(quote),
            _ => Some(self.bare()),
        };
        let Some(text) = text else { return };
        if words.words.is_empty() {
            words.line = line;
        }
        words.words.push(unescape(text));
    }

    /// `None` if the quote is never closed: the rest of the file is then gone.
    fn quoted(&mut self, quote: u8) -> Option<&'a [u8]> {
        let line = self.line;
        self.step();
        let rest = self.rest;
        let Some(end) = unescaped(rest, |byte| byte == quote) else {
            self.problem(line, format!("the {} opened here is never closed", char::from(quote)));
            self.skip(rest.len());
            return None;
        };
        self.skip(end + 1);
        // `)` may follow for the sake of `if ($a = "b")`, and begins a word of its own.
        if self.rest.first().is_some_and(|&byte| !is_blank(byte) && !matches!(byte, b';' | b'{' | b')')) {
            let what = format!("unexpected \"{}\" after a closing quote", self.rest[0].escape_ascii());
            self.problem(self.line, what);
        }
        Some(&rest[..end])
    }

    fn bare(&mut self) -> &'a [u8] {
        let rest = self.rest;
        // `${` does not open a block; nor do further `{` right behind it.
        let mut variable = false;
        let end = unescaped(rest, |byte| {
            let ends = is_blank(byte) || byte == b';' || (byte == b'{' && !variable);
            variable = byte == b'$' || (byte == b'{' && variable);
            ends
        });
        let end = end.unwrap_or(rest.len());
        self.skip(end);
        &rest[..end]
    }

    fn skip_blanks(&mut self) {
        while let Some(&byte) = self.rest.first() {
            match byte {
                b'#' => self.skip(self.rest.iter().position(|&b| b == b'\n').unwrap_or(self.rest.len())),
                _ if is_blank(byte) => self.step(),
                _ => return,
            }
        }
    }

    fn step(&mut self) {
        self.skip(1);
    }

    fn skip(&mut self, count: usize) {
        let (gone, rest) = self.rest.split_at(count);
        self.line += memchr::memchr_iter(b'\n', gone).count() as u32;
        self.rest = rest;
    }

    fn problem(&mut self, line: u32, what: impl Into<String>) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push((line, what.into()));
        }
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Where the first byte stands that ends the word and has no `\` before it.
fn unescaped(bytes: &[u8], mut ends: impl FnMut(u8) -> bool) -> Option<usize> {
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte == b'\\' {
            at += 2;
            continue;
        }
        if ends(byte) {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// Only `\" \' \\ \t \r \n` are escapes; before anything else the `\` is itself part of the word (`\.php$`).
pub(super) fn unescape(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut bytes = text.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        let escaped = match bytes.peek() {
            Some(&next @ (b'"' | b'\'' | b'\\')) => Some(next),
            Some(b't') => Some(b'\t'),
            Some(b'r') => Some(b'\r'),
            Some(b'n') => Some(b'\n'),
            _ => None,
        };
        match escaped.filter(|_| byte == b'\\') {
            Some(escaped) => {
                plain.push(escaped);
                bytes.next();
            }
            None => plain.push(byte),
        }
    }
    plain
}
