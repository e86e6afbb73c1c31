//! How an upstream kept nginx waiting or failed it (sources: ngx_http_upstream.c, ngx_event_connect.c, ngx_event_pipe.c,
//! ngx_resolver.c, ngx_event_openssl.c, ngx_stream_proxy_module.c, the proxy, FastCGI, uwsgi and gRPC modules).

use super::errno::{BROKEN, EAGAIN, ECONNREFUSED, ENOENT, ETIMEDOUT, SILENT, UNREACHABLE};
use super::{Rule, SOCKET_CALLS, any, start, word};
use crate::record::{Event, Level, TimeoutPhase, UpstreamFailure};

pub(in super::super) static RULES: &[Rule] = &[
    start("upstream timed out", timeout(TimeoutPhase::Connect)).during("connecting to upstream"),
    start("upstream timed out", timeout(TimeoutPhase::Tls)).during("SSL handshaking to upstream"),
    start("upstream timed out", timeout(TimeoutPhase::Send)).during("sending request to upstream"),
    start("upstream timed out", timeout(TimeoutPhase::Header)).during("reading response header from upstream"),
    start("upstream timed out", timeout(TimeoutPhase::Body)).during("reading upstream"),
    // Unbuffered: the last action was to send, the timer is that of the upstream's next bytes.
    start("upstream timed out", timeout(TimeoutPhase::Body)).during("sending to client"),
    start("upstream timed out", timeout(TimeoutPhase::Upgraded)).during("proxying upgraded connection"),
    start("upstream timed out", timeout(TimeoutPhase::Other)),
    start("connection timed out", timeout(TimeoutPhase::Upgraded)).during("proxying"),
    // The kernel gave up on the SYNs before proxy_connect_timeout did.
    start("connect() failed", timeout(TimeoutPhase::Connect)).errno(&[ETIMEDOUT]).during("connecting to upstream"),
    // Name servers are asked over connections of their own, whose failures read like an upstream's.
    any(SOCKET_CALLS, failure(UpstreamFailure::Resolve)).during(RESOLVING),
    start("connect() failed", failure(UpstreamFailure::Resolve)).during(RESOLVING),
    word("connect() to ", " failed", failure(UpstreamFailure::Resolve)).during(RESOLVING),
    word("", " could not be resolved", failure(UpstreamFailure::Resolve)),
    start("no resolver defined to resolve ", failure(UpstreamFailure::Resolve)),
    start("DNS error (", failure(UpstreamFailure::Resolve)),
    start("no live upstreams", failure(UpstreamFailure::NoLive)),
    start("connect() failed", failure(UpstreamFailure::Refused)).errno(&[ECONNREFUSED]),
    start("connect() failed", failure(UpstreamFailure::Reset)).errno(BROKEN),
    start("connect() failed", failure(UpstreamFailure::Unreachable)).errno(UNREACHABLE),
    start("connect() failed", failure(UpstreamFailure::ConnectOther)),
    word("connect() to ", " failed", failure(UpstreamFailure::Refused)).errno(&[ECONNREFUSED, ENOENT]),
    word("connect() to ", " failed", failure(UpstreamFailure::Reset)).errno(BROKEN),
    word("connect() to ", " failed", failure(UpstreamFailure::QueueFull)).errno(&[EAGAIN]),
    word("connect() to ", " failed", failure(UpstreamFailure::Unreachable)).errno(UNREACHABLE),
    word("connect() to ", " failed", failure(UpstreamFailure::ConnectOther)),
    word("bind(", ") failed", failure(UpstreamFailure::ConnectOther)).during("connecting to upstream"),
    any(SOCKET_CALLS, failure(UpstreamFailure::Reset)).errno(BROKEN).at(UPSTREAM),
    any(SOCKET_CALLS, failure(UpstreamFailure::Unreachable)).errno(SILENT).at(UPSTREAM),
    // "connection", "stream" (gRPC), "FastCGI stdout", "FastCGI request".
    start("upstream prematurely closed ", failure(UpstreamFailure::ClosedEarly)),
    start("upstream sent too big header", failure(UpstreamFailure::HeaderTooBig)),
    start("upstream rejected request with error ", failure(UpstreamFailure::Rejected)),
    start("upstream sent goaway with error ", failure(UpstreamFailure::Rejected)),
    // What nginx only warns of (a header twice, bytes beyond Content-Length) did not fail the try.
    start("upstream sent ", Event::Routine).at(&[Level::Warn, Level::Info]),
    start("upstream sent ", failure(UpstreamFailure::InvalidResponse)),
    start("upstream prematurely sent response", failure(UpstreamFailure::InvalidResponse)),
    start("upstream violated ", failure(UpstreamFailure::InvalidResponse)),
    start("upstream server temporarily disabled", failure(UpstreamFailure::TemporarilyDisabled)),
    start("upstream SSL certificate ", failure(UpstreamFailure::Tls)),
    start("peer closed connection in SSL handshake", failure(UpstreamFailure::Tls)).during(HANDSHAKE),
    start("SSL_", failure(UpstreamFailure::Tls)).during(HANDSHAKE),
    start("SSL_", failure(UpstreamFailure::Tls)).at(UPSTREAM),
];

const UPSTREAM: &[Level] = &[Level::Error];
const RESOLVING: &str = "resolving, resolver: ";
const HANDSHAKE: &str = "SSL handshaking to upstream";

const fn timeout(phase: TimeoutPhase) -> Event {
    Event::UpstreamTimeout(phase)
}

const fn failure(kind: UpstreamFailure) -> Event {
    Event::UpstreamFailure(kind)
}
