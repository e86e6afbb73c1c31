//! What the clients know they did, in numbers. Nothing in here is a guess about the other side.
//! Knows: endings and their counts. Does not know: sockets.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How one request (or the attempt to make one) ended, as its client saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Answered to the end with this status.
    Completed(u16),
    /// The client left while it waited for the head of the answer (everything had been sent).
    LeftWaiting,
    /// The client left with a part of the body; the status had been seen.
    LeftInBody(u16),
    /// The client left before the head of its request was sent.
    LeftInHead,
    /// The client left in the midst of its upload.
    LeftUploading,
    /// Nobody listens there.
    Refused,
    /// No answer to the handshake in time.
    ConnectTimedOut,
    /// The handshake failed otherwise (no route, no free port …).
    ConnectFailed,
    /// RST by the server before the answer was complete.
    ResetByServer,
    /// The server closed before the head of an answer.
    ClosedByServer,
    /// The server closed in the midst of the answer.
    CutShortByServer(u16),
    /// The bound on every wait was reached.
    TimedOut,
    /// Under way when the run ended.
    Interrupted,
}

/// Counts of endings.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Connections begun.
    pub visits: u64,
    /// Requests of which at least a byte was sent.
    pub sent: u64,
    pub completed: BTreeMap<u16, u64>,
    pub left_waiting: u64,
    pub left_in_body: BTreeMap<u16, u64>,
    pub left_in_head: u64,
    pub left_uploading: u64,
    pub refused: u64,
    pub connect_timed_out: u64,
    pub connect_failed: u64,
    pub reset_by_server: u64,
    pub closed_by_server: u64,
    pub cut_short_by_server: BTreeMap<u16, u64>,
    pub timed_out: u64,
    pub interrupted: u64,
}

/// One plan's part in a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlanReport {
    pub plan: &'static str,
    #[serde(flatten)]
    pub report: Report,
}

/// Everything one run did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Run {
    pub seconds: f64,
    pub total: Report,
    pub plans: Vec<PlanReport>,
}

impl Report {
    pub fn add(&mut self, ending: Ending) {
        let never_sent =
            matches!(ending, Ending::Refused | Ending::ConnectTimedOut | Ending::ConnectFailed | Ending::Interrupted);
        self.sent += u64::from(!never_sent);
        *self.count_of(ending) += 1;
    }

    pub fn merge(&mut self, other: &Report) {
        self.visits += other.visits;
        self.sent += other.sent;
        for (mine, theirs) in [
            (&mut self.completed, &other.completed),
            (&mut self.left_in_body, &other.left_in_body),
            (&mut self.cut_short_by_server, &other.cut_short_by_server),
        ] {
            theirs.iter().for_each(|(status, count)| *mine.entry(*status).or_default() += count);
        }
        for (mine, theirs) in self.plain_counts().into_iter().zip(other.clone().plain_counts()) {
            *mine += *theirs;
        }
    }

    fn count_of(&mut self, ending: Ending) -> &mut u64 {
        match ending {
            Ending::Completed(status) => self.completed.entry(status).or_default(),
            Ending::LeftWaiting => &mut self.left_waiting,
            Ending::LeftInBody(status) => self.left_in_body.entry(status).or_default(),
            Ending::LeftInHead => &mut self.left_in_head,
            Ending::LeftUploading => &mut self.left_uploading,
            Ending::Refused => &mut self.refused,
            Ending::ConnectTimedOut => &mut self.connect_timed_out,
            Ending::ConnectFailed => &mut self.connect_failed,
            Ending::ResetByServer => &mut self.reset_by_server,
            Ending::ClosedByServer => &mut self.closed_by_server,
            Ending::CutShortByServer(status) => self.cut_short_by_server.entry(status).or_default(),
            Ending::TimedOut => &mut self.timed_out,
            Ending::Interrupted => &mut self.interrupted,
        }
    }

    fn plain_counts(&mut self) -> [&mut u64; 10] {
        [
            &mut self.left_waiting,
            &mut self.left_in_head,
            &mut self.left_uploading,
            &mut self.refused,
            &mut self.connect_timed_out,
            &mut self.connect_failed,
            &mut self.reset_by_server,
            &mut self.closed_by_server,
            &mut self.timed_out,
            &mut self.interrupted,
        ]
    }
}

impl Run {
    pub fn new(mut plans: Vec<PlanReport>, lasted: Duration) -> Run {
        plans.sort_by_key(|plan| plan.plan);
        let mut total = Report::default();
        plans.iter().for_each(|plan| total.merge(&plan.report));
        Run { seconds: lasted.as_secs_f64(), total, plans }
    }
}
