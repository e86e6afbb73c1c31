//! What a source of the host is: its name, how it is asked, what it stores, how often. Each is one file of `sources`.
//! Knows: how one is asked once. Does not know: any single source, or when it is due.

use std::time::Duration;

use super::attempt::{Slot, contained};
use super::error::PollError;
use super::options::Options;
use super::readings::Readings;

/// Something that is asked again and again, and that may block the thread it is asked in.
pub(super) trait Source: Send + Sized + 'static {
    /// As metrics and `hangup check` show it.
    const NAME: &'static str;
    type Sample;

    fn new(options: &Options) -> Self;

    /// The pause between two attempts, longer where one takes more than 1 % of a core.
    fn interval(options: &Options) -> Duration {
        options.host_interval
    }

    /// Whether other options make it another thing that is asked.
    fn differs(old: &Options, new: &Options) -> bool {
        old.proc_root != new.proc_root || old.network_of != new.network_of
    }

    /// Goes on under other options. `true`: what it gave until now does not hold under them.
    fn reconfigure(&mut self, old: &Options, new: &Options) -> bool {
        let differs = Self::differs(old, new);
        if differs {
            *self = Self::new(new);
        }
        differs
    }

    fn ask(&mut self) -> Result<Self::Sample, PollError>;

    /// `None` when an attempt failed.
    fn store(readings: &mut Readings, sample: Option<Self::Sample>);

    /// What it gave, for a person.
    fn describe(&self, sample: &Self::Sample) -> String;
}

/// Any [`Source`], whatever its samples are.
pub(super) trait Ask: Send {
    /// Asks once and stores what came.
    fn attempt(&mut self, slot: &Slot);
    /// Asks once and says what came.
    fn probe(&mut self) -> Result<String, PollError>;
    fn interval(&self, options: &Options) -> Duration;
    /// See [`Source::reconfigure`].
    fn reconfigure(&mut self, old: &Options, new: &Options) -> bool;
}

impl<S: Source> Ask for S {
    fn attempt(&mut self, slot: &Slot) {
        let began = slot.begin();
        let result = contained(|| self.ask()).flatten();
        slot.end(began, result, S::store);
    }

    fn probe(&mut self) -> Result<String, PollError> {
        self.ask().map(|sample| self.describe(&sample))
    }

    fn interval(&self, options: &Options) -> Duration {
        S::interval(options)
    }

    fn reconfigure(&mut self, old: &Options, new: &Options) -> bool {
        Source::reconfigure(self, old, new)
    }
}

/// A row of the table of sources.
pub(super) struct Row {
    pub name: &'static str,
    pub open: fn(&Options) -> Box<dyn Ask>,
}

pub(super) const fn row<S: Source>() -> Row {
    Row { name: S::NAME, open: |options| Box::new(S::new(options)) }
}
