//! The last hour in two rings of stretches, a fine one for the last minutes and a coarse one, and what follows from them.
//! Knows: which stretch a moment belongs to. Does not know: what the time is (it is handed in).

use std::collections::VecDeque;

use super::host::Host;
use super::observer::Observer;
use super::stretch::Stretch;
use super::window::Window;
use crate::tally::Tally;

/// The length of a fine stretch.
pub const SLOT_MS: i64 = 15_000;
/// So many of them make a coarse one.
pub(super) const COARSE: i64 = 4;
/// Stretches that are kept of each kind, beside the one that is growing.
const FINE_KEPT: usize = 20;
const COARSE_KEPT: usize = 60;

/// How far back a window goes, in fine stretches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Span {
    Short = 4,
    Middle = 20,
    Long = 240,
}

impl Span {
    pub const ALL: [Span; 3] = [Span::Short, Span::Middle, Span::Long];
}

/// What the last hour is read from.
pub trait Recent {
    /// The length of a window as people write it: `1m`, `90s`.
    fn label(&self, span: Span) -> String;
    /// Everything in a window that ends now.
    fn window(&self, span: Span, now_ms: i64) -> Window<'_>;
    /// Stretches of one length for a time line, the oldest first; those in which nothing was seen are not among them.
    fn timeline(&self, now_ms: i64) -> Vec<Window<'_>>;
}

/// The windows.
#[derive(Debug)]
pub struct Windows {
    slot_ms: i64,
    observer: Observer,
    fine: Ring,
    coarse: Ring,
}

/// Stretches by number, the oldest first.
#[derive(Debug)]
struct Ring {
    slot_ms: i64,
    kept: usize,
    stretches: VecDeque<(i64, Stretch)>,
}

impl Windows {
    /// `slot_ms`: the length of a fine stretch.
    pub fn new(slot_ms: i64) -> Windows {
        Windows::with(slot_ms, Observer::default())
    }

    /// Windows that count from an empty tally on, as over a finished log.
    pub fn from_zero(slot_ms: i64, now_ms: i64) -> Windows {
        Windows::with(slot_ms, Observer::from_zero(now_ms))
    }

    fn with(slot_ms: i64, observer: Observer) -> Windows {
        let ring = |slot_ms, kept| Ring { slot_ms, kept, stretches: VecDeque::new() };
        Windows { slot_ms, observer, fine: ring(slot_ms, FINE_KEPT), coarse: ring(slot_ms * COARSE, COARSE_KEPT) }
    }

    /// Looks at the tally and the host: what came since the last look happened now.
    pub fn observe(&mut self, tally: &Tally, host: &Host, now_ms: i64) {
        if let Some(stretch) = self.observer.look(tally, host, now_ms) {
            self.fine.add(&stretch, now_ms);
            self.coarse.add(&stretch, now_ms);
        }
    }

    /// The names of the servers that are told apart.
    pub fn servers(&self) -> impl Iterator<Item = &str> {
        self.observer.servers.iter().map(|(_, name)| name)
    }

    fn of<'a>(&'a self, ring: &'a Ring, slots: usize, now_ms: i64) -> Window<'a> {
        Window::new(&self.observer, ring.recent(slots, now_ms).map(|(_, stretch)| stretch).collect(), now_ms)
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        let rings = [&self.fine, &self.coarse];
        rings.iter().flat_map(|ring| &ring.stretches).map(|(_, stretch)| stretch.bytes()).sum()
    }
}

impl Recent for Windows {
    fn label(&self, span: Span) -> String {
        label(self.slot_ms, span)
    }

    fn window(&self, span: Span, now_ms: i64) -> Window<'_> {
        let slots = span as usize;
        if slots <= FINE_KEPT { self.of(&self.fine, slots, now_ms) } else { self.of(&self.coarse, COARSE_KEPT, now_ms) }
    }

    fn timeline(&self, now_ms: i64) -> Vec<Window<'_>> {
        let ring = if self.coarse.stretches.len() > 5 { &self.coarse } else { &self.fine };
        let recent = ring.recent(ring.kept, now_ms);
        recent.map(|(number, stretch)| Window::new(&self.observer, vec![stretch], *number * ring.slot_ms)).collect()
    }
}

/// The length of a window whose finest stretch is so long.
pub(super) fn label(slot_ms: i64, span: Span) -> String {
    let seconds = slot_ms * span as i64 / 1000;
    if seconds % 60 == 0 && seconds > 0 { format!("{}m", seconds / 60) } else { format!("{seconds}s") }
}

impl Ring {
    fn add(&mut self, stretch: &Stretch, now_ms: i64) {
        let number = now_ms.div_euclid(self.slot_ms);
        // After the clock was set back the future is past.
        self.stretches.retain(|(held, _)| *held <= number);
        match self.stretches.back_mut() {
            Some((held, last)) if *held == number => last.merge(stretch),
            last => {
                last.into_iter().for_each(|(_, last)| last.shrink());
                self.stretches.push_back((number, stretch.clone()));
            }
        }
        while self.stretches.front().is_some_and(|(held, _)| *held + (self.kept as i64) < number) {
            self.stretches.pop_front();
        }
    }

    /// The last so many whole stretches and the growing one.
    fn recent(&self, slots: usize, now_ms: i64) -> impl Iterator<Item = &(i64, Stretch)> {
        let now = now_ms.div_euclid(self.slot_ms);
        self.stretches.iter().filter(move |(held, _)| *held <= now && *held >= now - slots as i64)
    }
}
