//! The incidents the demo walks through: one row per cause the diagnosis can name, and when it is its turn.
//! Knows: names, order, lengths, what to watch. Does not know: how an incident shows in the logs.

use std::time::Duration;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    Healthy,
    SlowUpstream,
    IntermediaryTimeout,
    AggressiveClientTimeout,
    ProbeNoise,
    NetworkDisconnect,
    ConnectionExhaustion,
    SlowClients,
    ConnectTimeout,
    ConntrackExhaustion,
    AcceptQueueOverflow,
    UpstreamDown,
}

/// One row.
#[derive(Debug, Clone, Copy)]
pub struct Incident {
    pub cause: Cause,
    pub title: &'static str,
    /// The metric that shows it best.
    pub watch: &'static str,
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy)]
pub struct Turn {
    /// Counts up over the rounds.
    pub number: u64,
    /// Healthy in the pause at the end of every turn.
    pub cause: Cause,
    pub incident: Incident,
}

/// Length of one turn …
pub const TURN: Duration = Duration::from_secs(25);
/// … the end of which is a breather, so that one incident's last requests do not blur the next.
pub const BREATHER: Duration = Duration::from_secs(5);

pub const INCIDENTS: [Incident; 12] = [
    row(Cause::Healthy, "none, normal background", "hangup_http_requests_total"),
    row(Cause::SlowUpstream, "slow upstream", "hangup_http_abandoned_total{patience=\"long\"}"),
    row(Cause::IntermediaryTimeout, "an intermediary cuts at 5 s", "hangup_http_abandoned_cliff_seconds"),
    row(Cause::AggressiveClientTimeout, "one kind of client gives up at 10 s", "hangup_http_abandoned_cliff_ratio"),
    row(Cause::ProbeNoise, "health-check noise", "hangup_http_abandoned_total{agent=\"probe\"}"),
    row(Cause::NetworkDisconnect, "the network resets connections", "hangup_http_abandoned_total{patience=\"short\"}"),
    row(Cause::ConnectionExhaustion, "connection slots exhausted", "hangup_nginx_connections_dropped_total"),
    row(Cause::SlowClients, "slow clients", "nginx_connections_reading"),
    row(
        Cause::ConnectTimeout,
        "one upstream server does not answer",
        "hangup_upstream_timeouts_total{phase=\"connect\"}",
    ),
    row(Cause::ConntrackExhaustion, "conntrack table full", "hangup_conntrack_insert_failed_total"),
    row(Cause::AcceptQueueOverflow, "an accept queue overflows", "hangup_tcp_listen_overflows_total"),
    row(Cause::UpstreamDown, "upstream down", "hangup_upstream_failures_total{kind=\"no_live\"}"),
];

/// The turn at a moment of simulated time, round after round.
pub fn turn_at(elapsed: Duration) -> Turn {
    let number = (elapsed.as_millis() / TURN.as_millis()) as u64;
    let into = Duration::from_millis((elapsed.as_millis() % TURN.as_millis()) as u64);
    let incident = INCIDENTS[(number % INCIDENTS.len() as u64) as usize];
    let cause = if into < TURN - BREATHER { incident.cause } else { Cause::Healthy };
    Turn { number, cause, incident }
}

impl Turn {
    /// What a person at the terminal is told when the turn begins, after so much real time.
    pub fn announcement(&self, elapsed: Duration) -> Vec<String> {
        let (minutes, seconds) = (elapsed.as_secs() / 60, elapsed.as_secs() % 60);
        let Incident { title, watch, cause } = self.incident;
        let mut lines = vec![format!("{minutes:02}:{seconds:02} incident: {title} — watch {watch}")];
        if matches!(cause, Cause::NetworkDisconnect | Cause::ConntrackExhaustion | Cause::AcceptQueueOverflow) {
            lines.push(
                "      (the kernel's part of it stands in the demo's own proc tree, not in your /proc)".to_owned(),
            );
        }
        lines
    }
}

const fn row(cause: Cause, title: &'static str, watch: &'static str) -> Incident {
    Incident { cause, title, watch }
}
