//! The terminal as a screen: keys come one by one, and what stood there before is there again afterwards.
//! Does not know: what is shown.

use std::io::{self, Write, stdin, stdout};

use anyhow::{Context, Result};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};

use super::frame::painted;
use crate::wording::Line;

/// The alternate screen without a cursor, and back.
const ENTER: &str = "\x1b[?1049h\x1b[?25l";
const LEAVE: &str = "\x1b[?25h\x1b[?1049l";

pub(super) struct Screen {
    before: Termios,
}

impl Screen {
    pub(super) fn enter() -> Result<Screen> {
        let before = tcgetattr(stdin()).context("the terminal cannot be asked how it is set")?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(stdin(), OptionalActions::Flush, &raw).context("the terminal cannot be set")?;
        let screen = Screen { before };
        write!(stdout(), "{ENTER}")?;
        Ok(screen)
    }

    /// Columns and rows. `None`: it does not say.
    pub(super) fn size(&self) -> Option<(usize, usize)> {
        let size = tcgetwinsize(stdout()).ok()?;
        (size.ws_col > 0 && size.ws_row > 0).then(|| (usize::from(size.ws_col), usize::from(size.ws_row)))
    }

    /// In one write, so that nothing flickers.
    pub(super) fn draw(&mut self, lines: &[Line], colours: bool) -> io::Result<()> {
        let rows: Vec<String> = lines.iter().map(|line| format!("{}\x1b[K", painted(line, colours))).collect();
        let mut out = stdout().lock();
        write!(out, "\x1b[H{}\x1b[J", rows.join("\r\n"))?;
        out.flush()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Nothing is left to do where not even this works.
        let _ = write!(stdout(), "{LEAVE}").and_then(|()| stdout().flush());
        let _ = tcsetattr(stdin(), OptionalActions::Flush, &self.before);
    }
}
