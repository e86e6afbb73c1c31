//! What systemd is told (sd_notify(3)): ready, reloading, alive, stopping. Without systemd nobody listens, which is no
//! error. Does not know: what any of it is about.

use std::sync::Arc;
use std::time::Duration;

use sd_notify::{NotifyState, notify, watchdog_enabled};

use super::shared::{Shared, lock};
use crate::web::Pages;

/// A start does not fail for want of a source: whoever waits for one page or another for longer is ready all the same.
const READY_WITHIN: Duration = Duration::from_secs(10);
const READY_LOOK_INTERVAL: Duration = Duration::from_millis(100);

/// Tells that hangup is ready, then that it is alive, as often as systemd wants to know.
pub(super) async fn attend(pages: Arc<dyn Pages>, shared: Shared) {
    let first_round = async {
        while !pages.awaited().is_empty() {
            tokio::time::sleep(READY_LOOK_INTERVAL).await;
        }
    };
    // Either way.
    let _ = tokio::time::timeout(READY_WITHIN, first_round).await;
    tell(&[NotifyState::Ready]);
    let Some(within) = watchdog_enabled() else { return };
    loop {
        tokio::time::sleep(within / 2).await;
        let shared = Arc::clone(&shared);
        // Where nothing can be run any more, or the counts are locked for ever, systemd starts hangup anew.
        if tokio::task::spawn_blocking(move || drop(lock(&shared))).await.is_ok() {
            tell(&[NotifyState::Watchdog]);
        }
    }
}

/// Runs a reload, and tells when it begins and when it ends, however it does.
pub(super) fn reloading<T>(reload: impl FnOnce() -> T) -> T {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(_) => tell(&[NotifyState::Reloading]),
    }
    let outcome = reload();
    tell(&[NotifyState::Ready]);
    outcome
}

pub(super) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

fn tell(states: &[NotifyState<'_>]) {
    // Whoever does not listen does not want to know.
    let _ = notify(states);
}
