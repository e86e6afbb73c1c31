//! How an upstream kept nginx waiting or failed it (sources: ngx_http_upstream.c, ngx_event_connect.c, ngx_event_pipe.c,
//! ngx_event_openssl.c, ngx_stream_proxy_module.c, the proxy, FastCGI, uwsgi, gRPC, memcached, slice and mail modules).

use super::errno::{AGAIN, BROKEN, NO_PORT, REFUSED, REFUSED_OR_ABSENT, SILENT, TIMED_OUT, UNREACHABLE};
use super::{Rule, SOCKET_CALLS, start, word};
use crate::record::{Event, Level, Resource, TimeoutPhase, UpstreamFailure};

pub(in super::super) static RULES: &[Rule] = &[
    start(TIMED_OUT_WORDS, timeout(TimeoutPhase::Connect)).during("connecting to upstream"),
    start(TIMED_OUT_WORDS, timeout(TimeoutPhase::Tls)).during("SSL handshaking to upstream"),
    start(TIMED_OUT_WORDS, timeout(TimeoutPhase::Send)).during("sending request to upstream"),
    start(TIMED_OUT_WORDS, timeout(TimeoutPhase::Header)).during("reading response header from upstream"),
    start(TIMED_OUT_WORDS, timeout(TimeoutPhase::Body)).during("reading upstream"),
    // Unbuffered: the last action was to send, the timer is that of the upstream's next bytes.
    start(&["upstream timed out"], timeout(TimeoutPhase::Body)).during("sending to client"),
    start(TIMED_OUT_WORDS, timeout(TimeoutPhase::Upgraded)).during("proxying"),
    start(TIMED_OUT_WORDS, timeout(TimeoutPhase::Other)),
    // The kernel gave up on the SYNs before proxy_connect_timeout did.
    start(CONNECT, timeout(TimeoutPhase::Connect)).errno(TIMED_OUT),
    word("", " could not be resolved", failure(UpstreamFailure::Resolve)),
    word("service name of ", " could not be resolved", failure(UpstreamFailure::Resolve)),
    start(&["no resolver defined to resolve "], failure(UpstreamFailure::Resolve)),
    start(NO_SUCH_HOST, failure(UpstreamFailure::Resolve)).at(UPSTREAM),
    start(
        &["no live upstreams", "all servers are down", "lua balancer: no peer set"],
        failure(UpstreamFailure::NoLive),
    ),
    start(CONNECT, failure(UpstreamFailure::Refused)).errno(REFUSED),
    start(CONNECT, failure(UpstreamFailure::Reset)).errno(BROKEN),
    // To an IPv6 address it says that this host has none, to an IPv4 one that every local port is taken.
    word("connect() to [", " failed", failure(UpstreamFailure::Unreachable)).errno(UNREACHABLE),
    word("connect() to ", " failed", Event::Exhausted(Resource::Ports)).errno(NO_PORT),
    start(CONNECT, failure(UpstreamFailure::Unreachable)).errno(UNREACHABLE),
    word("connect() to ", " failed", failure(UpstreamFailure::Refused)).errno(REFUSED_OR_ABSENT),
    word("connect() to ", " failed", failure(UpstreamFailure::Reset)).errno(BROKEN),
    word("connect() to unix:", " failed", failure(UpstreamFailure::QueueFull)).errno(AGAIN),
    word("connect() to ", " failed", timeout(TimeoutPhase::Connect)).errno(TIMED_OUT),
    word("connect() to ", " failed", failure(UpstreamFailure::Unreachable)).errno(UNREACHABLE),
    // proxy_bind with an address that this host does not have; a family it does not speak.
    word("bind(", ") failed", failure(UpstreamFailure::ConnectOther)).during("connecting to upstream"),
    start(&["socket() failed"], failure(UpstreamFailure::Unreachable)).errno(UNREACHABLE),
    start(CONNECT, failure(UpstreamFailure::ConnectOther)),
    word("connect() to ", " failed", failure(UpstreamFailure::ConnectOther)),
    start(&["connection error", "invalid local address "], failure(UpstreamFailure::ConnectOther)),
    // A UDP upstream's host answered that the port is closed.
    start(SOCKET_CALLS, failure(UpstreamFailure::Refused)).errno(REFUSED).at(UPSTREAM),
    start(SOCKET_CALLS, failure(UpstreamFailure::Reset)).errno(BROKEN).at(UPSTREAM),
    start(SOCKET_CALLS, failure(UpstreamFailure::Unreachable)).errno(SILENT).at(UPSTREAM),
    // "connection", "stream" (gRPC), "FastCGI stdout", "FastCGI request".
    start(CLOSED, failure(UpstreamFailure::ClosedEarly)),
    start(&["upstream closed connection"], failure(UpstreamFailure::Reset)),
    start(&["upstream sent too big header"], failure(UpstreamFailure::HeaderTooBig)),
    start(&["upstream rejected request with error "], failure(UpstreamFailure::Rejected)),
    start(&["upstream sent goaway with error "], failure(UpstreamFailure::Rejected)),
    // What nginx only warns of (a header twice, bytes beyond Content-Length) did not fail the try.
    start(&["upstream sent "], Event::Routine).at(&[Level::Warn, Level::Info]),
    start(&["upstream sent "], failure(UpstreamFailure::InvalidResponse)),
    start(INVALID, failure(UpstreamFailure::InvalidResponse)),
    start(&["upstream server temporarily disabled"], failure(UpstreamFailure::TemporarilyDisabled)),
    // TLS carries the same resets as TCP.
    start(TLS, failure(UpstreamFailure::Reset)).errno(BROKEN).during(HANDSHAKE),
    start(&["SSL_"], failure(UpstreamFailure::Reset)).errno(BROKEN).at(UPSTREAM),
    start(TLS, failure(UpstreamFailure::Unreachable)).errno(SILENT).during(HANDSHAKE),
    start(&["SSL_"], failure(UpstreamFailure::Unreachable)).errno(SILENT).at(UPSTREAM),
    start(&["upstream SSL certificate "], failure(UpstreamFailure::Tls)),
    start(TLS, failure(UpstreamFailure::Tls)).during(HANDSHAKE),
    start(&["SSL_"], failure(UpstreamFailure::Tls)).at(UPSTREAM),
];

const UPSTREAM: &[Level] = &[Level::Error];
const HANDSHAKE: &str = "SSL handshaking to upstream";
const TLS: &[&str] = &["SSL_", "peer closed connection in SSL handshake"];

/// The second is of stream and of proxy_connect, the third of HTTP/3 upstreams.
const TIMED_OUT_WORDS: &[&str] =
    &["upstream timed out", "connection timed out", "http3 connection timed out", "quic server timed out"];
const CONNECT: &[&str] = &["connect() failed", "upstream connect failed"];
const CLOSED: &[&str] = &["upstream prematurely closed ", "http3 connection was closed", "http3 connection error"];
const INVALID: &[&str] = &[
    "upstream prematurely sent response",
    "upstream violated ",
    "memcached sent invalid ",
    "too big subrequest response",
    "unexpected status code ",
    "unexpected range in slice response",
    "invalid range in slice response",
    "etag mismatch in slice response",
    "missing slice response",
    "no complete length in slice response",
    "invalid header after joining FastCGI records",
];
/// A name or a port that only a variable gave.
const NO_SUCH_HOST: &[&str] = &[
    "host not found in ",
    "invalid host in upstream ",
    "invalid port in upstream ",
    "no host in upstream ",
    "no port in upstream ",
    "empty host in ",
];

const fn timeout(phase: TimeoutPhase) -> Event {
    Event::UpstreamTimeout(phase)
}

const fn failure(kind: UpstreamFailure) -> Event {
    Event::UpstreamFailure(kind)
}
