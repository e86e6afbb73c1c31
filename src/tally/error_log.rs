//! What the error log says: timeouts and failures by upstream, failures of clients, what ran out, messages by class.
//! Knows: that these explain requests and never add to them. Does not know: the lines they come from.

use serde::{Deserialize, Serialize};

use super::by_name::{Blank, By};
use super::counts::add_all;
use super::interner::{Ids, Interner};
use super::unclassified::Patterns;
use super::upstream::UNKNOWN;
use crate::record::{ClientFailure, ErrorRecord, Event, Level, Resource, ServerFailure, TimeoutPhase, UpstreamFailure};

/// The counters of all error logs. All but the upstreams' exist from the start.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ErrorLog {
    /// By upstream; `None` for one that no error log and no configuration named.
    pub(super) upstreams: Vec<Option<Box<UpstreamErrors>>>,
    #[serde(with = "By::<ClientFailure>")]
    pub(super) clients: [u64; ClientFailure::ALL.len()],
    #[serde(with = "By::<Resource>")]
    pub(super) exhausted: [u64; Resource::ALL.len()],
    #[serde(with = "By::<ServerFailure>")]
    pub(super) server: [u64; ServerFailure::ALL.len()],
    #[serde(with = "By::<Level>")]
    pub(super) messages: [Messages; Level::ALL.len()],
    pub(super) unclassified: Patterns,
}

/// The entries of one level by class.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Messages(#[serde(with = "By::<Event>")] pub(super) [u64; Event::CLASSES.len()]);

impl Blank for Messages {
    fn is_blank(&self) -> bool {
        *self == Messages::default()
    }
}

/// The counters of one upstream.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct UpstreamErrors {
    #[serde(with = "By::<TimeoutPhase>")]
    pub(super) timeouts: [u64; TimeoutPhase::ALL.len()],
    #[serde(with = "By::<UpstreamFailure>")]
    pub(super) failures: [u64; UpstreamFailure::ALL.len()],
}

impl ErrorLog {
    pub(super) fn add(&mut self, record: &ErrorRecord<'_>, names: &mut Interner) {
        let class = Event::CLASSES.iter().position(|class| *class == record.event.class());
        self.messages[record.level as usize].0[class.expect("CLASSES holds every class")] += 1;
        match record.event {
            Event::UpstreamTimeout(phase) => self.named(record, names).timeouts[phase as usize] += 1,
            Event::UpstreamFailure(kind) => self.named(record, names).failures[kind as usize] += 1,
            Event::ClientFailure(kind) => self.clients[kind as usize] += 1,
            Event::Exhausted(resource) => self.exhausted[resource as usize] += 1,
            Event::ServerFailure(kind) => self.server[kind as usize] += 1,
            Event::Unclassified => self.unclassified.add(record.level, record.text),
            Event::Routine => {}
        }
    }

    /// Adds the counters of another tally, whose upstream `id` is `ids.of(id)` here.
    pub(super) fn merge(&mut self, other: &ErrorLog, ids: &Ids) {
        for (id, theirs) in (0..).zip(&other.upstreams).filter_map(|(id, theirs)| Some((id, theirs.as_ref()?))) {
            let mine = self.get_or_admit(ids.of(id));
            add_all(&mut mine.timeouts, &theirs.timeouts);
            add_all(&mut mine.failures, &theirs.failures);
        }
        add_all(&mut self.clients, &other.clients);
        add_all(&mut self.exhausted, &other.exhausted);
        add_all(&mut self.server, &other.server);
        self.unclassified.merge(&other.unclassified);
        self.messages.iter_mut().zip(&other.messages).for_each(|(mine, theirs)| add_all(&mut mine.0, &theirs.0));
    }

    /// Series of the upstreams' counters.
    pub(super) fn upstream_series(&self) -> usize {
        self.upstreams.iter().flatten().map(|errors| errors.timeouts.len() + errors.failures.len()).sum()
    }

    /// Makes the counters of an upstream exist.
    pub(super) fn get_or_admit(&mut self, upstream: u16) -> &mut UpstreamErrors {
        let at = usize::from(upstream);
        if self.upstreams.len() <= at {
            self.upstreams.resize(at + 1, None);
        }
        self.upstreams[at].get_or_insert_default()
    }

    fn named(&mut self, record: &ErrorRecord<'_>, names: &mut Interner) -> &mut UpstreamErrors {
        let upstream = names.intern(record.upstream.unwrap_or(UNKNOWN));
        self.get_or_admit(upstream)
    }
}
