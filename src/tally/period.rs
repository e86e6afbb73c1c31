//! Cuts by the clock: clients of a server that leave at one period of wall-clock time, since something in front of them
//! (a proxy, a job) restarts or gives up every so often. The cliff has the same for the time waited.
//! Knows: in which seconds of the last half hour users left. Does not know: who cut.

use serde::{Deserialize, Serialize};

/// How far back is looked.
const SECONDS: i64 = 1800;
/// As many places as seconds.
const PLACES: usize = 1800;
/// Of a short period only so many turns are looked at: one that is a little off its second drifts.
const TURNS_MAX: i64 = 60;
const TURNS_MIN: i64 = 5;
/// Fewer departures make no rhythm.
const LEFT_MIN: u64 = 20;
/// The share of departures on the beat, and of the beats that have any.
const ON_BEAT_MIN: f64 = 0.5;
const BEATS_FILLED_MIN: f64 = 0.6;
/// By how many standard deviations more seconds with departures are on the beat than chance puts there.
const DEVIATIONS_MIN: f64 = 6.0;
/// From this period on, a beat is two seconds wide: what is cut at once is logged on both sides of a second.
const WIDE_FROM: i64 = 10;

/// The periods that are tried: every second up to a minute, then those that people write into configurations.
fn candidates() -> impl Iterator<Item = i64> {
    (5..=60).chain([75, 90, 100, 120, 150, 180, 240, 300])
}

/// At which period clients leave, and what share of those who left did so on its beat.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Period {
    pub(super) seconds: u32,
    pub(super) ratio: f64,
}

/// How many left in each of the last seconds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<(i64, u32)>", into = "Vec<(i64, u32)>")]
pub(super) struct Departures {
    /// None, or `PLACES`, each at the rest of its unix time.
    left: Vec<u32>,
    /// The latest second that is held.
    last: i64,
}

impl Departures {
    /// Adds one at its unix time.
    pub(super) fn add(&mut self, unix_ms: i64, now_ms: i64) {
        self.add_many(unix_ms.div_euclid(1000), 1, now_ms.div_euclid(1000));
    }

    pub(super) fn merge(&mut self, other: &Departures) {
        other.filled().for_each(|(second, count)| self.add_many(second, count, i64::MAX));
    }

    fn add_many(&mut self, second: i64, count: u32, now: i64) {
        // What lies that far ahead is left from before the clock was set back.
        if self.left.is_empty() || self.last.saturating_sub(SECONDS) > now.max(second) {
            self.left = vec![0; PLACES];
            self.last = second;
        }
        if second > self.last {
            let new = (self.last + 1).max(second - SECONDS + 1)..=second;
            new.for_each(|second| self.left[place(second)] = 0);
            self.last = second;
        }
        if second > self.last - SECONDS {
            let held = &mut self.left[place(second)];
            *held = held.saturating_add(count);
        }
    }

    /// The seconds in which anybody left, the earliest first.
    fn filled(&self) -> impl Iterator<Item = (i64, u32)> + '_ {
        let begin = self.last.saturating_sub(SECONDS) + 1;
        let seconds = (begin..=self.last).take(self.left.len());
        seconds.map(|second| (second, self.left[place(second)])).filter(|(_, count)| *count > 0)
    }

    /// The period that stands out; `None`: none does, or there are too few to say.
    pub(super) fn period(&self, now_ms: i64) -> Option<Period> {
        let begin = now_ms.div_euclid(1000).saturating_sub(SECONDS);
        let filled: Vec<_> = self.filled().filter(|(second, _)| *second > begin).collect();
        let tried = candidates().filter_map(|period| beat(&filled, period));
        let best = tried.max_by(|one, other| one.0.total_cmp(&other.0))?;
        Some(best.1)
    }
}

fn place(second: i64) -> usize {
    usize::try_from(second.rem_euclid(SECONDS)).unwrap_or_default()
}

/// The beat of a period on which most left, if it stands out, and by how much more than chance.
fn beat(filled: &[(i64, u32)], period: i64) -> Option<(f64, Period)> {
    let last = filled.last()?.0;
    let first = filled.partition_point(|(second, _)| *second <= last - period * TURNS_MAX);
    let filled = &filled[first..];
    let turns = (last - filled[0].0) / period;
    let all: u64 = filled.iter().map(|(_, count)| u64::from(*count)).sum();
    if turns < TURNS_MIN || all < LEFT_MIN {
        return None;
    }
    let width = if period < WIDE_FROM { 1 } else { 2 };
    let phase = best_phase(filled, period, width);
    let on_beat = || filled.iter().filter(move |(second, _)| (second - phase).rem_euclid(period) < width);
    let left: u64 = on_beat().map(|(_, count)| u64::from(*count)).sum();
    let mut beats: Vec<i64> = on_beat().map(|(second, _)| (second - phase).div_euclid(period)).collect();
    beats.dedup();
    let beats = beats.len() as f64;
    let (ratio, chance) = (left as f64 / all as f64, width as f64 / period as f64);
    let expected = filled.len() as f64 * chance;
    let deviations = (on_beat().count() as f64 - expected) / (expected * (1.0 - chance)).sqrt();
    let stands_out = ratio >= ON_BEAT_MIN
        && deviations >= DEVIATIONS_MIN
        && beats >= (BEATS_FILLED_MIN * turns as f64).max(TURNS_MIN as f64);
    let found = Period { seconds: u32::try_from(period).unwrap_or(u32::MAX), ratio };
    stands_out.then_some((ratio - chance, found))
}

/// Where in the period the seconds begin in which most left.
fn best_phase(filled: &[(i64, u32)], period: i64, width: i64) -> i64 {
    let mut left = vec![0_u64; usize::try_from(period).unwrap_or_default()];
    for (second, count) in filled {
        for phase in 0..width {
            let at = usize::try_from((second - phase).rem_euclid(period)).unwrap_or_default();
            left[at] += u64::from(*count);
        }
    }
    let best = (0..).zip(left).max_by_key(|(_, count)| *count);
    best.map_or(0, |(phase, _)| phase)
}

/// A snapshot holds only the seconds with something in them.
impl From<Departures> for Vec<(i64, u32)> {
    fn from(departures: Departures) -> Self {
        departures.filled().collect()
    }
}

impl From<Vec<(i64, u32)>> for Departures {
    fn from(filled: Vec<(i64, u32)>) -> Departures {
        let mut departures = Departures::default();
        filled.into_iter().for_each(|(second, count)| departures.add_many(second, count, i64::MAX));
        departures
    }
}
