//! Which member of a `log_format` makes a log answer a question. Knows: nginx's variables.
//! Does not know: which formats there are.

use crate::record::{Sight, Signal};

/// A variable with a name of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    pub signal: Signal,
    /// Without the `$`.
    pub variable: &'static str,
    /// As it stands in a format.
    pub text: &'static str,
}

const fn member(signal: Signal, variable: &'static str, text: &'static str) -> Member {
    Member { signal, variable, text }
}

/// Lists of attempts hold blanks, so they are quoted.
const MEMBERS: &[Member] = &[
    member(Signal::Patience, "request_time", "rt=$request_time"),
    member(Signal::Upstream, "upstream_addr", "uaddr=\"$upstream_addr\""),
    member(Signal::Origin, "upstream_status", "ustatus=\"$upstream_status\""),
    member(Signal::UpstreamConnect, "upstream_connect_time", "uct=\"$upstream_connect_time\""),
    member(Signal::UpstreamHeader, "upstream_header_time", "uht=\"$upstream_header_time\""),
    member(Signal::UpstreamResponse, "upstream_response_time", "urt=\"$upstream_response_time\""),
    member(Signal::CutShort, "request_completion", "done=\"$request_completion\""),
];

/// What to add to a format with this sight, so that it shows everything that decides who gave up, and why.
pub fn missing(sight: Sight) -> impl Iterator<Item = &'static Member> {
    MEMBERS.iter().filter(move |member| !member.signal.is_visible(sight))
}
