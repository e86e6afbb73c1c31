//! A finished log in stretches of time, as many at most however long it is, and the worst of them.
//! Knows: that the parts of a log are read apart. Does not know: how a log is read.

use std::collections::BTreeMap;

use super::answer::WindowAnswer;
use super::facts::Facts;
use super::host::Host;
use super::observer::Observer;
use super::stretch::Stretch;
use super::window::Window;
use super::windows::SLOT_MS;
use crate::tally::Tally;

/// Past this, two stretches become one.
const STRETCHES_MAX: usize = 1024;
/// The worst stretch is five minutes long, and at least so many stretches.
const WORST_MS: i64 = 5 * 60_000;
const WORST_MIN: i64 = 5;

/// What happened when.
#[derive(Debug)]
pub struct History {
    observer: Observer,
    slot_ms: i64,
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

impl Default for History {
    fn default() -> History {
        History { observer: Observer::from_zero(0), slot_ms: SLOT_MS, stretches: BTreeMap::new() }
    }
}

impl History {
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

    fn add(&mut self, number: i64, stretch: &Stretch) {
        let held = self.stretches.entry(number).or_default();
        held.merge(stretch);
        held.ms = self.slot_ms;
    }

    fn keep_to_the_bound(&mut self) {
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

    #[cfg(test)]
    pub(super) fn stretches(&self) -> usize {
        self.stretches.len()
    }
}
