//! The values that the product's own format has, each with its names. Does not know: how a format writes them.

use crate::record::{Column, Sight};

/// A value worth having.
pub(super) struct Member {
    shows: &'static [Column],
    pub variable: &'static str,
    /// Its name in `rt=0.1`.
    pub short: &'static str,
    /// Its name where every value has one, as in LTSV: there some of the short ones mean something else.
    pub label: &'static str,
    pub kind: Kind,
}

/// What a value may look like.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A number or a word.
    One,
    /// As many of them as there were tries, or nothing at all.
    List,
    /// Anything.
    Text,
}

use Kind::{List, One, Text};

const fn member(
    shows: &'static [Column],
    variable: &'static str,
    short: &'static str,
    label: &'static str,
    kind: Kind,
) -> Member {
    Member { shows, variable, short, label, kind }
}

/// Everything that the product's own format has, in its order.
const MEMBERS: &[Member] = &[
    member(&[Column::Client], "remote_addr", "client", "client_ip", One),
    member(&[Column::Time], "time_local", "time", "time", Text),
    member(&[Column::Method, Column::Path], "request", "req", "req", Text),
    member(&[Column::Method], "request_method", "method", "method", One),
    member(&[Column::Path], "request_uri", "url", "url", Text),
    member(&[Column::BodyBytes], "body_bytes_sent", "bytes", "size", One),
    member(&[Column::UserAgent], "http_user_agent", "agent", "agent", Text),
    member(&[Column::Server], "server_name", "host", "server", Text),
    member(&[Column::Duration], "request_time", "rt", "reqtime", One),
    member(&[Column::Complete], "request_completion", "done", "completion", List),
    member(&[Column::ContentLength], "sent_http_content_length", "length", "sent_http_content_length", List),
    member(&[Column::AttemptAddress], "upstream_addr", "uaddr", "uaddr", List),
    member(&[Column::AttemptStatus], "upstream_status", "ustatus", "ustatus", List),
    member(&[Column::AttemptConnect], "upstream_connect_time", "uct", "uct", List),
    member(&[Column::AttemptHeader], "upstream_header_time", "uht", "uht", List),
    member(&[Column::AttemptResponse], "upstream_response_time", "urt", "urt", List),
    member(&[Column::RequestId], "request_id", "id", "req_id", One),
];

/// Each column once: a request line where neither its method nor its target is there.
pub(super) fn lacking(sight: Sight) -> Vec<&'static Member> {
    let mut seen = sight;
    let mut members = Vec::new();
    for member in MEMBERS {
        if !member.shows.iter().any(|column| seen.has(*column)) {
            members.push(member);
            seen = seen.and(Sight::of(member.shows));
        }
    }
    members
}
