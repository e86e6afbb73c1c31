//! Accepts connections and serves one request on each, within bounds of number and time.
//! Knows: sockets and how long a client may take. Does not know: routes.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

/// What clients may hold and for how long.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Connections served at once; more wait in the accept queue.
    pub connections: usize,
    /// How long a client may take to send the head of its request.
    pub request_head: Duration,
    /// How long one connection may live, reading and writing included.
    pub connection: Duration,
    /// How long running answers are waited for at shutdown; after it they are cut off.
    pub shutdown: Duration,
}

pub(super) const LIMITS: Limits = Limits {
    // Scrapers and people with a browser are few, and each connection may hold one rendered scrape of a megabyte or
    // two: this bounds the memory that clients can take.
    connections: 64,
    // Half of Prometheus' default scrape timeout: a scrape succeeds that had to wait for the slot of a silent client.
    request_head: Duration::from_secs(5),
    // The slowest honest reader, over a bad line, needs a few seconds; one that takes its answer byte by byte ends here.
    connection: Duration::from_secs(30),
    // A scrape renders in milliseconds, and systemd waits far longer.
    shutdown: Duration::from_secs(3),
};

/// How much of a request's head is held; what is longer is refused. Browsers send one or two kilobytes.
const REQUEST_HEAD_BYTES_MAX: usize = 16 * 1024;

/// The pause after a failed accept, which mostly means that no file descriptor is left: trying at once fails at once.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// Serves on all listeners until `shutdown` resolves, then lets running answers end for a short while.
pub async fn serve(listeners: Vec<TcpListener>, router: Router, shutdown: impl Future<Output = ()>) {
    serve_within(LIMITS, listeners, router, shutdown).await;
}

pub(super) async fn serve_within(
    limits: Limits,
    listeners: Vec<TcpListener>,
    router: Router,
    shutdown: impl Future<Output = ()>,
) {
    let slots = Arc::new(Semaphore::new(limits.connections));
    let connections = GracefulShutdown::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let next = async {
            let slot = slots.clone().acquire_owned().await.expect("the semaphore is never closed");
            (accept(&listeners).await, slot)
        };
        tokio::select! {
            () = &mut shutdown => break,
            (stream, slot) = next => {
                let served = connection(limits, stream, router.clone(), connections.watcher());
                tokio::spawn(async { served.await; drop(slot) });
            }
        }
    }
    drop(listeners);
    // Past the timeout nothing is left to do: what still runs ends with its own timeout or with the process.
    let _ = timeout(limits.shutdown, connections.shutdown()).await;
}

/// The next connection of any listener.
async fn accept(listeners: &[TcpListener]) -> TcpStream {
    let ready = || {
        std::future::poll_fn(|context| {
            let mut polls = listeners.iter().map(|listener| listener.poll_accept(context));
            polls.find(Poll::is_ready).unwrap_or(Poll::Pending)
        })
    };
    // The limit of open files may stay reached for hours: its beginning and its end are told, not each attempt.
    let mut refused = false;
    loop {
        match ready().await {
            Ok((stream, _)) => {
                if refused {
                    tracing::info!("accepting connections again");
                }
                return stream;
            }
            Err(error) if is_about_one_connection(&error) => {}
            Err(error) => {
                if !refused {
                    tracing::warn!(%error, "cannot accept connections; trying again every second");
                }
                refused = true;
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// The client was gone before it was accepted, which says nothing about the listener (accept(2)).
fn is_about_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// One request and its answer, without keep-alive: a scrape every few seconds gains nothing from a connection that is
/// kept, while one request per connection lets a single timeout bound everything a client can do.
async fn connection(limits: Limits, stream: TcpStream, router: Router, shutdown: Watcher) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.request_head)
        .max_buf_size(REQUEST_HEAD_BYTES_MAX)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    // Errors are the client's: it left, was too slow, or spoke no HTTP. Nobody here can act on them.
    let _ = timeout(limits.connection, shutdown.watch(connection)).await;
}
