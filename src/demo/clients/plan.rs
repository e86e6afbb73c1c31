//! What one kind of client does, as plain values.
//! Knows: nothing but the words for it. Does not know: how it is done.

use std::net::IpAddr;
use std::time::Duration;

/// No client waits longer than this, whatever its plan says: everything here ends.
pub const WAIT_MAX: Duration = Duration::from_secs(120);
/// A retransmitted SYN (after 1 s, 3 s, 7 s) still has its chance within this.
const CONNECTING_MAX: Duration = Duration::from_secs(10);

/// One kind of client. `Plan::default()` is a patient reader who visits once.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Stands in the report.
    pub name: &'static str,
    /// Connections made in all …
    pub visits: u64,
    /// … and begun per second.
    pub rate: f64,
    /// An address that does not answer the handshake is given up after this.
    pub connecting_max: Duration,
    /// Requests made one after the other on each connection (keep-alive); the first that is not completed ends it.
    pub requests_per_visit: u32,
    pub method: &'static str,
    /// Taken in turn.
    pub paths: Vec<String>,
    pub sending: Sending,
    pub leaving: Leaving,
    pub parting: Parting,
    /// Source addresses, taken in turn; none: the kernel's choice.
    pub sources: Vec<IpAddr>,
    pub user_agent: &'static str,
}

/// How much of the request is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// All of it, with a body of that many bytes (0: none).
    Whole { body: u64 },
    /// The head is begun and never finished.
    PartOfHead,
    /// The head a byte at a time: slow, but it arrives.
    SlowHead { every: Duration },
    /// The whole head, then `sent` of `body` bytes and nothing more.
    PartOfBody { body: u64, sent: u64 },
}

/// When the client hangs up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaving {
    /// Not before the answer is complete, or the server ends it.
    Never,
    /// So long after the first byte of the request was sent, if the head of the answer is not there by then.
    After(Duration),
    /// As soon as so many bytes of the answer's body have been read.
    InBody { bytes: u64 },
}

/// How it hangs up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parting {
    /// An orderly close.
    Fin,
    /// `SO_LINGER` 0: what a killed process behind some NAT, or a firewall, looks like.
    Rst,
    /// Only the sending side is closed; the client still listens.
    HalfClose,
}

impl Default for Plan {
    fn default() -> Plan {
        Plan {
            name: "reader",
            visits: 1,
            rate: 1000.0,
            connecting_max: CONNECTING_MAX,
            requests_per_visit: 1,
            method: "GET",
            paths: vec!["/".to_owned()],
            sending: Sending::Whole { body: 0 },
            leaving: Leaving::Never,
            parting: Parting::Fin,
            sources: Vec::new(),
            user_agent: "hangup-demo/1",
        }
    }
}
