//! A finished log in stretches of time, as many at most however long it is, and the worst of them.
//! Knows: that the parts of a log are read apart. Does not know: how a log is read.

use std::collections::BTreeMap;

use super::answer::WindowAnswer;
use super::case::SOME;
use super::facts::Facts;
use super::host::Host;
use super::observer::Observer;
use super::stretch::Stretch;
use super::window::Window;
use super::windows::{COARSE, Recent, SLOT_MS, Span, label};
use crate::tally::{Incident, Limits, Normal, Tally};

/// Past this, two stretches become one.
const STRETCHES_MAX: usize = 1024;
/// The worst stretch is five minutes long, and at least so many stretches.
const WORST_MS: i64 = 5 * 60_000;
const WORST_MIN: i64 = 5;
const MINUTE_MS: i64 = 60_000;

/// What happened when.
#[derive(Debug)]
pub struct History {
    observer: Observer,
    slot_ms: i64,
    /// Only the last hour is kept, in stretches of one length.
    recent: bool,
    /// By number.
    stretches: BTreeMap<i64, Stretch>,
}

/// The worst stretch of time.
#[derive(Debug, Clone, PartialEq)]
pub struct Worst {
    pub from_ms: i64,
    pub to_ms: i64,
    pub answer: WindowAnswer,
}

/// An incident in which users left and gateways failed.
#[derive(Debug, Clone, PartialEq)]
pub struct LedIncident {
    pub server: String,
    /// When the first of both was over what is normal.
    pub from_ms: i64,
    /// So long before gateways failed users had begun to leave; negative where the failures came first. As exact as the
    /// stretches are long.
    pub seconds: f64,
}

impl Default for History {
    fn default() -> History {
        History { observer: Observer::from_zero(0), slot_ms: SLOT_MS, recent: false, stretches: BTreeMap::new() }
    }
}

impl History {
    /// One that forgets what is older than an hour.
    pub fn recent() -> History {
        History { recent: true, ..History::default() }
    }

    /// The stretch that a moment belongs to; good until the next look.
    pub fn number(&self, unix_ms: i64) -> i64 {
        unix_ms.div_euclid(self.slot_ms)
    }

    /// Looks at a tally: what came since the last look belongs to the stretch of this moment.
    pub fn observe(&mut self, tally: &Tally, unix_ms: i64) {
        if let Some(stretch) = self.observer.look(tally, &Host::default(), unix_ms) {
            self.add(unix_ms.div_euclid(self.slot_ms), &stretch);
            self.keep_to_the_bound();
        }
    }

    /// Adds what another part of the logs says, whose stretches may have another length.
    pub fn merge(&mut self, other: &History) {
        self.slot_ms = self.slot_ms.max(other.slot_ms);
        self.regroup();
        let names = self.observer.adopt(&other.observer);
        for (number, stretch) in &other.stretches {
            let number = (number * other.slot_ms).div_euclid(self.slot_ms);
            let renamed = stretch.renumbered(|id| names.server(id), |id| names.route(id), |id| names.upstream(id));
            self.add(number, &renamed);
        }
        self.keep_to_the_bound();
    }

    /// The five minutes in which most users were lost; `None` where no line has a time.
    pub fn worst(&self, facts: &Facts) -> Option<Worst> {
        let length = WORST_MIN.max(WORST_MS / self.slot_ms);
        let lost = |from: i64| {
            let stretches = self.stretches.range(from..from + length);
            stretches.map(|(_, stretch)| stretch.whole().lost()).sum::<u64>()
        };
        // Of equals the first.
        let from = self.stretches.keys().copied().max_by_key(|from| (lost(*from), std::cmp::Reverse(*from)))?;
        let inside: Vec<(&i64, &Stretch)> = self.stretches.range(from..from + length).collect();
        let to = inside.last().map_or(from, |(number, _)| **number);
        let stretches = inside.into_iter().map(|(_, stretch)| stretch).collect();
        let to_ms = (to + 1) * self.slot_ms;
        let window = Window::new(&self.observer, stretches, to_ms);
        Some(Worst { from_ms: from * self.slot_ms, to_ms, answer: WindowAnswer::of(&window, facts) })
    }

    /// The incidents of each server, the earliest first.
    pub fn leads(&self, normal: &[Normal]) -> Vec<LedIncident> {
        let mut leads: Vec<LedIncident> =
            self.observer.servers.iter().flat_map(|(id, name)| self.leads_of(id, name, normal)).collect();
        leads.sort_by_key(|lead| lead.from_ms);
        leads
    }

    fn leads_of(&self, id: u16, name: &str, normal: &[Normal]) -> Vec<LedIncident> {
        let limits = Limits::of(name, normal);
        let (mut incident, mut found): (Incident, BTreeMap<i64, f64>) = (Incident::default(), BTreeMap::new());
        for number in self.stretches.keys() {
            // As long a look as the live one's, a minute, and at least one stretch.
            let back = (MINUTE_MS / self.slot_ms - 1).max(0);
            let looked =
                self.between(number - back, *number).into_iter().filter_map(|stretch| stretch.servers.get(&id));
            let (left, errors, users) = looked.fold((0, 0, 0), |(left, errors, users), server| {
                (left + server.left.total(), errors + server.errors(), users + server.users())
            });
            let over = |count: u64, limit: f64| count >= SOME && count as f64 > users as f64 * limit;
            incident.judge(over(left, limits.left), over(errors, limits.errors), number * self.slot_ms);
            let since = incident.left_since_ms().zip(incident.failed_since_ms());
            if let (Some((left, failed)), Some(seconds)) = (since, incident.lead_seconds()) {
                found.insert(left.min(failed), seconds);
            }
        }
        found.into_iter().map(|(from_ms, seconds)| LedIncident { server: name.to_owned(), from_ms, seconds }).collect()
    }

    fn add(&mut self, number: i64, stretch: &Stretch) {
        let held = self.stretches.entry(number).or_default();
        held.merge(stretch);
        held.ms = self.slot_ms;
    }

    fn keep_to_the_bound(&mut self) {
        if self.recent {
            let newest = self.stretches.keys().next_back().copied().unwrap_or(0);
            self.stretches = self.stretches.split_off(&(newest - Span::Long as i64 - COARSE));
        }
        while self.stretches.len() > STRETCHES_MAX {
            self.slot_ms *= 2;
            self.halve();
        }
    }

    fn halve(&mut self) {
        for (number, stretch) in std::mem::take(&mut self.stretches) {
            self.add(number.div_euclid(2), &stretch);
        }
    }

    /// After the length of a stretch has grown. It is the first length, doubled some times.
    fn regroup(&mut self) {
        let length = |stretches: &BTreeMap<i64, Stretch>| stretches.values().next().map(|stretch| stretch.ms);
        while length(&self.stretches).is_some_and(|ms| ms < self.slot_ms) {
            let ms = length(&self.stretches).unwrap_or(self.slot_ms) * 2;
            let slot_ms = std::mem::replace(&mut self.slot_ms, ms);
            self.halve();
            self.slot_ms = slot_ms;
        }
    }

    fn between(&self, from: i64, to: i64) -> Vec<&Stretch> {
        self.stretches.range(from..=to).map(|(_, stretch)| stretch).collect()
    }

    #[cfg(test)]
    pub(super) fn stretches(&self) -> usize {
        self.stretches.len()
    }
}

/// A log is looked at as if it had been followed all the time.
impl Recent for History {
    fn label(&self, span: Span) -> String {
        label(self.slot_ms, span)
    }

    fn window(&self, span: Span, now_ms: i64) -> Window<'_> {
        let (now, first) = (self.number(now_ms), self.stretches.keys().next().copied());
        let from = now - span as i64;
        let mut window = Window::new(&self.observer, self.between(from, now), now_ms);
        // Nothing was logged in the stretches that are not there, and that was seen, too.
        let begin = first.unwrap_or(now).max(from) * self.slot_ms;
        window.sum.ms = (now_ms - begin).max(0);
        window
    }

    fn timeline(&self, now_ms: i64) -> Vec<Window<'_>> {
        let now = self.number(now_ms);
        let minutes = (now - Span::Long as i64).div_euclid(COARSE)..=now.div_euclid(COARSE);
        let windows = minutes.map(|minute| {
            let first = minute * COARSE;
            Window::new(&self.observer, self.between(first, first + COARSE - 1), first * self.slot_ms)
        });
        windows.filter(|window| window.requests() > 0).collect()
    }
}
