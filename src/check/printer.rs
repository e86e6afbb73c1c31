//! The printed page: headings, aligned columns, marked sentences wrapped to a terminal's width.
//! Does not know: what it prints.

use std::io::{self, Write};

use super::page::{Entry, Mark, Page, Row};
use crate::terminal::{Terminal, wrapped};

/// Wide enough for paths, narrow enough for a split terminal.
const WIDTH_MAX: usize = 96;
/// A value longer than this would push the origins out of sight; it stands on a line of its own instead.
const VALUE_WIDTH_MAX: usize = 44;

impl Mark {
    fn word(self) -> &'static str {
        ["ok", "PROBLEM", "advice", "note"][self as usize]
    }

    fn colour(self) -> &'static str {
        ["\x1b[32m", "\x1b[1;31m", "\x1b[33m", "\x1b[2m"][self as usize]
    }
}

/// Prints the page. Where there is no configuration, only why.
pub(super) fn write(page: &Page, terminal: Terminal, out: &mut dyn Write) -> io::Result<()> {
    let mut printer = Printer::new(out, terminal);
    if page.settings.is_empty() {
        return page.findings.iter().try_for_each(|entry| printer.say(entry));
    }
    printer.heading("Settings")?;
    printer.table(&page.settings)?;
    if !page.nginx.is_empty() {
        printer.section("nginx")?;
        printer.table(&page.nginx)?;
    }
    for (title, entries) in [("Logs", &page.logs), ("Sources", &page.sources), ("Serving", &page.serving)] {
        printer.section(title)?;
        entries.iter().try_for_each(|entry| printer.say(entry))?;
    }
    printer.section("Findings")?;
    page.findings.iter().try_for_each(|entry| printer.say(entry))?;
    let plural = |count: usize, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    let problems = plural(page.problems, "problem", "problems");
    printer.section(&format!("{problems}, {}", plural(page.advice, "piece of advice", "pieces of advice")))
}

struct Printer<'a> {
    out: &'a mut dyn Write,
    coloured: bool,
    width: usize,
}

/// The width of the marks' column.
const MARKS: usize = 8;

impl<'a> Printer<'a> {
    fn new(out: &'a mut dyn Write, terminal: Terminal) -> Printer<'a> {
        Printer { out, coloured: terminal.colours, width: terminal.width(WIDTH_MAX) }
    }

    fn heading(&mut self, text: &str) -> io::Result<()> {
        let (bold, plain) = if self.coloured { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
        writeln!(self.out, "{bold}{text}{plain}")
    }

    fn section(&mut self, title: &str) -> io::Result<()> {
        writeln!(self.out)?;
        self.heading(title)
    }

    /// Rows of name, value and origin, each column as wide as it needs.
    fn table(&mut self, rows: &[Row]) -> io::Result<()> {
        let widest = |text: fn(&Row) -> &String, most: usize| {
            rows.iter().map(|row| text(row).chars().count()).filter(|width| *width <= most).max().unwrap_or(0)
        };
        let names = widest(|row| &row.name, self.width);
        let values = widest(|row| &row.value, VALUE_WIDTH_MAX.min(self.width / 2));
        let mut above = "";
        for Row { name, value, origin } in rows {
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

    /// A sentence with its mark. What is to be copied is printed as it stands.
    fn say(&mut self, entry: &Entry) -> io::Result<()> {
        let sentence = match &entry.origin {
            Some(origin) => format!("{origin}: {}", entry.text),
            None => entry.text.clone(),
        };
        let mark = entry.result;
        let (on, off) = if self.coloured { (mark.colour(), "\x1b[0m") } else { ("", "") };
        let mut lead = format!("{on}{:MARKS$}{off}", mark.word());
        for line in wrapped(&sentence, self.width - MARKS - 2) {
            writeln!(self.out, "  {lead}{line}")?;
            lead = " ".repeat(MARKS);
        }
        let verbatim = entry.verbatim.as_deref().unwrap_or_default();
        verbatim.lines().try_for_each(|line| writeln!(self.out, "  {:MARKS$}  {line}", ""))
    }
}
