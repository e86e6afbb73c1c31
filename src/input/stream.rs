//! Reads a stream that nobody writes to any more, from its first byte to its last.
//! Knows: lines. Does not know: where the stream comes from, or whether it was packed.

use std::io::{ErrorKind, Read, Result};

use super::lines::Line;
use super::parts::{Inside, Joined, split_joined};

/// Large enough that a read costs little beside the lines in it.
const READ_BYTES: usize = 256 * 1024;

/// Hands out every line, a last one without its newline included. On an error, what came before it has been handed out.
pub fn read_lines(mut from: impl Read, line_bytes_max: usize, mut on_line: impl FnMut(Line<'_>)) -> Result<()> {
    let mut buffer = vec![0; READ_BYTES.max(line_bytes_max + 1)];
    let (mut filled, mut inside, mut joined, mut at_end) = (0, Inside::default(), Joined::default(), false);
    while !at_end {
        match from.read(&mut buffer[filled..]) {
            Ok(0) => at_end = true,
            Ok(read) => filled += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        }
        let done = split_joined(&buffer[..filled], line_bytes_max, at_end, &mut inside, &mut joined, &mut on_line);
        buffer.copy_within(done..filled, 0);
        filled -= done;
    }
    if filled > 0 && !inside.line {
        on_line(Line::Complete(&buffer[..filled]));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8], line_bytes_max: usize) -> Vec<String> {
        let mut lines = Vec::new();
        read_lines(text, line_bytes_max, |line| {
            lines.push(match line {
                Line::Complete(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                Line::TooLong => "TOO LONG".to_owned(),
            });
        })
        .expect("a slice has no errors");
        lines
    }

    #[test]
    fn every_line_comes_once_the_last_one_too() {
        assert_eq!(lines(b"one\ntwo\nthree", 100), ["one", "two", "three"]);
        assert_eq!(lines(b"one\n\n", 100), ["one", ""]);
        assert_eq!(lines(b"", 100), Vec::<String>::new());
    }

    #[test]
    fn lines_cross_reads_and_long_ones_are_told_once() {
        let text = "x".repeat(READ_BYTES - 2) + "\nacross\n" + &"y".repeat(3 * READ_BYTES) + "\nafter";
        assert_eq!(lines(text.as_bytes(), 100), ["TOO LONG", "across", "TOO LONG", "after"]);
    }
}
