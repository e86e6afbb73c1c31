//! What the reading thread can be told, and how to tell it. Knows: the channel. Does not know: what the thread does.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::shared::lock;
use crate::config::Config;
use crate::input::WatchEvent;

/// How long whoever asks waits for a view that holds what was written until now and is saved: far more than both take,
/// and nothing to a scraper. After that, the view that was shown last is shown again.
pub(super) const VIEW_DEADLINE: Duration = Duration::from_millis(500);

/// Has one round of what was written until now counted, saved and shown.
///
/// A reader or a disk that hangs is not waited for beyond [`VIEW_DEADLINE`].
pub(super) fn refresh(control: &Sender<Control>) {
    let (done, shown) = channel();
    if control.send(Control::Show(done)).is_ok() {
        // Nothing is ever sent: the sender is dropped when the view is shown, or time is up.
        let _ = shown.recv_timeout(VIEW_DEADLINE);
    }
}

/// What the thread can be told.
pub(super) enum Control {
    /// Something happened in a log directory.
    Wake,
    /// Events were lost: look at everything.
    Rescan,
    /// Somebody is about to look at the counts: read what is there, save and show it, then drop this.
    Show(Sender<()>),
    /// Go on with this configuration, and say so when it is done.
    Adopt(Offer, Sender<()>),
    Stop,
}

/// A configuration that is adopted once or not at all: only one takes it, the reader, or whoever has waited too long for
/// the reader and withdraws it.
#[derive(Clone)]
pub(super) struct Offer(Arc<Mutex<Option<Arc<Config>>>>);

impl Offer {
    pub(super) fn of(config: Arc<Config>) -> Offer {
        Offer(Arc::new(Mutex::new(Some(config))))
    }

    pub(super) fn take(&self) -> Option<Arc<Config>> {
        lock(&self.0).take()
    }
}

/// What the reader is told when something happens in a log directory. One wake at most is on its way.
pub(super) fn on_event(
    control: Sender<Control>,
    woken: Arc<AtomicBool>,
) -> impl Fn(WatchEvent) + Send + Sync + 'static {
    move |event| {
        let command = match event {
            WatchEvent::Change if woken.swap(true, Ordering::Relaxed) => return,
            WatchEvent::Change => Control::Wake,
            WatchEvent::Rescan => Control::Rescan,
        };
        // An error means that the reader has ended.
        let _ = control.send(command);
    }
}
