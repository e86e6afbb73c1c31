//! One request's whole life as values: who asked for what, and what became of it.
//! Knows: what nginx can know of a request. Does not know: how it is written down, or why it went that way.

use super::site;

/// One request.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Exchange {
    pub client: String,
    pub agent: &'static str,
    pub referer: &'static str,
    pub method: &'static str,
    /// Path and query; empty where the request line never came.
    pub target: String,
    pub id: u128,
    /// nginx's number of the connection.
    pub connection: u64,
    pub status: u16,
    pub body_bytes: u64,
    pub content_length: Option<u64>,
    /// `$request_completion` is `OK`.
    pub complete: bool,
    pub request_millis: u64,
    pub upstream: Tries,
    pub notes: Vec<Note>,
}

/// What the upstream variables show.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) enum Tries {
    /// Answered by nginx itself: every variable is `-`.
    #[default]
    None,
    /// No connection slot was left for the upstream: the address is empty, the rest is `-`.
    NoSlot,
    Made(Vec<Try>),
}

/// One try against one server, times in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Try {
    pub server: &'static str,
    pub status: Option<u16>,
    pub connect: Option<u64>,
    pub header: Option<u64>,
    pub response: u64,
}

/// One line for the error log.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Note {
    /// When, counted from the beginning of the request.
    pub after_millis: u64,
    pub level: &'static str,
    pub message: &'static str,
    /// The server or group it is about.
    pub server: Option<&'static str>,
    /// nginx's own trouble, of no client: nothing follows the message.
    pub bare: bool,
}

impl Exchange {
    /// Whether a connection to an upstream is held while it lasts.
    pub(super) fn proxied(&self) -> bool {
        matches!(self.upstream, Tries::Made(_))
    }

    pub(super) fn note(
        &mut self,
        after_millis: u64,
        level: &'static str,
        message: &'static str,
        server: Option<&'static str>,
    ) {
        self.notes.push(Note { after_millis, level, message, server, bare: false });
    }
}

impl Try {
    /// An answer with that status, its head just before its end.
    pub(super) fn answered(server: &'static str, status: u16, connect: u64, response: u64) -> Try {
        let header = response.saturating_sub(u64::from(response > 20));
        Try { server, status: Some(status), connect: Some(connect.min(response)), header: Some(header), response }
    }

    /// Ended while it was in progress: a 499 leaves the status `-`, and the header time too.
    pub(super) fn left(server: &'static str, connect: Option<u64>, response: u64) -> Try {
        Try { server, status: None, connect, header: None, response }
    }

    /// nginx gave the try up and put its own status there.
    pub(super) fn failed(server: &'static str, status: u16, connect: Option<u64>, response: u64) -> Try {
        Try { server, status: Some(status), connect, header: None, response }
    }

    pub(super) fn no_live() -> Try {
        Try::failed(site::UPSTREAM, 502, None, 0)
    }
}
