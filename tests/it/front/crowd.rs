//! Many clients of one kind at once, from one thread: those that send nothing, drip their request, or do not read.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// What each client of a crowd does.
#[derive(Clone, Copy)]
pub enum Manner {
    /// One byte of a request a second.
    Drip,
    /// A whole request at once, and no byte of the answer is read.
    Deaf,
    /// A whole request, and one byte of the answer a second.
    Sip,
}

const REQUEST: &[u8] = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";

/// Clients that come back whenever they are shown the door; they leave when this is dropped.
pub struct Crowd {
    stop: Arc<AtomicBool>,
    opened: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

struct Client {
    stream: TcpStream,
    sent: usize,
}

impl Crowd {
    pub fn of(size: usize, manner: Manner, addr: &str) -> Crowd {
        let address: SocketAddr = addr.parse().expect("an address");
        let size = size.min(super::clients::open_files() / 2);
        let (stop, opened) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (stopped, counted) = (Arc::clone(&stop), Arc::clone(&opened));
        let thread = std::thread::spawn(move || {
            let mut clients: Vec<Client> = Vec::new();
            while !stopped.load(Ordering::Relaxed) {
                clients.retain_mut(|client| client.act(manner).is_ok());
                while clients.len() < size && !stopped.load(Ordering::Relaxed) {
                    let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_secs(1)) else { break };
                    let _ = stream.set_nonblocking(true);
                    counted.fetch_add(1, Ordering::Relaxed);
                    clients.push(Client { stream, sent: 0 });
                }
                std::thread::sleep(Duration::from_millis(200));
            }
        });
        Crowd { stop, opened, thread: Some(thread) }
    }

    /// Connections made so far.
    pub fn opened(&self) -> u64 {
        self.opened.load(Ordering::Relaxed)
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Client {
    /// An error once hangup has ended the connection.
    fn act(&mut self, manner: Manner) -> std::io::Result<()> {
        let sending = if matches!(manner, Manner::Drip) { 1 } else { REQUEST.len() };
        let end = REQUEST.len().min(self.sent + sending);
        self.sent += waiting_is_fine(self.stream.write(&REQUEST[self.sent..end]))?;
        if !matches!(manner, Manner::Deaf) && self.sent >= 1 {
            match self.stream.read(&mut [0]) {
                Ok(0) => return Err(ErrorKind::ConnectionAborted.into()),
                other => waiting_is_fine(other)?,
            };
        }
        Ok(())
    }
}

fn waiting_is_fine(result: std::io::Result<usize>) -> std::io::Result<usize> {
    match result {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(0),
        other => other,
    }
}
