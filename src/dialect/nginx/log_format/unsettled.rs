//! What people call two different things, settled when all of a line is read: `response_time` is the upstream's beside a
//! `request_time`, and `host` is the client where no other key is.
//! Knows: what else a line shows. Does not know: notations.

use std::net::IpAddr;

use super::field::Field;
use crate::record::{Column, Sight};

/// Values that wait for the rest of their line.
#[derive(Debug, Default)]
pub(super) struct Unsettled<'a> {
    pub response_time: Option<&'a [u8]>,
    pub host: Option<&'a [u8]>,
    /// It is a GELF message, whose `host` is the machine that sent it.
    pub is_gelf: bool,
}

impl<'a> Unsettled<'a> {
    /// What they are beside the columns that the line shows.
    #[inline]
    pub(super) fn settle(self, sight: Sight) -> [Option<(Field, &'a [u8])>; 2] {
        let time = self.response_time.map(|text| {
            let is_upstream = is_list(text) || sight.has(Column::Duration);
            (if is_upstream { Field::UpstreamResponseTime } else { Field::RequestTime }, without_unit(text))
        });
        let host = self.host.filter(|_| !self.is_gelf).map(|text| {
            let is_client = !sight.has(Column::Client) && is_address(text);
            (if is_client { Field::RemoteAddr } else { Field::Host }, text)
        });
        [time, host]
    }

    /// Whether there is a list of attempts, which no request's own time can be.
    pub(super) fn lists_response_times(&self) -> bool {
        self.response_time.is_some_and(is_list)
    }
}

/// The values of several attempts.
fn is_list(text: &[u8]) -> bool {
    text.contains(&b' ')
}

/// `1.204s`.
fn without_unit(text: &[u8]) -> &[u8] {
    match text {
        [number @ .., b's'] if number.last().is_some_and(u8::is_ascii_digit) => number,
        _ => text,
    }
}

fn is_address(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| text.parse::<IpAddr>().is_ok())
}
