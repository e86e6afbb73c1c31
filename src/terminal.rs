//! What a person's terminal takes: how wide it is, whether colours are wanted, and sentences wrapped to fit.
//! Does not know: what is printed.

use std::io::{IsTerminal, stdout};

use terminal_size::{Width, terminal_size_of};

/// Narrower than this, tables are no help any more.
const COLUMNS_MIN: usize = 40;

/// Where the output goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminal {
    /// In characters. `None`: it is no terminal.
    pub columns: Option<usize>,
    pub colours: bool,
}

impl Terminal {
    /// Standard output, with what the environment says of colours (no-color.org).
    pub fn of_stdout() -> Terminal {
        let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let columns = terminal_size_of(stdout()).map(|(Width(columns), _)| usize::from(columns).max(COLUMNS_MIN));
        Terminal { columns, colours: stdout().is_terminal() && !is_set("NO_COLOR") && !dumb }
    }

    /// The terminal's width, at most so much; and that much where there is none.
    pub fn width(self, most: usize) -> usize {
        self.columns.map_or(most, |columns| columns.min(most))
    }
}

/// Lines of at most so many characters, broken at blanks; a longer word has its line to itself.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.last_mut().expect("there is always a line");
        if !last.is_empty() && last.chars().count() + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
            continue;
        }
        if !last.is_empty() {
            last.push(' ');
        }
        last.push_str(word);
    }
    lines
}
