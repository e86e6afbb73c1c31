//! What container runtimes put around each line, and how they cut a long one: CRI (containerd, CRI-O) and Docker's
//! `json-file`. Both write 16 KiB at most; the parts of one line belong together by stream.

use memchr::{memchr, memmem};

/// Which of a container's outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Stdout,
    Stderr,
}

impl Stream {
    pub const ALL: [Stream; 2] = [Stream::Stdout, Stream::Stderr];

    pub fn index(self) -> usize {
        self as usize
    }
}

/// How the runtime writes a file, all of whose lines are written so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// `2026-11-21T14:17:26.123456789Z stdout F CONTENT`; `P` for all parts of a line but the last.
    Cri,
    /// `{"log":"CONTENT\n","stream":"stdout","time":"…"}`; all parts of a line but the last lack the `\n`.
    DockerJson,
}

/// A line, or a part of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part<'a> {
    /// As it is written, so escaped where the runtime escapes.
    pub content: &'a [u8],
    pub stream: Stream,
    pub is_last: bool,
}

const JSON_HEAD: &[u8] = b"{\"log\":\"";
const JSON_STREAM: &[u8] = b"\",\"stream\":\"std";

impl Framing {
    pub const ALL: [Framing; 2] = [Framing::Cri, Framing::DockerJson];

    /// How a file is written that has such a line.
    pub fn of(line: &[u8]) -> Option<Framing> {
        Framing::ALL.into_iter().find(|framing| framing.part(line).is_some())
    }

    /// `None`: the line is not written so.
    #[inline]
    pub fn part(self, line: &[u8]) -> Option<Part<'_>> {
        match self {
            Framing::Cri => cri(line),
            Framing::DockerJson => docker_json(line),
        }
    }

    /// Begins a line of its own out of the first of its parts. Contents are to follow, and then [`Framing::end`].
    pub fn begin(self, first: &[u8], joined: &mut Vec<u8>) {
        joined.clear();
        match self {
            Framing::Cri => {
                let head = cri_head(first).map_or(0, |(flags, _)| flags);
                joined.extend_from_slice(&first[..head]);
                joined.extend_from_slice(b"F ");
            }
            Framing::DockerJson => joined.extend_from_slice(JSON_HEAD),
        }
    }

    /// Ends a line, of whose parts this is the last that there is.
    pub fn end(self, last: &[u8], joined: &mut Vec<u8>) {
        let Some(part) = self.part(last).filter(|_| self == Framing::DockerJson) else { return };
        if !part.is_last {
            joined.extend_from_slice(b"\\n");
        }
        joined.extend_from_slice(&last[JSON_HEAD.len() + part.content.len()..]);
    }
}

/// Where the flags begin and end: behind a time and the name of a stream.
fn cri_head(line: &[u8]) -> Option<(usize, usize)> {
    let time = memchr(b' ', line.get(..TIME_BYTES_MAX.min(line.len()))?)?;
    if !matches!(line, [b'0'..=b'9', _, _, _, b'-', _, _, b'-', _, _, b'T', _, _, b':', ..]) {
        return None;
    }
    let flags = time + STREAM_BYTES;
    let end = line.get(flags..)?.iter().take(FLAGS_BYTES_MAX).position(|byte| *byte == b' ');
    // The content may be empty.
    Some((flags, end.map_or(line.len(), |end| flags + end)))
}

/// Longer than `2026-11-21T14:17:26.123456789+01:00 `.
const TIME_BYTES_MAX: usize = 48;
/// ` stdout `.
const STREAM_BYTES: usize = 8;
/// Flags are joined by colons. There is only one so far.
const FLAGS_BYTES_MAX: usize = 64;

#[inline]
fn cri(line: &[u8]) -> Option<Part<'_>> {
    let (flags, end) = cri_head(line)?;
    let stream = match &line[flags - STREAM_BYTES..flags] {
        b" stdout " => Stream::Stdout,
        b" stderr " => Stream::Stderr,
        _ => return None,
    };
    let is_last = match line[flags..end] {
        [b'F'] | [b'F', b':', ..] => true,
        [b'P'] | [b'P', b':', ..] => false,
        _ => return None,
    };
    Some(Part { content: line.get(end + 1..).unwrap_or_default(), stream, is_last })
}

#[inline]
fn docker_json(line: &[u8]) -> Option<Part<'_>> {
    let rest = line.strip_prefix(JSON_HEAD)?;
    // Every quote inside has a backslash before it, so this is the end of the content.
    let end = memmem::find(rest, JSON_STREAM)?;
    let stream = match rest.get(end + JSON_STREAM.len()..)? {
        [b'o', b'u', b't', b'"', ..] => Stream::Stdout,
        [b'e', b'r', b'r', b'"', ..] => Stream::Stderr,
        _ => return None,
    };
    let content = &rest[..end];
    Some(Part { content, stream, is_last: ends_in_newline(content) })
}

/// Ends in an `n` whose backslash is not escaped itself.
fn ends_in_newline(escaped: &[u8]) -> bool {
    let backslashes = |text: &[u8]| text.iter().rev().take_while(|byte| **byte == b'\\').count();
    escaped.strip_suffix(b"n").is_some_and(|text| backslashes(text) % 2 == 1)
}
