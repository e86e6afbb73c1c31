//! Receives what is written to a pipe: standard input, or a FIFO.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::path::Path;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::OnPressure;
use super::buffer::{Buffer, PATIENCE};

/// As much as a pipe holds.
const READ_BYTES: usize = 64 * 1024;
/// After a failure the next attempt waits so long.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Until its writer closes it.
pub(super) fn receive_standard_input(buffer: &Buffer, on_pressure: &OnPressure) {
    match copy(io::stdin(), buffer, on_pressure) {
        Ok(()) if !buffer.is_wanted() => return,
        Ok(()) => buffer.set_trouble(Some(
            "standard input has ended, so nothing more can come: restart hangup with what it reads".to_owned(),
        )),
        Err(error) => buffer.set_trouble(Some(format!("standard input cannot be read: {error}"))),
    }
    buffer.end();
}

/// For as long as somebody reads: writers may come and go.
pub(super) fn receive_fifo(path: &Path, buffer: &Buffer, on_pressure: &OnPressure) {
    while buffer.is_wanted() {
        let copied = open(path).and_then(|fifo| {
            buffer.set_trouble(None);
            copy(fifo, buffer, on_pressure)
        });
        if let Err(error) = copied {
            let trouble = format!("{} cannot be read as a FIFO: {error}", path.display());
            buffer.set_trouble(Some(trouble));
            std::thread::sleep(RETRY_AFTER);
        }
    }
}

/// Opened for writing, too, a FIFO never ends, and opening it waits for nobody. Who may not write to it has to wait for a
/// writer.
fn open(path: &Path) -> io::Result<File> {
    let both = OpenOptions::new().read(true).write(true).open(path);
    both.or_else(|_| File::open(path))
}

fn copy(mut from: impl Read + AsFd, buffer: &Buffer, on_pressure: &OnPressure) -> io::Result<()> {
    let mut bytes = vec![0; READ_BYTES];
    while buffer.is_wanted() {
        if !is_readable(&from)? {
            continue;
        }
        match from.read(&mut bytes) {
            Ok(0) => break,
            Ok(count) => {
                if buffer.push([&bytes[..count], b""]) {
                    on_pressure();
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Waits for something to read, though not for ever.
fn is_readable(from: &impl AsFd) -> io::Result<bool> {
    let timeout = PollTimeout::try_from(PATIENCE).unwrap_or(PollTimeout::ZERO);
    let mut asked = [PollFd::new(from.as_fd(), PollFlags::POLLIN)];
    match poll(&mut asked, timeout) {
        Ok(ready) => Ok(ready > 0),
        Err(nix::errno::Errno::EINTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
