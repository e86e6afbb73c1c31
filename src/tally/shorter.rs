//! What a shorter timeout towards the upstreams would have done, from the durations that were counted.
//! Knows: requests longer than a time. Does not know: which timeouts are configured, whether clients would have come back.

use super::Tally;
use super::histogram::Histogram;
use crate::verdict::Outcome;

/// The timeouts that are tried, in milliseconds.
const TIMEOUTS_MS: [u32; 7] = [1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000];

/// What a timeout would have done on one server.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShorterTimeout<'a> {
    pub server: &'a str,
    pub timeout_seconds: f64,
    /// Of all requests: those that were answered later, and would have been 504s. 0 to 1.
    pub turned_into_504: f64,
    /// Of the abandoned requests: those whose client was still there at that time, and would have got an answer, if a 504.
    /// `None`: nobody left.
    pub left_later: Option<f64>,
    /// For how long less all requests together would have held their connections.
    pub freed_seconds: f64,
}

/// The durations of one server.
#[derive(Default)]
struct Durations<'a> {
    requests: u64,
    all: Vec<&'a Histogram>,
    answered: Vec<&'a Histogram>,
    abandoned: Vec<&'a Histogram>,
}

impl Tally {
    /// By server and timeout, where it would have changed anything.
    pub fn shorter_timeouts(&self) -> impl Iterator<Item = ShorterTimeout<'_>> {
        self.servers_seen().flat_map(|server| {
            let (name, durations) = (self.counted.servers.name(server), self.durations_of(server));
            let rows: Vec<_> = TIMEOUTS_MS.into_iter().map(|ms| durations.cut_at(name, ms)).collect();
            rows.into_iter().filter(|row| row.freed_seconds > 0.0)
        })
    }

    fn durations_of(&self, server: u16) -> Durations<'_> {
        let mut durations = Durations::default();
        let cells = self.counted.http.iter().filter(|((own, _), _)| *own == server).map(|(_, cell)| cell);
        for (outcome, histogram) in cells.flat_map(|cell| cell.durations.iter()) {
            durations.requests = durations.requests.saturating_add(histogram.count());
            durations.all.push(histogram);
            match outcome {
                Outcome::Ok => durations.answered.push(histogram),
                Outcome::Abandoned => durations.abandoned.push(histogram),
                _ => {}
            }
        }
        durations
    }
}

impl Durations<'_> {
    fn cut_at<'a>(&self, server: &'a str, ms: u32) -> ShorterTimeout<'a> {
        let longer =
            |histograms: &[&Histogram]| histograms.iter().fold(0.0, |sum, histogram| sum + histogram.longer_than(ms));
        let abandoned = self.abandoned.iter().map(|histogram| histogram.count()).sum::<u64>();
        ShorterTimeout {
            server,
            timeout_seconds: f64::from(ms) / 1000.0,
            turned_into_504: longer(&self.answered) / (self.requests as f64).max(1.0),
            left_later: (abandoned > 0).then(|| longer(&self.abandoned) / abandoned as f64),
            freed_seconds: self.all.iter().map(|histogram| histogram.seconds_past(ms)).sum(),
        }
    }
}
