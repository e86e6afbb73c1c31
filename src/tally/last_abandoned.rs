//! The last abandoned requests, so many and no more, for people to look at: when, which route, how long the client had
//! waited, for which upstream, under which id. No query string, no address of a client.
//! Knows: texts of bounded length. Does not know: who looks.

use super::Tally;
use crate::record::{Millis, Record};

/// As many as anybody reads.
const KEPT: usize = 50;
/// Fewer say nothing about what kind of client leaves.
const KIND_MIN: usize = 10;
/// A wait this close to another is of the same timer.
const NEAR: f64 = 0.1;

/// A text cut to a fixed length.
#[derive(Debug, Clone, Copy)]
struct Text<const N: usize> {
    bytes: [u8; N],
    length: u8,
}

impl<const N: usize> Text<N> {
    fn of(text: &[u8]) -> Text<N> {
        let mut bytes = [0; N];
        let length = text.len().min(N);
        bytes[..length].copy_from_slice(&text[..length]);
        Text { bytes, length: u8::try_from(length).unwrap_or(u8::MAX) }
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    /// `None` where it is empty.
    fn text(&self) -> Option<String> {
        (self.length > 0).then(|| String::from_utf8_lossy(self.as_bytes()).into_owned())
    }
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    unix_ms: i64,
    server: u16,
    route: u16,
    waited: Option<Millis>,
    method: &'static str,
    upstream: Text<64>,
    id: Text<64>,
    client: Text<32>,
}

/// The ring.
#[derive(Debug, Clone, Default)]
pub(super) struct LastAbandoned {
    /// In the order in which they came, but that the newest comes after `next`.
    entries: Vec<Entry>,
    next: usize,
}

/// One abandoned request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Abandoned {
    pub unix_ms: i64,
    pub server: String,
    pub route: String,
    pub method: &'static str,
    /// `None`: not logged. So it is in all below.
    pub waited_ms: Option<Millis>,
    /// The last that was tried.
    pub upstream: Option<String>,
    pub request_id: Option<String>,
}

impl LastAbandoned {
    /// Takes one in; the oldest goes. Allocates for the first ones only.
    pub(super) fn add(&mut self, record: &Record<'_>, method: &'static str, server: u16, route: u16, now_ms: i64) {
        let upstream = record.attempts.last().map(|last| last.address).unwrap_or_default();
        let entry = Entry {
            unix_ms: record.time.unix_millis().unwrap_or(now_ms),
            server,
            route,
            waited: record.duration,
            method,
            upstream: Text::of(upstream),
            id: Text::of(record.request_id.or(record.trace_id).unwrap_or_default()),
            client: Text::of(kind(record.user_agent.unwrap_or_default())),
        };
        match self.entries.get_mut(self.next) {
            Some(oldest) => *oldest = entry,
            None => self.entries.push(entry),
        }
        self.next = (self.next + 1) % KEPT;
    }
}

fn is_near(waited: Option<Millis>, wanted_ms: Option<f64>) -> bool {
    wanted_ms.is_none_or(|wanted| waited.is_some_and(|ms| (f64::from(ms) - wanted).abs() <= wanted * NEAR))
}

/// `python-requests/2.32.3` → `python-requests`. What has no name is of no kind.
fn kind(agent: &[u8]) -> &[u8] {
    let end = agent.iter().position(|byte| !(byte.is_ascii_alphanumeric() || b"-_.".contains(byte)));
    &agent[..end.unwrap_or(agent.len())]
}

impl Tally {
    /// The last abandoned requests, the newest first. What was counted before a restart is not among them.
    pub fn last_abandoned(&self) -> Vec<Abandoned> {
        let mut entries: Vec<&Entry> = self.last_abandoned.entries.iter().collect();
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.unix_ms));
        let rows = entries.into_iter().map(|entry| Abandoned {
            unix_ms: entry.unix_ms,
            server: self.counted.servers.name(entry.server).to_owned(),
            route: self.counted.routes.name(entry.route).to_owned(),
            method: entry.method,
            waited_ms: entry.waited,
            upstream: entry.upstream.text(),
            request_id: entry.id.text(),
        });
        rows.collect()
    }

    /// What most of a server's last to leave run, by the name in their user agents, and their share; of those who left
    /// after this wait, or nearly, where one is given. `None` while there are too few to say.
    pub fn busiest_client(&self, server: &str, waited_ms: Option<f64>) -> Option<(String, f64)> {
        let server = self.counted.servers.find(server.as_bytes())?;
        let kinds: Vec<&[u8]> = self
            .last_abandoned
            .entries
            .iter()
            .filter(|entry| entry.server == server && entry.client.length > 0 && is_near(entry.waited, waited_ms))
            .map(|entry| entry.client.as_bytes())
            .collect();
        let count = |kind: &[u8]| kinds.iter().filter(|other| **other == kind).count();
        let busiest = kinds.iter().max_by_key(|kind| (count(kind), std::cmp::Reverse(**kind)))?;
        let ratio = count(busiest) as f64 / kinds.len() as f64;
        (kinds.len() >= KIND_MIN).then(|| (String::from_utf8_lossy(busiest).into_owned(), ratio))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Status, Time};
    use crate::tally::Options;
    use crate::verdict;

    #[test]
    fn so_many_and_the_newest_first() {
        let mut tally = Tally::new(Options::default());
        let server = tally.server(b"shop", crate::record::Sight::NOTHING);
        for at in 0..70 {
            let record = Record {
                status: Some(Status::Code(499)),
                method: b"GET",
                path: b"/a",
                duration: Some(at),
                user_agent: Some(if at % 10 == 0 { b"curl/8" } else { b"app/1.2 (x)" }),
                request_id: Some(b"id7"),
                time: Time::Unix(i64::from(at)),
                ..Record::default()
            };
            tally.add_request(&record, &verdict::judge(&record), server, 0);
        }
        let rows = tally.last_abandoned();
        assert_eq!((rows.len(), rows[0].waited_ms, rows[49].waited_ms), (50, Some(69), Some(20)));
        assert_eq!((rows[0].request_id.as_deref(), rows[0].upstream.as_deref()), (Some("id7"), None));
        assert_eq!(tally.busiest_client("shop", None), Some(("app".to_owned(), 0.9)));
        assert_eq!(tally.busiest_client("other", None), None);
    }
}
