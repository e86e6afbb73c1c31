//! The accept queues of all listeners. Knows: which listeners are looked at. Does not know: netlink.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::kernel::listen_queue::{Place, Queue, Queues, add_tcp, add_unix};
use crate::poll::error::PollError;
use crate::poll::netlink::{SockDiag, Sockets};
use crate::poll::options::Options;
use crate::poll::peak::Peaks;
use crate::poll::readings::{Listener, Readings};
use crate::poll::source::Source;

/// Looks at all TCP listeners of this network namespace, and at the unix sockets that are named.
pub(super) struct Listeners {
    unix_sockets: Vec<PathBuf>,
    sockets: Sockets,
    peaks: Peaks,
}

impl Source for Listeners {
    const NAME: &'static str = "listen_queue";
    type Sample = Vec<Listener>;

    fn new(options: &Options) -> Self {
        let unix_sockets = options.unix_sockets.clone();
        Self { unix_sockets, sockets: Sockets::of(options), peaks: Peaks::default() }
    }

    fn interval(options: &Options) -> Duration {
        options.listen_queue_interval
    }

    fn differs(old: &Options, new: &Options) -> bool {
        old.network_of != new.network_of
    }

    /// The peaks of the others go on when a socket comes or goes.
    fn reconfigure(&mut self, old: &Options, new: &Options) -> bool {
        if Self::differs(old, new) {
            *self = Self::new(new);
        }
        self.unix_sockets.clone_from(&new.unix_sockets);
        old.unix_sockets != new.unix_sockets || Self::differs(old, new)
    }

    fn ask(&mut self) -> Result<Vec<Listener>, PollError> {
        let queues = self.sockets.ask(|sock_diag| look(sock_diag, &self.unix_sockets))?;
        let peaks = self.peaks.add(Instant::now(), &queues);
        let with_peak = |(place, Queue { length, limit }): (Place, Queue)| {
            let length_peak = peaks.get(&place).copied().unwrap_or(length);
            Listener { place, length, limit, length_peak }
        };
        Ok(queues.into_iter().map(with_peak).collect())
    }

    fn store(readings: &mut Readings, sample: Option<Vec<Listener>>) {
        readings.listeners = sample;
    }

    fn describe(&self, sample: &Vec<Listener>) -> String {
        format!("{} listeners", sample.len())
    }
}

/// All unix listeners have to be looked through for the few that matter, so without one that matters nobody looks.
fn look(sock_diag: &mut SockDiag, unix_sockets: &[PathBuf]) -> Result<Queues, PollError> {
    let mut queues = Queues::new();
    sock_diag.tcp_listeners(|socket| add_tcp(&mut queues, socket))?;
    if !unix_sockets.is_empty() {
        sock_diag.unix_listeners(|listener| {
            if unix_sockets.contains(&listener.path) {
                add_unix(&mut queues, listener);
            }
        })?;
    }
    Ok(queues)
}
