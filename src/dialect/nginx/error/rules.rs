//! Which words of nginx and its modules mean which event: the shape of a rule, and how one is found.
//! Does not know: the line around the text, the request's own words.

mod background;
mod client;
mod errno;
mod exhausted;
mod modules;
mod routine;
mod server;
mod upstream;

use crate::record::{Event, Level};
use memchr::memmem;

/// All rules. The first that fits decides, so within a table the narrow ones stand before the wide ones.
pub(super) static TABLES: [&[Rule]; 7] = [
    exhausted::RULES,
    background::RULES,
    modules::RULES,
    upstream::RULES,
    client::RULES,
    server::RULES,
    routine::RULES,
];

/// What the text means.
pub(super) fn judge(level: Level, text: &[u8]) -> Event {
    find(level, text).map_or(Event::Unclassified, |rule| rule.event)
}

pub(super) fn find(level: Level, text: &[u8]) -> Option<&'static Rule> {
    let message = Message::new(level, without_speaker(text));
    TABLES.into_iter().flatten().find(|rule| rule.fits(&message))
}

/// The rule that decides, and with which of its beginnings.
#[cfg(test)]
pub(super) fn find_phrase(level: Level, text: &[u8]) -> Option<(&'static Rule, &'static str)> {
    let rule = find(level, text)?;
    let begins = |phrase: &&str| without_speaker(text).starts_with(phrase.as_bytes());
    Some((rule, rule.phrases().find(begins)?))
}

/// A text and what every rule asks of it, found once.
struct Message<'a> {
    level: Level,
    text: &'a [u8],
    /// What nginx was doing: the text behind the last ` while `, since a path or a header quoted before it may say
    /// anything. Empty where it says nothing.
    phase: &'a [u8],
    /// The number in `(110: …)`.
    errno: Option<u16>,
}

impl Message<'_> {
    fn new(level: Level, text: &[u8]) -> Message<'_> {
        let phase = memmem::rfind(text, b" while ").map_or(&b""[..], |at| &text[at + b" while ".len()..]);
        Message { level, text, phase, errno: errno::last(text) }
    }
}

/// One row: all that it names must hold.
#[derive(Debug)]
pub(super) struct Rule {
    says: Says,
    /// The error number behind the words, of whichever system; empty: any or none. Its text depends on the libc.
    errno: &'static [u16],
    /// How the phase begins; empty: any or none.
    during: &'static str,
    /// Empty: any. It tells whose socket failed: nginx logs a client's at info, an upstream's at error
    /// (ngx_connection_error, `log_error`).
    levels: &'static [Level],
    pub event: Event,
}

/// The fixed words of a message. Always from the start of the text: what a path or a header holds comes later.
#[derive(Debug)]
enum Says {
    /// One of several beginnings.
    Start(&'static [&'static str]),
    /// A beginning, one word without blanks (an address, a host name, a number), and what follows it.
    Word(&'static str, &'static str),
    /// A beginning, anything, and words that come later.
    Later(&'static [&'static str], &'static str),
    /// `call(…) … failed`, whichever system call or function it is.
    AnyCallFailed,
    /// A complaint about the configuration: it ends in ` in FILE:LINE`.
    ConfigurationLine,
}

impl Rule {
    const fn new(says: Says, event: Event) -> Rule {
        Rule { says, errno: &[], during: "", levels: &[], event }
    }

    const fn errno(mut self, errno: &'static [u16]) -> Rule {
        self.errno = errno;
        self
    }

    const fn during(mut self, phase: &'static str) -> Rule {
        self.during = phase;
        self
    }

    const fn at(mut self, levels: &'static [Level]) -> Rule {
        self.levels = levels;
        self
    }

    /// Its beginnings; one that is empty for a rule without.
    #[cfg(test)]
    pub(super) fn phrases(&self) -> impl Iterator<Item = &'static str> + use<> {
        let phrases: &'static [&'static str] = match self.says {
            Says::Start(starts) | Says::Later(starts, _) => starts,
            Says::Word(..) | Says::AnyCallFailed | Says::ConfigurationLine => &[""],
        };
        phrases.iter().copied()
    }

    fn fits(&self, message: &Message<'_>) -> bool {
        (self.levels.is_empty() || self.levels.contains(&message.level))
            && (self.errno.is_empty() || message.errno.is_some_and(|number| self.errno.contains(&number)))
            && message.phase.starts_with(self.during.as_bytes())
            && self.says.stands_in(message.text)
    }
}

impl Says {
    fn stands_in(&self, text: &[u8]) -> bool {
        match self {
            Says::Start(starts) => behind(text, starts).is_some(),
            Says::Word(start, end) => text.strip_prefix(start.as_bytes()).is_some_and(|rest| {
                // `end` may begin inside the word: `bind(1.2.3.4) failed`.
                let blank = memchr::memchr(b' ', rest);
                blank.is_some_and(|blank| memmem::find(rest, end.as_bytes()).is_some_and(|at| at <= blank))
            }),
            Says::Later(starts, later) => {
                behind(text, starts).is_some_and(|rest| memmem::find(rest, later.as_bytes()).is_some())
            }
            Says::AnyCallFailed => call_failed(text),
            Says::ConfigurationLine => ends_in_place(text),
        }
    }
}

/// What stands behind one of several beginnings.
fn behind<'a>(text: &'a [u8], starts: &[&str]) -> Option<&'a [u8]> {
    starts.iter().find_map(|start| text.strip_prefix(start.as_bytes()))
}

fn call_failed(text: &[u8]) -> bool {
    let name = text.iter().take_while(|&&byte| byte.is_ascii_alphanumeric() || byte == b'_').count();
    name > 0 && text[name..].starts_with(b"(") && memmem::find(text, b" failed").is_some()
}

/// ` in /etc/nginx/nginx.conf:12`.
fn ends_in_place(text: &[u8]) -> bool {
    let line = text.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let path = text[..text.len() - line].strip_suffix(b":");
    line > 0 && path.is_some_and(|path| memmem::find(path, b" in ").is_some())
}

/// The text without the name of a module or a mechanism before nginx's usual words.
fn without_speaker(text: &[u8]) -> &[u8] {
    /// Not before a client's leaving: there it tells that nginx waited for another meanwhile.
    const UNLESS: &[u8] = b"kevent() reported that client prematurely";
    const SPEAKERS: [&[u8]; 4] = [b"proxy_connect: ", b"proxy_connet: ", b"stream ", b"kevent() reported that "];
    SPEAKERS.into_iter().fold(text, |text, speaker| match text.strip_prefix(speaker) {
        Some(rest) if !text.starts_with(UNLESS) => rest,
        _ => text,
    })
}

const fn start(start: &'static [&'static str], event: Event) -> Rule {
    Rule::new(Says::Start(start), event)
}

const fn word(start: &'static str, end: &'static str, event: Event) -> Rule {
    Rule::new(Says::Word(start, end), event)
}

const fn later(starts: &'static [&'static str], later: &'static str, event: Event) -> Rule {
    Rule::new(Says::Later(starts, later), event)
}

const fn any_call_failed(event: Event) -> Rule {
    Rule::new(Says::AnyCallFailed, event)
}

const fn configuration_line(event: Event) -> Rule {
    Rule::new(Says::ConfigurationLine, event)
}

/// The system calls on a connection, whoever is at its other end.
const SOCKET_CALLS: &[&str] = &[
    "recv() failed",
    "readv() failed",
    "recvmsg() failed",
    "send() failed",
    "writev() failed",
    "sendfile() failed",
    "sendfilev() failed",
    "sendmsg() failed",
    "sendto() failed",
    "kevent() reported about an closed connection",
    "WSARecv() ",
    "WSASend() ",
];

/// All names of one call.
const ACCEPT: &[&str] = &["accept4() failed", "accept() failed", "AcceptEx() "];

/// The levels of what one request asked for in vain; the same words at crit or above tell of a fault of the host.
const REQUEST: &[Level] = &[Level::Info, Level::Error];
/// nginx's own faults. A request path that says ` failed (24: ` is logged at error, as a missing file
/// (ngx_http_static_module.c).
const SERIOUS: &[Level] = &[Level::Crit, Level::Alert, Level::Emerg];
