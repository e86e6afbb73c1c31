//! Cuts what a container runtime wrote into lines, the parts of a long one joined.
//!
//! Parts of standard output and of standard error stand between each other. There is no memory of a half line: what holds
//! an unfinished one is not consumed, and read again together with its rest. So an offset never lies between the parts of
//! a line, and saving it saves everything.

use memchr::memchr;

use super::lines::{Line, split};
use crate::envelope::{Framing, Part, Stream};

/// Lines between the first part of one and its last: more are not waited for. Less than any buffer holds.
const BETWEEN_BYTES_MAX: usize = 128 * 1024;

/// Where in a line the bytes begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Inside {
    /// In one that is too long, and was reported as such.
    pub line: bool,
    /// In parts, by stream, of one that was too long.
    pub parts: [bool; Stream::ALL.len()],
}

/// What is written together from parts. Its memory is used again.
#[derive(Debug, Default)]
pub(super) struct Joined([Vec<u8>; Stream::ALL.len()]);

/// Hands out the lines of `bytes` and returns how many bytes are done with. `at_end`: nothing follows, so what is
/// unfinished will stay so.
pub(super) fn split_joined(
    bytes: &[u8],
    line_bytes_max: usize,
    at_end: bool,
    inside: &mut Inside,
    joined: &mut Joined,
    mut on_line: impl FnMut(Line<'_>),
) -> usize {
    let begin = if inside.line { memchr(b'\n', bytes).map_or(bytes.len(), |end| end + 1) } else { 0 };
    let first = &bytes[begin..];
    let framing = memchr(b'\n', first).and_then(|end| Framing::of(&first[..end]));
    let Some(framing) = framing else {
        return split(bytes, line_bytes_max, &mut inside.line, on_line);
    };
    inside.line = false;
    let mut cut = Cut { framing, line_bytes_max, at_end, parts: &mut inside.parts, joined };
    let done = begin + cut.lines(first, &mut on_line);
    if memchr(b'\n', &bytes[done..]).is_some() {
        return done;
    }
    done + split(&bytes[done..], line_bytes_max, &mut inside.line, on_line)
}

struct Cut<'a> {
    framing: Framing,
    line_bytes_max: usize,
    at_end: bool,
    parts: &'a mut [bool; Stream::ALL.len()],
    joined: &'a mut Joined,
}

impl Cut<'_> {
    /// Up to the last newline, or to the first part of a line that is not finished.
    fn lines(&mut self, bytes: &[u8], on_line: &mut impl FnMut(Line<'_>)) -> usize {
        let mut start = 0;
        while let Some(length) = memchr(b'\n', &bytes[start..]) {
            let line = &bytes[start..start + length];
            match self.framing.part(line) {
                Some(part) if self.parts[part.stream.index()] => {
                    self.parts[part.stream.index()] = !part.is_last;
                    start += length + 1;
                }
                Some(Part { is_last: false, .. }) => match self.group(&bytes[start..]) {
                    Some(group) => {
                        self.join(&bytes[start..start + group], on_line);
                        start += group;
                    }
                    None => return start,
                },
                _ => {
                    on_line(self.whole(line));
                    start += length + 1;
                }
            }
        }
        start
    }

    /// How many bytes hold lines that are finished within them. `None`: they are not all there yet.
    fn group(&self, bytes: &[u8]) -> Option<usize> {
        let (mut open, mut passed, mut end) = ([false; Stream::ALL.len()], *self.parts, 0);
        while let Some(length) = memchr(b'\n', &bytes[end..]) {
            if let Some(part) = self.framing.part(&bytes[end..end + length]) {
                let of = if passed[part.stream.index()] { &mut passed } else { &mut open };
                of[part.stream.index()] = !part.is_last;
            }
            end += length + 1;
            if open == [false; Stream::ALL.len()] {
                return Some(end);
            }
        }
        (self.at_end || bytes.len() > BETWEEN_BYTES_MAX.max(self.line_bytes_max)).then_some(end)
    }

    /// Hands out the lines of a group, each where its last part stands; what has none comes last.
    fn join(&mut self, group: &[u8], on_line: &mut impl FnMut(Line<'_>)) {
        let mut last: [&[u8]; Stream::ALL.len()] = [b""; Stream::ALL.len()];
        for line in group.split(|byte| *byte == b'\n') {
            let Some(part) = self.framing.part(line) else {
                if !line.is_empty() {
                    on_line(self.whole(line));
                }
                continue;
            };
            let stream = part.stream.index();
            if std::mem::replace(&mut self.parts[stream], false) {
                self.parts[stream] = !part.is_last;
                continue;
            }
            if part.is_last && last[stream].is_empty() {
                on_line(self.whole(line));
                continue;
            }
            self.add(part, line, last[stream].is_empty());
            last[stream] = line;
            if part.is_last {
                self.finish(stream, line, on_line);
                last[stream] = b"";
            }
        }
        for stream in Stream::ALL.map(Stream::index).into_iter().filter(|stream| !last[*stream].is_empty()) {
            if self.at_end {
                self.finish(stream, last[stream], on_line);
            } else {
                self.parts[stream] = true;
                on_line(Line::TooLong);
            }
        }
    }

    fn add(&mut self, part: Part<'_>, line: &[u8], is_first: bool) {
        let joined = &mut self.joined.0[part.stream.index()];
        if is_first {
            self.framing.begin(line, joined);
        }
        // What is over the limit is reported and not handed out, so it need not be whole.
        if joined.len() <= self.line_bytes_max {
            joined.extend_from_slice(part.content);
        }
    }

    fn finish(&mut self, stream: usize, last: &[u8], on_line: &mut impl FnMut(Line<'_>)) {
        let joined = &mut self.joined.0[stream];
        if joined.len() <= self.line_bytes_max {
            self.framing.end(last, joined);
        }
        let joined = &self.joined.0[stream];
        on_line(self.whole(joined));
    }

    fn whole<'l>(&self, line: &'l [u8]) -> Line<'l> {
        if line.len() > self.line_bytes_max { Line::TooLong } else { Line::Complete(line) }
    }
}

#[cfg(test)]
mod tests;
