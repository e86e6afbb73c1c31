//! The thread that reads logs, as others hold it: started, told something, ended.
//! Knows: the thread. Does not know: what it does.

mod reader;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use tokio::sync::oneshot;

use self::reader::Reader;
use super::control::Control;
use super::shared::{Shared, SharedShown};
use super::snapshot_writer::OpenState;
use crate::config::Config;
use crate::input::Positions;
use crate::tally::Tally;

/// How long the end of the process waits for the reading thread: more than a round and the last save take.
const LAST_ROUND: Duration = Duration::from_millis(1900);

/// The running thread.
pub(super) struct Follow {
    control: Sender<Control>,
    /// Resolves when the thread has ended, however; `None` once somebody waits for it.
    failed: Option<oneshot::Receiver<()>>,
    /// Disconnected when the thread has ended; says whether it ended as it was told to.
    ended: Receiver<()>,
    pub shared: Shared,
    pub shown: SharedShown,
}

/// What an earlier run saved, ready to go on from.
pub(super) struct Resumed {
    pub positions: Positions,
    pub tally: Tally,
}

impl Follow {
    /// Goes on from what was saved, if anything was; it is shown at once.
    pub(super) fn start(config: &Config, saved: Option<Resumed>, state: Option<OpenState>) -> Result<Follow> {
        let (control, commands) = channel();
        let reader = Reader::new(config, saved, state, commands, control.clone())?;
        let (shared, shown) = (Arc::clone(&reader.shared), Arc::clone(&reader.shown));
        let (alive, failed) = oneshot::channel::<()>();
        let (orderly, ended) = channel();
        let thread = std::thread::Builder::new().name("follow".to_owned()).spawn(move || {
            let _alive = alive;
            reader.run();
            // Nobody listens any more only when the process ended without waiting.
            let _ = orderly.send(());
        });
        thread.context("no thread can be started to read the logs")?;
        Ok(Follow { control, failed: Some(failed), ended, shared, shown })
    }

    /// Resolves when the thread ends by itself, which only a panic makes it do: nothing is counted from then on, and
    /// a service manager should start hangup anew from its last snapshot.
    pub(super) fn failed(&mut self) -> impl Future<Output = ()> + use<> {
        let failed = self.failed.take();
        async move {
            match failed {
                Some(failed) => drop(failed.await),
                None => std::future::pending().await,
            }
        }
    }

    pub(super) fn control(&self) -> Sender<Control> {
        self.control.clone()
    }

    /// Saves what is counted and ends. What is not read yet is read by the next run, from where this one stopped.
    pub(super) fn stop(self) -> Result<()> {
        // An error means that the thread has ended already.
        let _ = self.control.send(Control::Stop);
        match self.ended.recv_timeout(LAST_ROUND) {
            Ok(()) => Ok(()),
            Err(RecvTimeoutError::Disconnected) => {
                Err(anyhow!("the thread that reads or saves panicked; this is a bug in hangup"))
            }
            Err(RecvTimeoutError::Timeout) => Err(anyhow!("a log's disk does not answer; left without the last save")),
        }
    }
}

#[cfg(test)]
mod tests;
