//! One client's visit: connect, send, wait, read, leave, exactly as its plan says.
//! Knows: sockets and clocks. Does not know: other clients, or what the server makes of it.

use std::future::pending;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, sleep_until, timeout};

use super::Target;
use super::plan::{Leaving, Parting, Plan, Sending, WAIT_MAX};
use super::report::Ending;
use crate::demo::http::{self, BodyEnd, Rest};

/// For clients that leave in mid-body: small enough that the server cannot push the rest into our socket.
const NARROW_RECEIVE_BYTES: u32 = 4096;
const UPLOAD_PIECE: [u8; 16 * 1024] = [b'u'; 16 * 1024];

/// One client with its place in the plan.
pub(super) struct Visitor {
    target: Target,
    plan: Arc<Plan>,
    number: u64,
}

/// What sending came to.
enum Sent {
    Whole,
    PartOfHead,
    PartOfBody,
}

/// What waiting for the head of the answer came to.
enum Waited {
    Answered(http::Response),
    Closed,
    PatienceEnded,
    BoundReached,
}

impl Visitor {
    pub(super) fn new(target: Target, plan: Arc<Plan>, number: u64) -> Visitor {
        Visitor { target, plan, number }
    }

    /// One ending per request made, or one that says why none could be made.
    pub(super) async fn visit(self) -> Vec<Ending> {
        let mut stream = match self.connect().await {
            Ok(stream) => stream,
            Err(ending) => return vec![ending],
        };
        let mut endings = Vec::new();
        let requests = self.plan.requests_per_visit.max(1);
        for nth in 0..requests {
            let last = nth + 1 == requests;
            let (ending, keep_alive) =
                self.request(&mut stream, nth, last).await.unwrap_or_else(|error| (failed(&error), false));
            endings.push(ending);
            if !keep_alive {
                break;
            }
        }
        endings
    }

    async fn connect(&self) -> Result<TcpStream, Ending> {
        let socket = self.socket().map_err(|_| Ending::ConnectFailed)?;
        match timeout(self.plan.connecting_max, socket.connect(self.target.address)).await {
            Ok(Ok(stream)) => {
                // Pieces of a request must leave when they are written; without it they only leave later.
                let _ = stream.set_nodelay(true);
                Ok(stream)
            }
            Ok(Err(error)) if error.kind() == io::ErrorKind::ConnectionRefused => Err(Ending::Refused),
            Ok(Err(error)) if error.kind() == io::ErrorKind::TimedOut => Err(Ending::ConnectTimedOut),
            Ok(Err(_)) => Err(Ending::ConnectFailed),
            Err(_) => Err(Ending::ConnectTimedOut),
        }
    }

    fn socket(&self) -> io::Result<TcpSocket> {
        let socket = if self.target.address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        if matches!(self.plan.leaving, Leaving::InBody { .. }) {
            socket.set_recv_buffer_size(NARROW_RECEIVE_BYTES)?;
        }
        if let Some(source) = self.source() {
            socket.set_reuseaddr(true)?;
            socket.bind((source, 0).into())?;
        }
        Ok(socket)
    }

    fn source(&self) -> Option<IpAddr> {
        let count = self.plan.sources.len() as u64;
        (count > 0).then(|| self.plan.sources[(self.number % count) as usize])
    }

    /// One request on an open connection, and whether another may follow.
    async fn request(&self, stream: &mut TcpStream, nth: u32, last: bool) -> io::Result<(Ending, bool)> {
        let began = Instant::now();
        let bound = began + WAIT_MAX;
        let patience = match self.plan.leaving {
            Leaving::After(patience) => Some(began + patience.min(WAIT_MAX)),
            Leaving::Never | Leaving::InBody { .. } => None,
        };
        let sent = tokio::select! {
            sent = self.send(stream, nth, last) => sent?,
            () = sleep_until(patience.unwrap_or(bound)) => return Ok((self.leave_sending(stream, patience)?, false)),
        };
        let mut rest = Rest::new();
        match self.wait(stream, &mut rest, patience, bound).await? {
            Waited::Answered(head) => {
                let (ending, whole) = self.read(stream, rest, head, bound).await?;
                Ok((ending, whole && head.keep_alive && !last))
            }
            Waited::Closed => Ok((Ending::ClosedByServer, false)),
            Waited::BoundReached => Ok((Ending::TimedOut, false)),
            Waited::PatienceEnded => Ok((self.leave(stream, &sent).await?, false)),
        }
    }

    async fn send(&self, stream: &mut TcpStream, nth: u32, last: bool) -> io::Result<Sent> {
        let head = self.head(nth, last);
        match self.plan.sending {
            Sending::Whole { body } => {
                stream.write_all(head.as_bytes()).await?;
                upload(stream, body).await.map(|()| Sent::Whole)
            }
            Sending::PartOfHead => {
                stream.write_all(&head.as_bytes()[..head.len() - 2]).await.map(|()| Sent::PartOfHead)
            }
            Sending::SlowHead { every } => drip(stream, head.as_bytes(), every).await.map(|()| Sent::Whole),
            Sending::PartOfBody { body, sent } => {
                stream.write_all(head.as_bytes()).await?;
                upload(stream, sent.min(body)).await.map(|()| Sent::PartOfBody)
            }
        }
    }

    fn head(&self, nth: u32, last: bool) -> String {
        let Plan { method, paths, user_agent, sending, .. } = self.plan.as_ref();
        let turn = self.number.wrapping_mul(u64::from(self.plan.requests_per_visit)).wrapping_add(u64::from(nth));
        let path = paths.get((turn % paths.len().max(1) as u64) as usize).map_or("/", String::as_str);
        let length = match sending {
            Sending::Whole { body: 0 } | Sending::PartOfHead | Sending::SlowHead { .. } => String::new(),
            Sending::Whole { body } | Sending::PartOfBody { body, .. } => format!("Content-Length: {body}\r\n"),
        };
        let connection = if last { "Connection: close\r\n" } else { "" };
        let Target { host, prefix, .. } = &self.target;
        format!(
            "{method} {prefix}{path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {user_agent}\r\n{length}{connection}\r\n"
        )
    }

    async fn wait(
        &self,
        stream: &mut TcpStream,
        rest: &mut Rest,
        patience: Option<Instant>,
        bound: Instant,
    ) -> io::Result<Waited> {
        tokio::select! {
            head = http::read_response(stream, rest, self.plan.method == "HEAD") => Ok(head?.map_or(Waited::Closed, Waited::Answered)),
            () = until(patience) => Ok(Waited::PatienceEnded),
            () = sleep_until(bound) => Ok(Waited::BoundReached),
        }
    }

    async fn read(
        &self,
        stream: &mut TcpStream,
        mut rest: Rest,
        head: http::Response,
        bound: Instant,
    ) -> io::Result<(Ending, bool)> {
        let enough = match self.plan.leaving {
            Leaving::InBody { bytes } => Some(bytes),
            Leaving::Never | Leaving::After(_) => None,
        };
        let end = tokio::select! {
            end = http::read_body(stream, &mut rest, head.body, enough) => end,
            () = sleep_until(bound) => return Ok((Ending::TimedOut, false)),
        };
        Ok(match end {
            Ok(BodyEnd::Complete) => (Ending::Completed(head.status), true),
            Ok(BodyEnd::Enough) => {
                self.part(stream)?;
                (Ending::LeftInBody(head.status), false)
            }
            Ok(BodyEnd::Short) | Err(_) => (Ending::CutShortByServer(head.status), false),
        })
    }

    /// Leaves while waiting for an answer. After a half close the answer may still come.
    async fn leave(&self, stream: &mut TcpStream, sent: &Sent) -> io::Result<Ending> {
        let left = match sent {
            Sent::Whole => Ending::LeftWaiting,
            Sent::PartOfHead => Ending::LeftInHead,
            Sent::PartOfBody => Ending::LeftUploading,
        };
        if self.plan.parting != Parting::HalfClose {
            return self.part(stream).map(|()| left);
        }
        stream.shutdown().await?;
        let mut rest = Rest::new();
        match timeout(WAIT_MAX, http::read_response(stream, &mut rest, self.plan.method == "HEAD")).await {
            Ok(Ok(Some(head))) => Ok(Ending::Completed(head.status)),
            Ok(Ok(None) | Err(_)) | Err(_) => Ok(left),
        }
    }

    /// The patience (or the bound) ended before everything was sent.
    fn leave_sending(&self, stream: &TcpStream, patience: Option<Instant>) -> io::Result<Ending> {
        if patience.is_none() {
            return Ok(Ending::TimedOut);
        }
        self.part(stream)?;
        Ok(match self.plan.sending {
            Sending::PartOfHead | Sending::SlowHead { .. } => Ending::LeftInHead,
            Sending::Whole { .. } | Sending::PartOfBody { .. } => Ending::LeftUploading,
        })
    }

    /// Sets how the coming close will look; the close itself is the drop of the stream.
    fn part(&self, stream: &TcpStream) -> io::Result<()> {
        match self.plan.parting {
            Parting::Rst => stream.set_zero_linger(),
            Parting::Fin | Parting::HalfClose => Ok(()),
        }
    }
}

/// An error on the socket before any part of an answer: whatever its name, the server ended it.
fn failed(error: &io::Error) -> Ending {
    match error.kind() {
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => Ending::ResetByServer,
        _ => Ending::ClosedByServer,
    }
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => pending().await,
    }
}

async fn upload(stream: &mut TcpStream, mut bytes: u64) -> io::Result<()> {
    while bytes > 0 {
        let now = bytes.min(UPLOAD_PIECE.len() as u64);
        stream.write_all(&UPLOAD_PIECE[..now as usize]).await?;
        bytes -= now;
    }
    Ok(())
}

async fn drip(stream: &mut TcpStream, bytes: &[u8], every: Duration) -> io::Result<()> {
    for byte in bytes {
        stream.write_all(&[*byte]).await?;
        tokio::time::sleep(every).await;
    }
    Ok(())
}
