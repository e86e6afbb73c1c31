//! Lines of text that fit into so many columns. Does not know: what stands in them, how a style looks.

use std::fmt::Write;

/// Lines in their order.
#[derive(Debug, Clone)]
pub(crate) struct Lines {
    columns: usize,
    pub(crate) lines: Vec<Line>,
}

/// One line, without its newline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) text: String,
    pub(crate) style: Style,
}

/// What a line is. Each says the same in words, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    Title,
    /// Something is wrong.
    Bad,
    Dim,
    /// The row that a key acts on.
    Chosen,
}

impl Lines {
    pub(crate) fn new(columns: usize) -> Lines {
        Lines { columns, lines: Vec::new() }
    }

    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// A heading with a blank line above it.
    pub(crate) fn title(&mut self, text: &str) {
        self.add("", "", Style::Plain);
        self.add("", text, Style::Title);
    }

    pub(crate) fn text(&mut self, indent: &str, text: &str) {
        self.add(indent, text, Style::Plain);
    }

    /// Wrapped at words; what belongs to it is indented further.
    pub(crate) fn add(&mut self, indent: &str, text: &str, style: Style) {
        let hanging = " ".repeat(indent.chars().count() + 2);
        let (mut line, mut width, mut first) = (indent.to_owned(), indent.chars().count(), true);
        for word in text.split(' ') {
            let length = word.chars().count();
            if !first && width + 1 + length > self.columns {
                self.row(std::mem::replace(&mut line, hanging.clone()), style);
                width = hanging.len();
            } else if !first {
                line.push(' ');
                width += 1;
            }
            line.push_str(word);
            width += length;
            first = false;
        }
        self.row(line, style);
    }

    /// As it is, whether it fits or not: a row of a table. Strangers write into logs, and what they write may be meant
    /// for a terminal: no control character gets there.
    pub(crate) fn row(&mut self, text: String, style: Style) {
        let safe = if text.contains(char::is_control) { text.replace(char::is_control, "?") } else { text };
        self.lines.push(Line { text: safe, style });
    }

    /// As text, without styles.
    pub(crate) fn plain(&self) -> String {
        let mut out = String::new();
        self.lines.iter().for_each(|line| writeln!(out, "{}", line.text).unwrap_or_default());
        out
    }
}
