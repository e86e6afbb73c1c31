//! Accepts connections and serves one request on each, within bounds of number and time.
//! Knows: sockets and how long a client may take. Does not know: routes.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use memchr::memmem;
use rustix::net::sockopt::set_ipv6_v6only;
use rustix::net::{RecvFlags, recv};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::yield_now;
use tokio::time::{Instant, sleep, timeout};

use super::before_1970;
use super::connections::{Connection, Connections, Limits, Phase};
use super::cuts::Cuts;
use super::gate::{Gate, Opening};
use super::guard::guarded;
use super::handshake::handshake;
use super::stream::Stream;

/// The bounds for a process that may open so many more files (`None`: any number). Most of these are for logs.
pub(super) fn limits(free_files: Option<u64>) -> Limits {
    let connections = (free_files.unwrap_or(u64::MAX) / 4).clamp(2, 768) as usize;
    Limits {
        // Scrapers and people with a browser are few; a connection that waits costs about ten kilobytes.
        connections,
        // Many may come from one address, by way of a proxy; some places are left for the others.
        per_peer: connections - connections / 4,
        // A scraper sends its request with the packet that ends the handshake: this is room for a lost one.
        request_head: Duration::from_secs(2),
        // A reader of ten kilobytes a second takes something several times in it.
        stall: Duration::from_secs(5),
        connection: Duration::from_secs(30),
        // A scrape renders in milliseconds, and systemd waits far longer.
        shutdown: Duration::from_secs(3),
    }
}

/// How much of a request's head is held; what is longer is refused. Browsers send one or two kilobytes.
const REQUEST_HEAD_BYTES_MAX: usize = 16 * 1024;

/// No connection is cut for a newcomer before its request had this long to be read: faster arrivals wait in the kernel.
const GRACE: Duration = Duration::from_millis(50);

/// The pause after a failed accept where no connection could be given up: trying at once fails at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// After so long without a failure, accepting counts as recovered. Under a flood it fails and works by turns.
const RECOVERED: Duration = Duration::from_secs(60);

/// Connections that wait for being accepted; the kernel's `net.core.somaxconn` may allow fewer.
const BACKLOG: u32 = 4096;

/// What the kernel holds of an answer for a reader who does not take it, twice of which it really reserves.
const SEND_BUFFER_BYTES: u32 = 128 * 1024;

/// A listener whose connections cost the kernel little memory.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    if address.is_ipv6() && address.ip().is_unspecified() {
        // Every address means those of IPv4, too, whatever net.ipv6.bindv6only says.
        set_ipv6_v6only(&socket, false)?;
    }
    socket.set_send_buffer_size(SEND_BUFFER_BYTES)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves on all listeners until `shutdown` resolves, then lets running answers end for a short while.
///
/// `free_files` is how many files this process may open beside those that it has, where there is a limit.
pub async fn serve(
    free_files: Option<u64>,
    cuts: Arc<Cuts>,
    gate: Arc<Gate>,
    listeners: Vec<TcpListener>,
    router: Router,
    shutdown: impl Future<Output = ()>,
) {
    serve_within(limits(free_files), cuts, gate, listeners, router, shutdown).await;
}

pub(super) async fn serve_within(
    limits: Limits,
    cuts: Arc<Cuts>,
    gate: Arc<Gate>,
    listeners: Vec<TcpListener>,
    router: Router,
    shutdown: impl Future<Output = ()>,
) {
    let site = Site { gate, router };
    let connections = Arc::new(Connections::new(limits, cuts));
    let graceful = GracefulShutdown::new();
    let mut acceptor = Acceptor { listeners, connections: connections.clone(), refused: None };
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            (tcp, peer) = acceptor.next() => {
                let (connection, displaced) = connections.admit(peer);
                if is_whole(&tcp) {
                    connection.enter(Phase::Wait);
                }
                let served = serve_one(limits, Stream { tcp, connection: connection.clone() }, site.clone(), graceful.watcher());
                let connections = connections.clone();
                tokio::spawn(async move { served.await; connections.leave(&connection) });
                if let Some(age) = displaced {
                    make_way(age).await;
                }
            }
        }
    }
    drop(acceptor);
    // Past the timeout nothing is left to do: what still runs ends with its own timeout or with the process.
    let _ = timeout(limits.shutdown, graceful.shutdown()).await;
}

/// Whether a whole request has come already, as it has where many wait to be accepted: it is answered whoever comes.
fn is_whole(tcp: &TcpStream) -> bool {
    let mut head = [0; 2048];
    // An error means that nothing has come.
    let read = recv(tcp, &mut head, RecvFlags::PEEK | RecvFlags::DONTWAIT).map_or(0, |(bytes, _)| bytes);
    memmem::find(&head[..read], b"\r\n\r\n").is_some()
}

/// Whoever came in a moment ago gets to send its request before somebody takes its place.
async fn make_way(age: Duration) {
    match GRACE.checked_sub(age) {
        Some(rest) => sleep(rest).await,
        None => yield_now().await,
    }
}

struct Acceptor {
    listeners: Vec<TcpListener>,
    connections: Arc<Connections>,
    /// The last failure of those that have been told.
    refused: Option<Instant>,
}

impl Acceptor {
    /// The next connection of any listener.
    async fn next(&mut self) -> (TcpStream, IpAddr) {
        loop {
            match self.ready().await {
                Ok((stream, address)) => {
                    self.accepted();
                    return (stream, address.ip());
                }
                Err(error) if is_about_one_connection(&error) => {}
                Err(error) => self.failed(&error).await,
            }
        }
    }

    async fn ready(&self) -> io::Result<(TcpStream, SocketAddr)> {
        std::future::poll_fn(|context| {
            let mut polls = self.listeners.iter().map(|listener| listener.poll_accept(context));
            polls.find(Poll::is_ready).unwrap_or(Poll::Pending)
        })
        .await
    }

    fn accepted(&mut self) {
        if self.refused.is_some_and(|last| last.elapsed() > RECOVERED) {
            self.refused = None;
            tracing::info!("accepting connections again without failures");
        }
    }

    /// Mostly means that no file descriptor is left, which may last for hours: its beginning and its end are told.
    async fn failed(&mut self, error: &io::Error) {
        if self.refused.replace(Instant::now()).is_none() {
            tracing::warn!(%error, "cannot accept connections; giving older ones up, and trying again");
        }
        if self.connections.cut_idle() {
            yield_now().await;
        } else {
            sleep(ACCEPT_PAUSE).await;
        }
    }
}

/// The client was gone before it was accepted, which says nothing about the listener (accept(2)).
fn is_about_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// What is served, and who keeps it.
#[derive(Clone)]
struct Site {
    gate: Arc<Gate>,
    router: Router,
}

/// One connection, until it is answered or cut.
async fn serve_one(limits: Limits, stream: Stream, site: Site, shutdown: Watcher) {
    let connection = stream.connection.clone();
    if before_1970::is_now() {
        let _ = timeout(limits.shutdown, before_1970::refuse(stream)).await;
        return;
    }
    tokio::select! {
        () = serve_opened(stream, site, shutdown) => {}
        () = connection.ended(&limits) => {}
    }
}

async fn serve_opened(stream: Stream, site: Site, shutdown: Watcher) {
    let connection = stream.connection.clone();
    if matches!(site.gate.opening(), Opening::Plain) {
        return serve_http(stream, connection, site, shutdown).await;
    }
    match handshake(stream, &site.gate).await {
        Some(stream) => serve_http(stream, connection, site, shutdown).await,
        None => site.gate.handshake_failed(),
    }
}

/// One request and its answer, without keep-alive: a scrape every few seconds gains nothing from a connection that is
/// kept, while one request per connection lets a few timeouts bound everything a client can do.
async fn serve_http(
    stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
    connection: Arc<Connection>,
    site: Site,
    shutdown: Watcher,
) {
    let service = service_fn(|request| answer(connection.clone(), site.clone(), request));
    let served = http1::Builder::new()
        .max_buf_size(REQUEST_HEAD_BYTES_MAX)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    // Errors are the client's: it left, or spoke no HTTP. Nobody here can act on them.
    let _ = shutdown.watch(served).await;
}

/// Hands the request to the routes, which may ask who sent it.
async fn answer(
    connection: Arc<Connection>,
    Site { gate, router }: Site,
    mut request: hyper::Request<Incoming>,
) -> Result<axum::response::Response, std::convert::Infallible> {
    connection.enter(Phase::Wait);
    let admitted = gate.admit(request.headers(), connection.peer).await;
    request.extensions_mut().insert(connection.clone());
    let mut response = match admitted {
        Ok(()) => TowerToHyperService::new(router).call(request).await?,
        Err(refusal) => guarded(refusal).await,
    };
    gate.dress(&mut response);
    connection.enter(Phase::Answer);
    Ok(response)
}
