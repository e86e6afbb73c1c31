//! Turns a client's socket into one that is encrypted. Knows: TLS. Does not know: HTTP, but for one answer to those who
//! speak it where TLS is spoken.

use tokio::io::AsyncWriteExt;
use tokio::sync::Semaphore;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;

use super::gate::{Gate, Opening};
use super::stream::Stream;

/// The first byte of every TLS connection: a record of the handshake.
const HANDSHAKE: u8 = 22;
/// What Go's servers say here, so that it is found where it is searched for.
const PLAIN_HTTP: &[u8] = b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";
/// A record with the alert that something within this server is wrong.
const INTERNAL_ERROR: [u8; 7] = [21, 3, 3, 0, 2, 2, 80];

/// Keys are agreed on for one connection at a time: a flood of them takes one core at most.
static TURN: Semaphore = Semaphore::const_new(1);

/// `None`: it came to nothing, which the client knows by now.
pub(super) async fn handshake(mut stream: Stream, gate: &Gate) -> Option<TlsStream<Stream>> {
    let mut first = [0];
    let is_tls = stream.tcp.peek(&mut first).await.is_ok_and(|bytes| bytes == 1 && first[0] == HANDSHAKE);
    if !is_tls {
        let _ = stream.write_all(PLAIN_HTTP).await;
        let _ = stream.shutdown().await;
        return None;
    }
    // Errors are the client's: it left, or spoke no TLS.
    let hello = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), stream).await.ok()?;
    let Opening::Tls(config) = gate.opening() else {
        let mut stream = hello.io;
        let _ = stream.write_all(&INTERNAL_ERROR).await;
        let _ = stream.shutdown().await;
        return None;
    };
    let accepted = {
        let _turn = TURN.acquire().await.ok()?;
        hello.into_stream(config)
    };
    accepted.await.ok()
}
