//! How a client left, fell silent or sent nonsense (sources: ngx_http_request.c, ngx_http_request_body.c,
//! ngx_http_upstream.c, ngx_http_v2.c, ngx_http_v3.c, ngx_event_quic.c, ngx_event_openssl.c, ngx_proxy_protocol.c,
//! ngx_mail_handler.c).

use super::errno::{ABORTED, BROKEN, SILENT};
use super::{ACCEPT, Rule, SOCKET_CALLS, start, word};
use crate::record::{ClientFailure, Event, Level};

pub(in super::super) static RULES: &[Rule] = &[
    start(LEFT_UPSTREAM, client(ClientFailure::ClosedConnecting)).during("connecting to upstream"),
    start(LEFT_UPSTREAM, client(ClientFailure::ClosedConnecting)).during("SSL handshaking to upstream"),
    // nginx changes that action only when the first bytes of the answer are there: mostly it is the wait for them.
    start(LEFT_UPSTREAM, client(ClientFailure::ClosedWaiting)).during("sending request to upstream"),
    start(LEFT_UPSTREAM, client(ClientFailure::ClosedWaiting)).during("reading response header from upstream"),
    start(LEFT_UPSTREAM, client(ClientFailure::ClosedBody)).during("reading upstream"),
    start(LEFT_UPSTREAM, client(ClientFailure::ClosedBody)).during("sending "),
    start(LEFT_UPSTREAM, client(ClientFailure::ClosedOther)),
    start(LEFT, client(ClientFailure::ClosedUpload)).during("sending request to upstream"),
    start(LEFT, client(ClientFailure::ClosedRequest)).during("reading client "),
    start(LEFT, client(ClientFailure::ClosedStream)).during("processing HTTP/2 connection"),
    start(LEFT, client(ClientFailure::ClosedBody)).during("sending "),
    start(LEFT, client(ClientFailure::ClosedOther)),
    start(&["client prematurely closed stream"], client(ClientFailure::ClosedUpload)),
    start(&["client canceled stream ", "client terminated stream "], client(ClientFailure::ClosedStream)),
    start(&["client closed connection"], client(ClientFailure::ClosedTls)).during("SSL handshaking"),
    start(CLOSED_IDLE, client(ClientFailure::IdleClosed)),
    word("client ", " closed keepalive connection", client(ClientFailure::IdleClosed)),
    word("client ", " closed idle connection", client(ClientFailure::IdleClosed)),
    start(TIMED_OUT, client(ClientFailure::IdleClosed)).during("waiting for request"),
    start(TIMED_OUT, client(ClientFailure::IdleClosed)).during("processing HTTP/2 connection"),
    start(TIMED_OUT, client(ClientFailure::IdleClosed)).during("keepalive"),
    // Mail: between two commands.
    start(TIMED_OUT, client(ClientFailure::IdleClosed)).during("in "),
    start(&["quic client timed out"], client(ClientFailure::IdleClosed)),
    start(TIMED_OUT, client(ClientFailure::TimedOutTls)).during("SSL handshaking"),
    start(TIMED_OUT, client(ClientFailure::TimedOutRequest)).during("reading client "),
    start(TIMED_OUT, client(ClientFailure::TimedOutRequest)).during("reading PROXY protocol"),
    start(TIMED_OUT, client(ClientFailure::TimedOutRequest)).during("prereading client data"),
    // "to client", "response to client".
    start(TIMED_OUT, client(ClientFailure::TimedOutSend)).during("sending to client"),
    start(TIMED_OUT, client(ClientFailure::TimedOutSend)).during("sending response to client"),
    start(TIMED_OUT, client(ClientFailure::TimedOutSend)).during("proxying"),
    // Reading the body has no phase of its own.
    start(TIMED_OUT, client(ClientFailure::TimedOutBody)),
    start(SOCKET_CALLS, client(ClientFailure::Reset)).errno(BROKEN).at(CLIENT),
    start(SOCKET_CALLS, client(ClientFailure::Reset)).errno(SILENT).at(CLIENT),
    // It left while its connection lay in the accept queue.
    start(ACCEPT, client(ClientFailure::Reset)).errno(ABORTED),
    start(&["peer closed connection in SSL handshake"], client(ClientFailure::ClosedTls)),
    start(&["SSL_"], client(ClientFailure::ClosedTls)).errno(BROKEN).during("SSL handshaking"),
    start(&["SSL_"], client(ClientFailure::Reset)).errno(BROKEN).at(CLIENT),
    start(&["SSL_"], client(ClientFailure::TlsFailed)).at(&[Level::Info, Level::Crit]),
    start(TLS_REFUSED, client(ClientFailure::TlsFailed)),
    start(&["client intended to send too large "], client(ClientFailure::TooLargeBody)),
    start(QUIC_ROUTINE, Event::Routine).at(CLIENT),
    start(&["quic ", "EVP_", "ngx_hkdf_"], client(ClientFailure::InvalidRequest)).at(CLIENT),
    start(INVALID, client(ClientFailure::InvalidRequest)),
];

/// nginx says the third where the kernel has no EPOLLRDHUP.
const LEFT_UPSTREAM: &[&str] = &[
    "epoll_wait() reported that client prematurely closed connection",
    "kevent() reported that client prematurely closed connection",
    "client prematurely closed connection, so upstream connection is closed too",
];
const LEFT: &[&str] = &["client prematurely closed connection"];
const TIMED_OUT: &[&str] = &["client timed out"];
const CLOSED_IDLE: &[&str] =
    &["client closed connection", "client closed keepalive connection", "client closed idle connection"];
const CLIENT: &[Level] = &[Level::Info];

const TLS_REFUSED: &[&str] = &[
    "client SSL certificate verify error",
    "client sent no required SSL certificate",
    "handshake rejected",
    "SSL SNI does not match any server name",
    "SNI: ",
];

/// Packets that come late, or twice, in an ordinary QUIC connection.
const QUIC_ROUTINE: &[&str] = &[
    "quic path ",
    "quic migrated ",
    "quic bpf ",
    "quic ACK for the packet not sent",
    "quic stateless reset packet detected",
    "quic no ",
    "quic client transport param ",
    "quic server transport param ",
];

const INVALID: &[&str] = &[
    "client intended to send body data larger ",
    "client sent ",
    "client violated ",
    "client exceeded ",
    "client attempted to request the server name ",
    "invalid connection preface",
    "broken header: ",
    "broken PROXY protocol ",
    "unknown PROXY protocol version",
    "header is too large",
    "preread buffer full",
    "http2 flood detected",
    "http3 flood detected",
    "concurrent streams exceeded ",
    "missing mandatory stream",
    "missing transport parameters",
    "not enough dynamic table capacity",
];

const fn client(kind: ClientFailure) -> Event {
    Event::ClientFailure(kind)
}
