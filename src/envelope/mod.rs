//! Takes off what containers and log daemons put around each line. Knows: how it looks, where it ends, how the parts of a
//! line that was cut are told. Does not know: what is inside.

mod compose;
mod container;
mod container_path;
mod journal;
mod json_text;
mod syslog;

use std::borrow::Cow;

pub use container::{Framing, Part, Stream};
pub use container_path::Container;

/// What stands around a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Envelope {
    /// Nothing: the product writes its file itself.
    #[default]
    None,
    /// RFC 3164 or RFC 5424, and what `journalctl -o short` prints.
    Syslog,
    /// containerd and CRI-O: the files under `/var/log/pods`.
    Cri,
    /// Docker's `json-file` driver.
    DockerJson,
    /// `docker compose logs`, `kubectl logs --prefix`, and the times that either may add.
    Compose,
    /// `journalctl -o json`.
    JournalJson,
}

/// What is inside an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened<'a> {
    pub text: &'a [u8],
    /// Which of the container's outputs it was written to. `None`: the envelope does not say.
    pub stream: Option<Stream>,
}

impl Envelope {
    /// In the order in which they are tried.
    pub const ALL: [Envelope; 6] = [
        Envelope::None,
        Envelope::Syslog,
        Envelope::Cri,
        Envelope::DockerJson,
        Envelope::JournalJson,
        Envelope::Compose,
    ];

    /// The name by which a person chooses it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Envelope::None => "none",
            Envelope::Syslog => "syslog",
            Envelope::Cri => "cri",
            Envelope::DockerJson => "docker",
            Envelope::Compose => "compose",
            Envelope::JournalJson => "journal",
        }
    }

    /// What is inside. `None`: the line is not in such an envelope. Text that has to be written anew goes to `scratch`.
    #[inline]
    pub fn open<'a>(self, line: &'a [u8], scratch: &'a mut Vec<u8>) -> Option<Opened<'a>> {
        let text = |text| Opened { text, stream: None };
        match self {
            Envelope::None => Some(text(line)),
            Envelope::Syslog => syslog::message(line).map(text),
            Envelope::Cri => {
                Framing::Cri.part(line).map(|part| Opened { text: part.content, stream: Some(part.stream) })
            }
            Envelope::DockerJson => {
                let part = Framing::DockerJson.part(line)?;
                let content = part.content.strip_suffix(b"\\n").filter(|_| part.is_last).unwrap_or(part.content);
                Some(Opened { text: json_text::unescaped(content, scratch), stream: Some(part.stream) })
            }
            Envelope::Compose => compose::message(line).map(text),
            Envelope::JournalJson => journal::message(line, scratch).map(text),
        }
    }

    /// The same for one line now and then.
    pub fn opened_line(self, line: &[u8]) -> Option<Cow<'_, [u8]>> {
        let mut scratch = Vec::new();
        let inside = self.open(line, &mut scratch)?.text;
        let at =
            line.as_ptr_range().contains(&inside.as_ptr()).then(|| inside.as_ptr() as usize - line.as_ptr() as usize);
        Some(match at {
            Some(begin) => Cow::Borrowed(&line[begin..begin + inside.len()]),
            None => Cow::Owned(inside.to_vec()),
        })
    }

    /// The first envelope out of which a line makes sense.
    pub fn of(line: &[u8], makes_sense: impl Fn(&[u8]) -> bool) -> Option<Envelope> {
        let mut scratch = Vec::new();
        Envelope::ALL.into_iter().find(|it| it.open(line, &mut scratch).is_some_and(|it| makes_sense(it.text)))
    }

    /// The first lines of a log out of each envelope that most of them are in.
    pub fn opened<'a>(lines: &[&'a [u8]]) -> impl Iterator<Item = Vec<Cow<'a, [u8]>>> {
        let open_all =
            |envelope: Envelope| lines.iter().filter_map(move |line| envelope.opened_line(line)).collect::<Vec<_>>();
        Envelope::ALL.into_iter().map(open_all).filter(|opened| opened.len() * 2 > lines.len())
    }

    /// What is inside the first envelope that there is around a line; the line itself where there is none.
    pub fn innermost(line: &[u8]) -> Cow<'_, [u8]> {
        Envelope::ALL.into_iter().skip(1).find_map(|it| it.opened_line(line)).unwrap_or(Cow::Borrowed(line))
    }
}

#[cfg(test)]
mod tests;
