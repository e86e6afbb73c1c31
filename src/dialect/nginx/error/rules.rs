//! Which words of nginx mean which event: the shape of a rule, and how one is found.
//! Does not know: the line around the text, the request's own words.

mod client;
mod exhausted;
mod routine;
mod upstream;

use crate::record::{Event, Level};
use memchr::memmem;

/// All rules. The first that fits decides, so within a table the narrow ones stand before the wide ones.
pub(super) static TABLES: [&[Rule]; 4] = [exhausted::RULES, upstream::RULES, client::RULES, routine::RULES];

/// What the text means.
pub(super) fn judge(level: Level, text: &[u8]) -> Event {
    find(level, text).map_or(Event::Unclassified, |rule| rule.event)
}

pub(super) fn find(level: Level, text: &[u8]) -> Option<&'static Rule> {
    // The phase nginx appends is the last one: a path or a header quoted before it may say anything.
    let phase = memmem::rfind(text, b" while ").map_or(&b""[..], |at| &text[at + b" while ".len()..]);
    TABLES.into_iter().flatten().find(|rule| rule.fits(level, text, phase))
}

/// One row: all that it names must hold.
#[derive(Debug)]
pub(super) struct Rule {
    says: Says,
    /// The number in `(110: …)` behind the words; empty: any or none. Its text depends on the libc.
    errno: &'static [u16],
    /// How the text behind the last ` while ` begins; empty: any or none.
    during: &'static str,
    /// Empty: any. It tells whose socket failed: nginx logs a client's at info, an upstream's at error
    /// (ngx_connection_error, `log_error`).
    levels: &'static [Level],
    pub event: Event,
}

/// The fixed words of a message. Always from the start of the text: what a path or a header holds comes later.
#[derive(Debug)]
enum Says {
    Start(&'static str),
    /// One of several beginnings.
    Any(&'static [&'static str]),
    /// One word without blanks between the two: an address, a host name, a number.
    Word(&'static str, &'static str),
    /// A quoted path between the two, which may hold anything; the last `end` is meant.
    Path(&'static str, &'static str),
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

    fn fits(&self, level: Level, text: &[u8], phase: &[u8]) -> bool {
        let Some(behind) = self.says.behind(text) else { return false };
        (self.levels.is_empty() || self.levels.contains(&level))
            && phase.starts_with(self.during.as_bytes())
            && (self.errno.is_empty() || errno(behind).is_some_and(|number| self.errno.contains(&number)))
    }
}

impl Says {
    /// What stands behind the words, `None` if they are not there.
    fn behind<'a>(&self, text: &'a [u8]) -> Option<&'a [u8]> {
        match self {
            Says::Start(start) => text.strip_prefix(start.as_bytes()),
            Says::Any(starts) => starts.iter().find_map(|start| text.strip_prefix(start.as_bytes())),
            Says::Word(start, end) => {
                let rest = text.strip_prefix(start.as_bytes())?;
                let blank = memchr::memchr(b' ', rest)?;
                // `end` may begin inside the word: `bind(1.2.3.4) failed`.
                let at = memmem::find(rest, end.as_bytes()).filter(|at| *at <= blank)?;
                Some(&rest[at + end.len()..])
            }
            Says::Path(start, end) => {
                let rest = text.strip_prefix(start.as_bytes())?;
                Some(&rest[memmem::rfind(rest, end.as_bytes())? + end.len()..])
            }
        }
    }
}

/// The number of ` (110: Connection timed out)`.
fn errno(text: &[u8]) -> Option<u16> {
    let text = text.strip_prefix(b" (")?;
    let digits = text.iter().position(|&byte| byte == b':')?;
    std::str::from_utf8(&text[..digits]).ok()?.parse().ok()
}

const fn start(start: &'static str, event: Event) -> Rule {
    Rule::new(Says::Start(start), event)
}

const fn any(starts: &'static [&'static str], event: Event) -> Rule {
    Rule::new(Says::Any(starts), event)
}

const fn word(start: &'static str, end: &'static str, event: Event) -> Rule {
    Rule::new(Says::Word(start, end), event)
}

const fn path(start: &'static str, end: &'static str, event: Event) -> Rule {
    Rule::new(Says::Path(start, end), event)
}

/// The system calls on a connection, whoever is at its other end.
const SOCKET_CALLS: &[&str] =
    &["recv() failed", "readv() failed", "send() failed", "writev() failed", "sendfile() failed"];

/// Both names of one call.
const ACCEPT: &[&str] = &["accept4() failed", "accept() failed"];

/// Linux errno numbers, by name.
mod errno {
    pub const ENOENT: u16 = 2;
    pub const EAGAIN: u16 = 11;
    pub const ENOMEM: u16 = 12;
    pub const ENFILE: u16 = 23;
    pub const EMFILE: u16 = 24;
    pub const ENOSPC: u16 = 28;
    pub const EPIPE: u16 = 32;
    pub const EADDRINUSE: u16 = 98;
    pub const EADDRNOTAVAIL: u16 = 99;
    pub const ENETDOWN: u16 = 100;
    pub const ENETUNREACH: u16 = 101;
    pub const ECONNABORTED: u16 = 103;
    pub const ECONNRESET: u16 = 104;
    pub const ENOBUFS: u16 = 105;
    pub const ENOTCONN: u16 = 107;
    pub const ETIMEDOUT: u16 = 110;
    pub const ECONNREFUSED: u16 = 111;
    pub const EHOSTDOWN: u16 = 112;
    pub const EHOSTUNREACH: u16 = 113;
    pub const EDQUOT: u16 = 122;

    pub const BROKEN: &[u16] = &[ECONNRESET, EPIPE, ENOTCONN, ECONNABORTED];
    pub const UNREACHABLE: &[u16] = &[EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, ENETDOWN];
    pub const SILENT: &[u16] = &[ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, ENETDOWN];
    pub const FILES: &[u16] = &[EMFILE, ENFILE];
    pub const NO_MEMORY: &[u16] = &[ENOMEM, ENOBUFS];
    pub const DISK_FULL: &[u16] = &[ENOSPC, EDQUOT];
}
