//! Families of the state directory. Knows: how saving is told. Does not know: what is saved.

use super::family::{Family, counter, gauge};

pub(super) const FAMILIES: &[Family] = &[
    gauge(
        "hangup_state_up",
        &[],
        "Whether offsets and counts could be saved the last time, within half a second; absent without --path.state.",
        |scrape, out| {
            if let Some(state) = &scrape.state {
                out.integer(&[], u64::from(state.up));
            }
        },
    ),
    gauge(
        "hangup_state_last_save_timestamp_seconds",
        &[],
        "When offsets and counts were last saved, in Unix seconds.",
        |scrape, out| {
            if let Some(seconds) = scrape.state.as_ref().and_then(|state| state.last_save_timestamp_seconds) {
                out.float(&[], seconds);
            }
        },
    ),
    counter(
        "hangup_state_save_failures_total",
        &[],
        "Saves that failed; the snapshot before is kept, and the next save holds everything.",
        |scrape, out| {
            if let Some(state) = &scrape.state {
                out.integer(&[], state.failures);
            }
        },
    ),
    counter(
        "hangup_state_set_aside_total",
        &[],
        "Snapshots found damaged and set aside, and saved counts that could not be read: counts began anew.",
        |scrape, out| {
            if let Some(state) = &scrape.state {
                out.integer(&[], state.set_aside);
            }
        },
    ),
];
