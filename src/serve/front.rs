//! Where hangup serves, and who may come in there. Knows: addresses, systemd's sockets, the web configuration file and
//! when it is looked at. Does not know: what is served.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use listenfd::ListenFd;
use tokio::net::{TcpListener, lookup_host};
use tracing::{error, info, warn};

use crate::config::web_file::{contents, read};
use crate::config::{OsFiles, Problem, Web};
use crate::web::{self, Gate, Refusals};

/// How often the web configuration file is looked at. A change counts once two looks in a row have found the same:
/// whoever is writing it is let finish, since half a file may hold half of the users.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// Every listener.
pub(super) async fn listeners(web: &Web) -> Result<Vec<TcpListener>> {
    if web.systemd_socket {
        return from_systemd();
    }
    let mut listeners = Vec::new();
    for address in &web.listen {
        listeners.push(bind_first(&address.hosts(), address.port).await.with_context(|| {
            format!(
                "cannot listen on {}:{}; name another address with --web.listen-address",
                address.host, address.port
            )
        })?);
    }
    Ok(listeners)
}

/// The sockets that systemd bound (sd_listen_fds(3)).
fn from_systemd() -> Result<Vec<TcpListener>> {
    let mut given = ListenFd::from_env();
    let mut listeners = Vec::new();
    for at in 0..given.len() {
        let socket = given.take_tcp_listener(at).with_context(|| {
            format!(
                "socket {} that systemd handed over is none for TCP; write ListenStream=PORT in the .socket unit",
                at + 1
            )
        })?;
        if let Some(socket) = socket {
            socket.set_nonblocking(true)?;
            listeners.push(TcpListener::from_std(socket)?);
        }
    }
    if listeners.is_empty() {
        bail!("systemd handed over no socket; start the .socket unit, or leave --web.systemd-socket out");
    }
    Ok(listeners)
}

/// The first of these hosts that can be bound.
async fn bind_first(hosts: &[&str], port: u16) -> io::Result<TcpListener> {
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for host in hosts {
        match lookup_host((*host, port)).await {
            Ok(addresses) => {
                for address in addresses {
                    match web::listen(address) {
                        Ok(listener) => return Ok(listener),
                        Err(error) => last = error,
                    }
                }
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Who may come in, by what the web configuration file says now.
pub(super) fn gate(web: &Web, refusals: &Arc<Refusals>) -> Result<Arc<Gate>> {
    let Some(path) = &web.file else { return Ok(Arc::new(Gate::open(Arc::clone(refusals)))) };
    match read(path, &OsFiles) {
        Ok(front) => {
            info!(file = %path.display(), with = front.summary(), "web configuration");
            Ok(Arc::new(Gate::new(front, Arc::clone(refusals))))
        }
        Err(problems) => bail!("{}", sentences(&problems)),
    }
}

/// Looks at the file again and again.
pub(super) async fn follow(gate: Arc<Gate>, file: Option<PathBuf>) {
    let Some(path) = file else { return };
    let mut watch = Watch { path, gate, taken: None, seen: None };
    loop {
        tokio::time::sleep(LOOK_INTERVAL).await;
        let looked = tokio::task::spawn_blocking(move || {
            watch.look();
            watch
        });
        // A look that panicked is a bug, which its message tells; what was taken last stays.
        let Ok(next) = looked.await else { return };
        watch = next;
    }
}

/// What the file and those that it names hold.
type Contents = Vec<Option<Vec<u8>>>;

struct Watch {
    path: PathBuf,
    gate: Arc<Gate>,
    /// What is gone by. `None`: the first look is still to come.
    taken: Option<Contents>,
    /// What the last look found.
    seen: Option<Contents>,
}

impl Watch {
    fn look(&mut self) {
        let now = contents(&self.path, &OsFiles);
        let settled = self.seen.as_ref() == Some(&now);
        if settled && self.taken.as_ref() != Some(&now) {
            self.take(&now);
            self.taken = Some(now.clone());
        }
        self.seen = Some(now);
    }

    fn take(&self, now: &Contents) {
        let file = self.path.display();
        // Whoever wants none of it any more restarts hangup without it: an empty file would let everybody in.
        let emptied = now.first().is_some_and(|text| text.as_ref().is_some_and(|text| text.trim_ascii().is_empty()));
        let before = self.taken.as_ref().and_then(|taken| taken.first().cloned().flatten());
        if emptied && before.is_some_and(|text| !text.trim_ascii().is_empty()) {
            self.gate.set(None);
            return error!("{file} is empty by now, so nobody may come in; fill it, or restart hangup");
        }
        match read(&self.path, &OsFiles) {
            Ok(front) => {
                let with = front.summary();
                match self.gate.set(Some(front)) {
                    None if self.taken.is_none() => {}
                    None => info!(%file, with, "web configuration read anew"),
                    Some(what) => warn!(%file, "web configuration: {what}"),
                }
            }
            Err(problems) => {
                self.gate.set(None);
                error!("the web configuration cannot be used, so nobody may come in: {}", sentences(&problems));
            }
        }
    }
}

fn sentences(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
