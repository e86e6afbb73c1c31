//! Takes a new configuration while everything runs on. Knows the order: read, check, hand over, say.
//! A bad configuration changes nothing.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tracing::{error, info};

use super::clock::unix_ms;
use super::control::Control;
use crate::config::{Config, Layer, Problem, Settings};
use crate::metrics::Reload;

/// How long the reading thread may take to finish its round and switch.
const HANDOVER: Duration = Duration::from_secs(30);

/// Reads the configuration anew, the way it was read at the start.
pub(super) struct Reloader {
    flags: Layer,
    /// What the process was started with.
    started: Settings,
    control: Mutex<Sender<Control>>,
    outcome: Mutex<Reload>,
}

impl Reloader {
    pub(super) fn new(flags: Layer, config: &Config, control: Sender<Control>) -> Reloader {
        let outcome = Reload { success: true, success_timestamp_seconds: unix_ms() as f64 / 1000.0 };
        let started = config.settings.clone();
        Reloader { flags, started, control: Mutex::new(control), outcome: Mutex::new(outcome) }
    }

    /// How the last reload went; the start counts as one.
    pub(super) fn outcome(&self) -> Reload {
        *self.outcome.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The new configuration, already taken over by the reading thread; else the sentence of what is wrong.
    pub(super) fn reload(&self) -> Result<Arc<Config>, String> {
        let result = self.read().and_then(|config| self.hand_over(Arc::new(config)));
        let mut outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        outcome.success = result.is_ok();
        match &result {
            Ok(_) => {
                outcome.success_timestamp_seconds = unix_ms() as f64 / 1000.0;
                info!("reloaded");
            }
            Err(what) => error!("not reloaded, going on with the old configuration: {what}"),
        }
        result
    }

    fn read(&self) -> Result<Config, String> {
        let config = super::load(&self.flags).map_err(|problems| sentences(&problems))?;
        match config.settings.needing_restart(&self.started).as_slice() {
            [] => Ok(config),
            names => Err(needs_restart(names)),
        }
    }

    fn hand_over(&self, config: Arc<Config>) -> Result<Arc<Config>, String> {
        let (done, taken) = channel();
        let control = self.control.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = control.send(Control::Adopt(Arc::clone(&config), done));
        sent.map_err(|_| "the thread that reads the logs has ended; restart hangup".to_owned())?;
        let answer = taken.recv_timeout(HANDOVER);
        answer.map_err(|_| "the thread that reads the logs did not answer".to_owned())?.map(|()| config)
    }
}

fn needs_restart(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!(
        "a new value of {} takes effect only after a restart; restart hangup, or undo that change",
        names.join(", ")
    )
}

fn sentences(problems: &[Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
