//! Which member of a `log_format` makes a log answer a question. Knows: nginx's variables.
//! Does not know: which formats there are.

use crate::record::{Sight, Signal};

/// Each with a name of its own; lists of attempts hold blanks, so they are quoted.
const MEMBERS: &[(Signal, &str)] = &[
    (Signal::Patience, "rt=$request_time"),
    (Signal::Upstream, "uaddr=\"$upstream_addr\""),
    (Signal::Origin, "ustatus=\"$upstream_status\""),
    (Signal::UpstreamConnect, "uct=\"$upstream_connect_time\""),
    (Signal::UpstreamHeader, "uht=\"$upstream_header_time\""),
    (Signal::UpstreamResponse, "urt=\"$upstream_response_time\""),
    (Signal::CutShort, "done=\"$request_completion\""),
];

/// What to add to a format with this sight, so that it shows everything that decides who gave up, and why.
pub fn missing(sight: Sight) -> impl Iterator<Item = (Signal, &'static str)> {
    MEMBERS.iter().copied().filter(move |(signal, _)| !signal.is_visible(sight))
}
