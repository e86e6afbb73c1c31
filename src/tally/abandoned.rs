//! What the tally keeps of a request whose client left, beside its counts: from where and when, for how long it had waited,
//! what upstreams did for it. Knows: where each of these goes. Does not know: how any of them is made a figure of.

use super::http::HttpCell;
use super::interner::OTHER;
use super::labels::{Agent, Method, MethodClass};
use super::sources::Source;
use super::upstream::UNKNOWN;
use super::wasted::worked;
use super::{Counted, Tally};
use crate::record::{Record, Sight};

impl Tally {
    /// What users do: a probe leaves at its own timeout, again and again, and from one address.
    pub(super) fn add_recent(&mut self, record: &Record<'_>, agent: Agent, server: u16, now_ms: i64) {
        if agent != Agent::User {
            return;
        }
        let source = record.client.and_then(Source::parse);
        let recent = self.counted.recent_of(server);
        let unix_ms = record.time.unix_millis().unwrap_or(now_ms);
        if let Some(slot) = recent.sources.at(unix_ms, now_ms) {
            slot.add(source);
        }
        recent.departures.add(unix_ms, now_ms);
        if let Some(ms) = record.duration.filter(|&ms| ms >= self.long_after_ms)
            && let Some(slot) = recent.waits.at(unix_ms, now_ms)
        {
            slot.add(ms);
        }
    }

    /// How long a probe that left had waited, beside the durations it is among.
    pub(super) fn add_probe(&mut self, record: &Record<'_>, place: usize, server: u16, elsewhere: bool) {
        let Counted { http, bounds, .. } = &mut self.counted;
        let place = if elsewhere { http.place(server, OTHER).unwrap_or(place) } else { place };
        if let Some(ms) = record.duration {
            http.at(place).probe_waits_in(bounds).observe(ms);
        }
    }

    /// Adds what upstreams did for an abandoned request, whose cell stands at `place`.
    pub(super) fn add_wasted(&mut self, record: &Record<'_>, place: usize, server: u16, method: Method) {
        let class = MethodClass::of(method);
        for (one, ms) in record.attempts.iter().filter_map(|one| Some((one, worked(&one, record.sight)?))) {
            let name = if one.address.is_empty() { UNKNOWN } else { one.address };
            let upstream = self.counted.upstream_names.find(name).unwrap_or(OTHER);
            let (key, ms) = ((upstream, class), u64::from(ms));
            if !self.counted.http.at(place).wasted.add_known(key, ms) {
                self.add_new_wasted(key, ms, place, (server, record.sight));
            }
        }
    }

    /// In series of its own while there is room, else in that of the server's other routes and upstreams.
    #[cold]
    fn add_new_wasted(&mut self, key: (u16, MethodClass), ms: u64, place: usize, (server, sight): (u16, Sight)) {
        let Counted { http, bounds, upstream_names, .. } = &mut self.counted;
        let grew = if self.budget.has_room_for_wasted() {
            http.at(place).wasted.add(key, ms)
        } else {
            upstream_names.hit_limit();
            http.cell(server, OTHER, || HttpCell::new(bounds, sight)).wasted.add((OTHER, key.1), ms)
        };
        if grew {
            self.recount();
        }
    }
}
