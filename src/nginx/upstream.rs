//! The `$upstream_*` lists: one element per try, `, ` between tries and ` : ` between internal redirects
//! (source: ngx_http_upstream.c, ngx_http_upstream_addr_variable and its siblings).

use super::access::Millis;

/// The raw lists of one line. `None`: the format does not log that variable.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Upstream<'a> {
    pub addr: Option<&'a [u8]>,
    pub status: Option<&'a [u8]>,
    pub connect_time: Option<&'a [u8]>,
    pub header_time: Option<&'a [u8]>,
    pub response_time: Option<&'a [u8]>,
}

/// One try against one upstream server. A time is `None` where it was `-`, empty or not logged.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Try<'a> {
    /// `127.0.0.1:9001`, `unix:/run/x.sock`, or a group's name when no server of it was alive; empty where not logged.
    pub addr: &'a [u8],
    /// `None` for `-`: no status line came (the try was in progress when the request ended).
    pub status: Option<u16>,
    pub connect_time: Option<Millis>,
    pub header_time: Option<Millis>,
    pub response_time: Option<Millis>,
}

impl<'a> Upstream<'a> {
    /// Each try in order. Nothing where no upstream was involved.
    pub fn tries(&self) -> impl Iterator<Item = Try<'a>> + use<'a> {
        std::iter::empty()
    }
    /// The last try, which decided the response.
    pub fn last(&self) -> Option<Try<'a>> {
        self.tries().last()
    }
}
