//! How a client left, fell silent or sent nonsense (sources: ngx_http_request.c, ngx_http_request_body.c,
//! ngx_http_upstream.c, ngx_http_v2.c, ngx_event_openssl.c, ngx_proxy_protocol.c).

use super::errno::{BROKEN, ECONNABORTED, SILENT};
use super::{ACCEPT, Rule, SOCKET_CALLS, any, start, word};
use crate::record::{ClientFailure, Event, Level};

pub(in super::super) static RULES: &[Rule] = &[
    any(LEFT_UPSTREAM, client(ClientFailure::ClosedConnecting)).during("connecting to upstream"),
    any(LEFT_UPSTREAM, client(ClientFailure::ClosedConnecting)).during("SSL handshaking to upstream"),
    // nginx changes that action only when the first bytes of the answer are there: mostly it is the wait for them.
    any(LEFT_UPSTREAM, client(ClientFailure::ClosedWaiting)).during("sending request to upstream"),
    any(LEFT_UPSTREAM, client(ClientFailure::ClosedWaiting)).during("reading response header from upstream"),
    any(LEFT_UPSTREAM, client(ClientFailure::ClosedBody)).during("reading upstream"),
    any(LEFT_UPSTREAM, client(ClientFailure::ClosedBody)).during("sending "),
    any(LEFT_UPSTREAM, client(ClientFailure::ClosedOther)),
    start(LEFT, client(ClientFailure::ClosedUpload)).during("sending request to upstream"),
    start(LEFT, client(ClientFailure::ClosedRequest)).during("reading client "),
    start(LEFT, client(ClientFailure::ClosedStream)).during("processing HTTP/2 connection"),
    start(LEFT, client(ClientFailure::ClosedBody)).during("sending "),
    start(LEFT, client(ClientFailure::ClosedOther)),
    start("client prematurely closed stream", client(ClientFailure::ClosedUpload)),
    start("client canceled stream ", client(ClientFailure::ClosedStream)),
    start("client terminated stream ", client(ClientFailure::ClosedStream)),
    start("client closed connection", client(ClientFailure::ClosedTls)).during("SSL handshaking"),
    start("client closed connection", client(ClientFailure::IdleClosed)),
    word("client ", " closed keepalive connection", client(ClientFailure::IdleClosed)),
    start("client timed out", client(ClientFailure::IdleClosed)).during("waiting for request"),
    start("client timed out", client(ClientFailure::IdleClosed)).during("processing HTTP/2 connection"),
    start("client timed out", client(ClientFailure::TimedOutTls)).during("SSL handshaking"),
    start("client timed out", client(ClientFailure::TimedOutRequest)).during("reading client "),
    start("client timed out", client(ClientFailure::TimedOutRequest)).during("reading PROXY protocol"),
    start("client timed out", client(ClientFailure::TimedOutSend)).during("sending to client"),
    start("client timed out", client(ClientFailure::TimedOutSend)).during("sending response to client"),
    start("client timed out", client(ClientFailure::TimedOutSend)).during("proxying upgraded connection"),
    // Reading the body has no phase of its own.
    start("client timed out", client(ClientFailure::TimedOutBody)),
    any(SOCKET_CALLS, client(ClientFailure::Reset)).errno(BROKEN).at(CLIENT),
    any(SOCKET_CALLS, client(ClientFailure::Reset)).errno(SILENT).at(CLIENT),
    // It left while its connection lay in the accept queue.
    any(ACCEPT, client(ClientFailure::Reset)).errno(&[ECONNABORTED]),
    start("peer closed connection in SSL handshake", client(ClientFailure::ClosedTls)),
    start("SSL_", client(ClientFailure::TlsFailed)).at(&[Level::Info, Level::Crit]),
    start("client SSL certificate verify error", client(ClientFailure::TlsFailed)),
    start("client sent no required SSL certificate", client(ClientFailure::TlsFailed)),
    start("client intended to send too large ", client(ClientFailure::TooLargeBody)),
    start("client intended to send body data larger ", client(ClientFailure::InvalidRequest)),
    start("client sent ", client(ClientFailure::InvalidRequest)),
    start("client violated ", client(ClientFailure::InvalidRequest)),
    start("client attempted to request the server name ", client(ClientFailure::InvalidRequest)),
    start("invalid connection preface", client(ClientFailure::InvalidRequest)),
    start("broken header: ", client(ClientFailure::InvalidRequest)),
    start("http2 flood detected", client(ClientFailure::InvalidRequest)),
    start("concurrent streams exceeded ", client(ClientFailure::InvalidRequest)),
];

/// nginx says the second where the kernel has no EPOLLRDHUP.
const LEFT_UPSTREAM: &[&str] = &[
    "epoll_wait() reported that client prematurely closed connection",
    "client prematurely closed connection, so upstream connection is closed too",
];
const LEFT: &str = "client prematurely closed connection";
const CLIENT: &[Level] = &[Level::Info];

const fn client(kind: ClientFailure) -> Event {
    Event::ClientFailure(kind)
}
