//! Takes a new configuration while everything runs on. Knows the order: read, check, hand over, say.
//! A bad configuration changes nothing.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tracing::{error, info};

use super::clock::unix_ms;
use super::control::{Control, Offer};
use super::shared::lock;
use crate::config::{Config, Layer, Problem, Settings, settings};
use crate::metrics::Reload;
use crate::tally;

/// How long the reading thread may take to finish its round and switch.
const HANDOVER: Duration = Duration::from_secs(30);

/// Reads the configuration anew, the way it was read at the start.
pub(super) struct Reloader {
    flags: Layer,
    /// What the process was started with.
    started: Settings,
    counting: tally::Options,
    control: Mutex<Sender<Control>>,
    outcome: Mutex<Reload>,
    /// Why the last one failed.
    failure: Mutex<Option<String>>,
}

impl Reloader {
    pub(super) fn new(flags: Layer, config: &Config, control: Sender<Control>) -> Reloader {
        let outcome = Reload { success: true, success_timestamp_seconds: unix_ms() as f64 / 1000.0 };
        let (started, counting) = (config.settings.clone(), config.tally.clone());
        Reloader {
            flags,
            started,
            counting,
            control: Mutex::new(control),
            outcome: Mutex::new(outcome),
            failure: Mutex::default(),
        }
    }

    /// How the last reload went; the start counts as one.
    pub(super) fn outcome(&self) -> Reload {
        *lock(&self.outcome)
    }

    /// Why the last reload failed, if it did.
    pub(super) fn failure(&self) -> Option<String> {
        lock(&self.failure).clone()
    }

    /// Reads everything anew. The new configuration, already taken over by the reading thread; else the sentence of what
    /// is wrong. `prepare` has it as it is about to be handed over.
    pub(super) fn reload(&self, prepare: impl FnOnce(&mut Config)) -> Result<Arc<Config>, String> {
        let read = self.read().inspect_err(|what| self.refused(what));
        read.and_then(|mut config| {
            prepare(&mut config);
            self.adopt(config)
        })
    }

    /// Goes on with this configuration.
    pub(super) fn adopt(&self, config: Config) -> Result<Arc<Config>, String> {
        let config = self.hand_over(Arc::new(config), HANDOVER).inspect_err(|what| self.refused(what))?;
        *lock(&self.outcome) = Reload { success: true, success_timestamp_seconds: unix_ms() as f64 / 1000.0 };
        *lock(&self.failure) = None;
        info!("reloaded");
        Ok(config)
    }

    /// Says that a configuration was not taken up.
    pub(super) fn refused(&self, what: &str) {
        lock(&self.outcome).success = false;
        *lock(&self.failure) = Some(what.to_owned());
        error!("not reloaded, going on with the old configuration: {what}");
    }

    /// The old configuration is in order again.
    pub(super) fn recovered(&self) {
        *lock(&self.failure) = None;
        lock(&self.outcome).success = true;
    }

    fn read(&self) -> Result<Config, String> {
        let config = super::load(&self.flags).map_err(|problems| sentences(&problems))?;
        let mut names = config.settings.needing_restart(&self.started);
        // A reload takes it only as long as it is no new bucket: those cannot be changed while they are counted in.
        if names.is_empty() && !config.tally.has_buckets_of(&self.counting) {
            names.push(settings::ABANDONMENT_LONG_AFTER.name);
        }
        if names.is_empty() { Ok(config) } else { Err(needs_restart(&names)) }
    }

    /// Either the reading thread goes on with this configuration, or it never will.
    fn hand_over(&self, config: Arc<Config>, within: Duration) -> Result<Arc<Config>, String> {
        let (done, taken) = channel();
        let offer = Offer::of(Arc::clone(&config));
        let sent = lock(&self.control).send(Control::Adopt(offer.clone(), done));
        let answer = sent.map_err(|_| RecvTimeoutError::Disconnected).and_then(|()| taken.recv_timeout(within));
        let answer = match answer {
            Err(RecvTimeoutError::Timeout) if offer.take().is_some() => Err(BUSY),
            // It has begun to adopt it.
            Err(RecvTimeoutError::Timeout) => taken.recv().map_err(|_| ENDED),
            answer => answer.map_err(|_| ENDED),
        };
        answer.map(|()| config).map_err(str::to_owned)
    }
}

const BUSY: &str = "the thread that reads the logs did not answer; is a log's disk stuck?";
const ENDED: &str = "the thread that reads the logs has ended; restart hangup";

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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::{Environment, OsFiles, flags, load};

    #[test]
    fn a_configuration_that_is_refused_for_want_of_an_answer_is_never_adopted_later() {
        let flags = flags::parse(["hangup", "--nginx.config="], clap::Command::new("demo")).expect("right").flags;
        let environment = Environment { variables: &BTreeMap::new(), files: &OsFiles, cpus: 1 };
        let config = Arc::new(load(&flags, &environment).expect("a right configuration"));
        let (control, commands) = channel();
        let reloader = Reloader::new(flags, &config, control);
        let refused = reloader.hand_over(Arc::clone(&config), Duration::from_millis(1));
        assert_eq!(refused.expect_err("nobody reads"), BUSY);
        let Ok(Control::Adopt(offer, _)) = commands.recv() else { panic!("it was offered") };
        assert!(offer.take().is_none(), "it was withdrawn");
        drop(commands);
        assert_eq!(reloader.hand_over(config, Duration::from_secs(60)).expect_err("it has ended"), ENDED);
    }
}
