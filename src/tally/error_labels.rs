//! The label values of the error-log families, in the order in which they are counted.
//! Does not know: which words of nginx lead to which.

use crate::nginx::error::{ClientFailure, Event, Resource, TimeoutPhase, UpstreamFailure};

/// The labels of all variants, at compile time.
macro_rules! labels {
    ($name:ident) => {{
        let mut labels = [""; $name::ALL.len()];
        let mut at = 0;
        while at < labels.len() {
            labels[at] = $name::ALL[at].as_str();
            at += 1;
        }
        labels
    }};
}

pub(super) const TIMEOUT_PHASES: [&str; TimeoutPhase::ALL.len()] = labels!(TimeoutPhase);
pub(super) const UPSTREAM_FAILURES: [&str; UpstreamFailure::ALL.len()] = labels!(UpstreamFailure);
pub(super) const CLIENT_FAILURES: [&str; ClientFailure::ALL.len()] = labels!(ClientFailure);
pub(super) const RESOURCES: [&str; Resource::ALL.len()] = labels!(Resource);
pub(super) const CLASSES: [&str; Event::CLASSES.len()] = Event::CLASSES;

/// The place of an event's class in [`CLASSES`].
pub(super) fn class(event: Event) -> usize {
    let class = event.class();
    CLASSES.iter().position(|known| *known == class).unwrap_or(CLASSES.len() - 1)
}
