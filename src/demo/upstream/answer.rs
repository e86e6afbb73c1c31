//! Carries a treatment out on the socket.
//! Knows: what goes over the wire, and notices when the other side is gone. Does not know: who asked, or why.

use std::future::pending;
use std::io;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::behaviour::Behaviour;
use super::served::Ending;

/// What becomes of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Keep,
    Close,
}

/// Larger than the 4 or 8 KB nginx has for a head by default.
const BIG_HEADER_BYTES: usize = 64 * 1024;
/// What mid-body failures promise; they send half of it, which is more than nginx buffers before it passes on.
const MIDBODY_BYTES: u64 = 200_000;
const PIECE: [u8; 16 * 1024] = [b'x'; 16 * 1024];

/// Answers, or fails as wanted, and says how it went.
pub(super) async fn give(stream: &mut TcpStream, behaviour: Behaviour, head_only: bool) -> (Ending, Next) {
    match act(stream, behaviour, head_only).await {
        Ok(result) => result,
        Err(_gone) => (Ending::Left, Next::Close),
    }
}

/// The head of an answer.
pub(super) fn head(status: u16, length: u64) -> String {
    // Statuses without a body must not announce one (RFC 9110, 8.6).
    match status {
        100..=199 | 204 | 304 => format!("HTTP/1.1 {status} demo\r\n\r\n"),
        _ => format!("HTTP/1.1 {status} demo\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\r\n"),
    }
}

async fn act(stream: &mut TcpStream, behaviour: Behaviour, head_only: bool) -> io::Result<(Ending, Next)> {
    const FAILED: (Ending, Next) = (Ending::Failed, Next::Close);
    match behaviour {
        Behaviour::Plain => send(stream, 200, 0, head_only).await,
        Behaviour::Delay { delay, bytes } => {
            wait(stream, delay).await?;
            send(stream, 200, bytes, head_only).await
        }
        Behaviour::Bytes { bytes } => send(stream, 200, bytes, head_only).await,
        Behaviour::Status { status } => send(stream, status, 0, head_only).await,
        Behaviour::Flaky { .. } => send(stream, 200, 512, head_only).await,
        Behaviour::Hang => hang(stream).await,
        Behaviour::Drip { bytes, piece, every } => drip(stream, bytes, piece, every).await,
        Behaviour::Reset => reset(stream).map(|()| FAILED),
        Behaviour::Close => Ok(FAILED),
        Behaviour::MidbodyClose => half_a_body(stream).await.map(|()| FAILED),
        Behaviour::MidbodyReset => {
            half_a_body(stream).await?;
            reset(stream).map(|()| FAILED)
        }
        Behaviour::MidbodyHang => {
            half_a_body(stream).await?;
            hang(stream).await
        }
        Behaviour::Garbage => stream.write_all(b"\x00\x01 this is no HTTP\r\n\r\n").await.map(|()| FAILED),
        Behaviour::BadHeader => stream.write_all(b"HTTP/1.1 200 OK\r\n\x00bad: \x01\r\n\r\n").await.map(|()| FAILED),
        Behaviour::BigHeader => {
            let filler = "b".repeat(BIG_HEADER_BYTES);
            stream
                .write_all(format!("HTTP/1.1 200 OK\r\nX-Big: {filler}\r\nContent-Length: 0\r\n\r\n").as_bytes())
                .await?;
            Ok(FAILED)
        }
    }
}

async fn send(stream: &mut TcpStream, status: u16, bytes: u64, head_only: bool) -> io::Result<(Ending, Next)> {
    stream.write_all(head(status, bytes).as_bytes()).await?;
    let bodiless = head_only || matches!(status, 100..=199 | 204 | 304);
    send_body(stream, if bodiless { 0 } else { bytes }).await?;
    Ok((Ending::Answered, Next::Keep))
}

async fn send_body(stream: &mut TcpStream, mut bytes: u64) -> io::Result<()> {
    while bytes > 0 {
        let now = bytes.min(PIECE.len() as u64);
        stream.write_all(&PIECE[..now as usize]).await?;
        bytes -= now;
    }
    Ok(())
}

async fn drip(stream: &mut TcpStream, bytes: u64, piece: u64, every: Duration) -> io::Result<(Ending, Next)> {
    stream.write_all(head(200, bytes).as_bytes()).await?;
    let mut left = bytes;
    while left > 0 {
        wait(stream, every).await?;
        send_body(stream, left.min(piece)).await?;
        left = left.saturating_sub(piece);
    }
    Ok((Ending::Answered, Next::Keep))
}

async fn half_a_body(stream: &mut TcpStream) -> io::Result<()> {
    stream.write_all(head(200, MIDBODY_BYTES).as_bytes()).await?;
    send_body(stream, MIDBODY_BYTES / 2).await
}

/// Nothing more, until the other side has had enough.
async fn hang(stream: &TcpStream) -> io::Result<(Ending, Next)> {
    let _ = gone(stream).await;
    Ok((Ending::Left, Next::Close))
}

/// Lets time pass; an error where the other side leaves meanwhile.
async fn wait(stream: &TcpStream, time: Duration) -> io::Result<()> {
    tokio::select! {
        () = tokio::time::sleep(time) => Ok(()),
        left = gone(stream) => Err(left),
    }
}

/// Ends when the other side closes or resets. Bytes that arrive early (pipelining, which nginx never does) end the watch.
async fn gone(stream: &TcpStream) -> io::Error {
    match stream.peek(&mut [0]).await {
        Ok(0) => io::ErrorKind::ConnectionAborted.into(),
        Ok(_) => pending().await,
        Err(error) => error,
    }
}

/// The next close of this socket sends RST instead of FIN.
fn reset(stream: &TcpStream) -> io::Result<()> {
    stream.set_zero_linger()
}
