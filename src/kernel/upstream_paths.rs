//! What the kernel measures of the connections to each upstream server: round trips, segments sent again, handshakes that
//! nobody answers, how long idle connections last. Does not know: which upstreams there are, they are handed in.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::sock_diag::TcpSocket;

/// More upstreams than this are not looked at: each costs series.
pub const UPSTREAMS_MAX: usize = 64;

const ESTABLISHED: u8 = 1;
const SYN_SENT: u8 = 2;

/// The connections to one upstream server, as they stand.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UpstreamPath {
    pub upstream: SocketAddr,
    /// Established ones that the kernel told of.
    pub connections: u64,
    /// Their mean smoothed round trip. `None`: there is no connection.
    pub round_trip_seconds: Option<f64>,
    /// The longest that one of them has been without data.
    pub idle_seconds: Option<f64>,
    pub sent_segments: u64,
    pub retransmitted_segments: u64,
    /// Handshakes that are being waited for although their first packet was sent again.
    pub unanswered_syns: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    connections: u64,
    round_trips: u64,
    round_trip_us: u64,
    idle_ms: u32,
    sent: u64,
    retransmitted: u64,
    unanswered_syns: u64,
}

/// The sums of one look. Every upstream is there from the start.
#[derive(Debug, Clone, Default)]
pub struct UpstreamPaths(BTreeMap<SocketAddr, Sums>);

impl UpstreamPaths {
    pub fn of(upstreams: impl IntoIterator<Item = SocketAddr>) -> Self {
        Self(upstreams.into_iter().take(UPSTREAMS_MAX).map(|upstream| (upstream, Sums::default())).collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn add(&mut self, socket: &TcpSocket) {
        let Some(info) = &socket.info else { return };
        let Some(sums) = self.0.get_mut(&socket.remote) else { return };
        match socket.state {
            SYN_SENT => sums.unanswered_syns += u64::from(info.retransmits > 0),
            ESTABLISHED => {
                sums.connections += 1;
                sums.round_trips += u64::from(info.round_trip_us > 0);
                sums.round_trip_us += u64::from(info.round_trip_us);
                sums.idle_ms = sums.idle_ms.max(info.idle_ms());
                sums.sent += u64::from(info.sent.unwrap_or(0));
                sums.retransmitted += u64::from(info.retransmitted);
            }
            _ => {}
        }
    }

    pub fn rows(&self) -> impl Iterator<Item = UpstreamPath> {
        self.0.iter().map(|(&upstream, sums)| UpstreamPath {
            upstream,
            connections: sums.connections,
            round_trip_seconds: (sums.round_trips > 0)
                .then(|| sums.round_trip_us as f64 / sums.round_trips as f64 / 1_000_000.0),
            idle_seconds: (sums.connections > 0).then(|| f64::from(sums.idle_ms) / 1000.0),
            sent_segments: sums.sent,
            retransmitted_segments: sums.retransmitted,
            unanswered_syns: sums.unanswered_syns,
        })
    }
}
