//! One attempt of one source: when it began, what it gave, and one message when the source goes down or comes back.
//! Knows: states, panics. Does not know: what is asked, or when.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use super::error::{PollError, Reason};
use super::latest::Latest;
use super::readings::{Readings, SourceStatus};

/// A source's place in [`Latest`].
#[derive(Debug, Clone)]
pub(super) struct Slot {
    latest: Latest,
    source: u64,
}

impl Slot {
    pub(super) fn new(latest: &Latest, source: &str) -> Self {
        Self { latest: latest.clone(), source: latest.add_source(source) }
    }

    pub(super) fn begin(&self) -> Instant {
        self.latest.asking(self.source);
        Instant::now()
    }

    pub(super) fn rename(&self, name: &str) {
        self.latest.rename_source(self.source, name);
    }

    pub(super) fn remove(&self) {
        self.latest.remove_source(self.source);
    }

    /// Ends the attempt that began then. `store` is handed `None` when it failed.
    pub(super) fn end<T>(
        &self,
        began: Instant,
        result: Result<T, PollError>,
        store: impl FnOnce(&mut Readings, Option<T>),
    ) {
        let (sample, error) = match result {
            Ok(sample) => (Some(sample), None),
            Err(error) => (None, Some(error)),
        };
        let store = |readings: &mut Readings| store(readings, sample);
        let before = self.latest.answered(self.source, began.elapsed(), error.as_ref(), store);
        before.inspect(|before| report_change(before, error.as_ref()));
    }
}

/// A panic is an error like any other. What a source keeps between attempts stays usable after one: each attempt
/// overwrites it, or only adds to it.
pub(super) fn contained<T>(ask: impl FnOnce() -> T) -> Result<T, PollError> {
    catch_unwind(AssertUnwindSafe(ask)).map_err(|panic| of_panic(panic.as_ref()))
}

fn of_panic(panic: &(dyn Any + Send)) -> PollError {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let text = text.unwrap_or("no message");
    PollError::new(Reason::Panicked, format!("hangup itself failed here, please report it: {text}"))
}

/// Changes only; a source that stays down stays silent.
fn report_change(before: &SourceStatus, error: Option<&PollError>) {
    let source = &before.source;
    match error {
        None if before.polled_once && !before.up => tracing::info!(%source, "source is up again"),
        None => (),
        Some(error) if before.error.as_deref() == Some(&error.sentence) => (),
        Some(error) if error.is_absent() => tracing::info!(%source, reason = %error, "source is not available"),
        Some(error) if before.up || !before.polled_once || !before.available => {
            tracing::warn!(%source, reason = %error, "source is down");
        }
        Some(_) => (),
    }
}
