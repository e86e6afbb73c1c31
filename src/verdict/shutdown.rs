//! Bodies that a worker cut when it was shut down: its lines come at once, and those of requests that still waited have
//! the status 000, which nobody but the server can cause. Knows: one second. Does not know: whose log it is.

use super::{Outcome, Party, Verdict};
use crate::record::{Record, Status};

/// The second in which a log last told of a shutdown.
#[derive(Debug, Clone, Copy, Default)]
pub struct Shutdown {
    unix_seconds: Option<i64>,
}

impl Shutdown {
    /// Corrects the verdict on this request by what the log told before it. A body that was cut before the first 000 of
    /// its second stays the client's doing: nothing had told of the shutdown yet.
    #[inline]
    pub fn correct(&mut self, record: &Record<'_>, verdict: &mut Verdict) {
        let Some(gave_up) = &mut verdict.gave_up else { return };
        if record.status == Some(Status::Code(0)) {
            self.unix_seconds = seconds(record);
        } else if verdict.outcome == Outcome::CutShort
            && self.unix_seconds.is_some()
            && self.unix_seconds == seconds(record)
        {
            gave_up.party = Party::Server;
        }
    }
}

fn seconds(record: &Record<'_>) -> Option<i64> {
    record.time.unix_millis().map(|millis| millis.div_euclid(1000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Time;
    use crate::verdict::judge;

    /// The parties of lines with these statuses, each written at its second, and cut where it is a 200.
    fn check(lines: &[(u16, &'static str)], expected: &[&str]) {
        let mut shutdown = Shutdown::default();
        let party = |&(code, time): &(u16, &'static str)| {
            let (status, complete) = (Some(Status::Code(code)), Some(false));
            let record = Record { status, complete, time: Time::of(time.as_bytes()), ..Record::default() };
            let mut verdict = judge(&record);
            shutdown.correct(&record, &mut verdict);
            verdict.gave_up.map_or("nobody", |by| by.party.as_str())
        };
        assert_eq!(lines.iter().map(party).collect::<Vec<_>>(), expected, "{lines:?}");
    }

    #[test]
    fn a_body_cut_in_the_second_of_a_shutdown_is_the_servers_doing() {
        check(&[(200, "1795270646.001"), (0, "1795270646.100")], &["client", "server"]);
        check(&[(0, "1795270646.100"), (200, "1795270646.900")], &["server", "server"]);
        check(&[(0, "1795270646.100"), (200, "1795270647.000")], &["server", "client"]);
        check(&[(0, ""), (200, "")], &["server", "client"]);
        check(&[(0, "1795270646.1"), (499, "1795270646.2")], &["server", "client"]);
    }
}
