//! A misbehaving HTTP/1.1 backend for a real nginx: every request says in its path how it wants to be treated.
//! Knows: sockets and when to close them. Does not know: nginx, or which test is running.
//!
//! The table of behaviours stands in [`behaviour`]; a plain path is answered in the present [`mood`].
//! `GET /_count` tells what was served, `POST /_mood/NAME` changes the mood while it runs.

mod answer;
pub mod behaviour;
pub mod mood;
pub mod served;
mod session;
#[cfg(test)]
mod tests;

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};

use mood::{Mood, MoodSwitch, Turn};
use served::Served;

/// Connections served at once. More wait in the accept queue, as with any real backend that is full.
const CONNECTIONS_MAX: usize = 4096;
/// The backlog asked for; the kernel takes the smaller of this and `net.core.somaxconn`.
const BACKLOG: u32 = 1024;
/// After a failed accept (out of descriptors) the next one would fail at once too.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Connections tried to fill a blackhole's own queue. With a backlog of 1 the kernel takes 2.
const BLACKHOLE_FILLERS: usize = 8;
/// On loopback a handshake takes microseconds: one that takes this long was dropped, so the queue is full.
const BLACKHOLE_FULL_AFTER: Duration = Duration::from_millis(200);

/// A misbehaving backend: /delay/MS /hang /drip /bytes/N /status/N /reset /close /midbody-close /midbody-reset
/// /midbody-hang /garbage /badheader /bigheader /upload /flaky/N, or any path with ?do=delay/MS and so on; GET /_count
#[derive(Debug, Clone, clap::Args)]
pub struct UpstreamArgs {
    /// Address to serve on (port 0: any free one, which is printed)
    #[arg(long, default_value = "127.0.0.1:9000")]
    pub listen: Vec<SocketAddr>,
    /// How plain paths are treated at first; POST /_mood/NAME changes it at any time
    #[arg(long, default_value = "healthy", value_enum)]
    pub mood: Mood,
    /// Moods in turn, over and over: "60s healthy,30s slow,20s flaky"
    #[arg(long, value_parser = mood::parse_schedule)]
    pub schedule: Option<Turns>,
    /// Also open an address whose accept queue is full, so that connecting to it times out
    #[arg(long)]
    pub blackhole: Option<SocketAddr>,
}

/// A schedule as the command line hands it over.
pub type Turns = Arc<[Turn]>;

/// A running backend; it stops, with all its connections, when dropped.
#[derive(Debug)]
pub struct Upstream {
    pub addr: SocketAddr,
    pub served: Served,
    pub mood: MoodSwitch,
    accepting: JoinHandle<()>,
}

impl Upstream {
    pub async fn start(listen: SocketAddr) -> io::Result<Upstream> {
        Upstream::start_with(listen, MoodSwitch::new(Mood::Healthy), Served::default()).await
    }

    /// Several addresses may share one mood and one count.
    pub async fn start_with(listen: SocketAddr, mood: MoodSwitch, served: Served) -> io::Result<Upstream> {
        let listener = listening_socket(listen, BACKLOG)?;
        let addr = listener.local_addr()?;
        let accepting = tokio::spawn(accept_all(listener, mood.clone(), served.clone()));
        Ok(Upstream { addr, served, mood, accepting })
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// A listener that never accepts and whose queue is full: the kernel drops every further SYN, so whoever
/// connects waits until his own patience ends. Lasts until dropped.
#[derive(Debug)]
pub struct Blackhole {
    pub addr: SocketAddr,
    _listener: TcpListener,
    _fillers: Vec<TcpStream>,
}

impl Blackhole {
    pub async fn start(listen: SocketAddr) -> io::Result<Blackhole> {
        let listener = listening_socket(listen, 1)?;
        let addr = listener.local_addr()?;
        let mut fillers = Vec::new();
        for _ in 0..BLACKHOLE_FILLERS {
            match tokio::time::timeout(BLACKHOLE_FULL_AFTER, TcpStream::connect(addr)).await {
                Ok(connected) => fillers.push(connected?),
                Err(_full) => return Ok(Blackhole { addr, _listener: listener, _fillers: fillers }),
            }
        }
        Err(io::Error::other(format!(
            "the accept queue of {addr} would not fill, so connecting to it would not time out"
        )))
    }
}

/// Serves until ctrl-C, then prints what was served.
pub async fn run_upstream(args: UpstreamArgs) -> anyhow::Result<()> {
    let (mood, served) = (MoodSwitch::new(args.mood), Served::default());
    let mut running = Vec::new();
    for listen in &args.listen {
        let upstream = Upstream::start_with(*listen, mood.clone(), served.clone()).await;
        let upstream = upstream.with_context(|| format!("cannot listen on {listen}; choose another with --listen"))?;
        println!("demo upstream on http://{}, mood {}", upstream.addr, args.mood);
        running.push(upstream);
    }
    let _blackhole = match args.blackhole {
        Some(listen) => {
            Some(Blackhole::start(listen).await.with_context(|| format!("cannot open the blackhole {listen}"))?)
        }
        None => None,
    };
    tokio::select! {
        signal = tokio::signal::ctrl_c() => signal.context("cannot wait for ctrl-C")?,
        () = follow_schedule(args.schedule.as_deref(), &mood) => {}
    }
    println!("{}", served.to_json());
    Ok(())
}

async fn follow_schedule(turns: Option<&[Turn]>, mood: &MoodSwitch) {
    match turns {
        Some(turns) => mood::take_turns(turns, mood).await,
        None => pending().await,
    }
}

fn listening_socket(listen: SocketAddr, backlog: u32) -> io::Result<TcpListener> {
    let socket = if listen.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(listen)?;
    socket.listen(backlog)
}

/// The connections live in this task's set, so aborting the task ends them too.
async fn accept_all(listener: TcpListener, mood: MoodSwitch, served: Served) {
    let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let seeds = AtomicU64::new(0);
    let mut connections = JoinSet::new();
    loop {
        let slot = Arc::clone(&slots).acquire_owned().await.expect("the semaphore is never closed");
        match listener.accept().await {
            Ok((stream, _)) => {
                let session =
                    session::Session::new(stream, mood.clone(), served.clone(), seeds.fetch_add(1, Ordering::Relaxed));
                connections.spawn(async move {
                    session.serve().await;
                    drop(slot);
                });
            }
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
        while connections.try_join_next().is_some() {}
    }
}
