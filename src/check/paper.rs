//! The printed page: headings, aligned columns, marked sentences wrapped to a terminal's width.
//! Does not know: what it prints.

use std::io::{self, Write};

use crate::terminal::{Terminal, wrapped};

/// Wide enough for paths, narrow enough for a split terminal.
const WIDTH_MAX: usize = 96;
/// A value longer than this would push the origins out of sight; it stands on a line of its own instead.
const VALUE_WIDTH_MAX: usize = 44;

/// How a sentence is marked. The colours are ANSI's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Good,
    Bad,
    Advice,
    Note,
}

impl Mark {
    fn word(self) -> &'static str {
        ["ok", "PROBLEM", "advice", "note"][self as usize]
    }

    fn colour(self) -> &'static str {
        ["\x1b[32m", "\x1b[1;31m", "\x1b[33m", "\x1b[2m"][self as usize]
    }
}

pub struct Paper<'a> {
    out: &'a mut dyn Write,
    coloured: bool,
    width: usize,
}

/// The width of the marks' column.
const MARKS: usize = 8;

impl<'a> Paper<'a> {
    pub fn new(out: &'a mut dyn Write, terminal: Terminal) -> Paper<'a> {
        Paper { out, coloured: terminal.colours, width: terminal.width(WIDTH_MAX) }
    }

    pub fn heading(&mut self, text: &str) -> io::Result<()> {
        let (bold, plain) = if self.coloured { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
        writeln!(self.out, "{bold}{text}{plain}")
    }

    pub fn blank(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// Rows of name, value and origin, each column as wide as it needs.
    pub fn table(&mut self, rows: &[[String; 3]]) -> io::Result<()> {
        let width = |column: usize, most: usize| {
            rows.iter().map(|row| row[column].chars().count()).filter(|width| *width <= most).max().unwrap_or(0)
        };
        let (names, values) = (width(0, self.width), width(1, VALUE_WIDTH_MAX.min(self.width / 2)));
        let mut above = "";
        for [name, value, origin] in rows {
            // A list's name stands once.
            let shown = if name == above { "" } else { name };
            above = name;
            if value.chars().count() <= values {
                writeln!(self.out, "  {shown:names$}  {value:values$}  {origin}")?;
            } else {
                writeln!(self.out, "  {shown:names$}  {value}")?;
                writeln!(self.out, "  {:names$}  {:values$}  {origin}", "", "")?;
            }
        }
        Ok(())
    }

    /// A sentence with its mark. What follows its first newline is printed as it stands, to be copied.
    pub fn say(&mut self, mark: Mark, text: &str) -> io::Result<()> {
        let (sentence, verbatim) = text.split_once('\n').unwrap_or((text, ""));
        let (on, off) = if self.coloured { (mark.colour(), "\x1b[0m") } else { ("", "") };
        let mut lead = format!("{on}{:MARKS$}{off}", mark.word());
        for line in wrapped(sentence, self.width - MARKS - 2) {
            writeln!(self.out, "  {lead}{line}")?;
            lead = " ".repeat(MARKS);
        }
        for line in verbatim.lines() {
            writeln!(self.out, "  {:MARKS$}  {line}", "")?;
        }
        Ok(())
    }
}
