//! `hangup top`: the diagnosis live in a terminal, of a hangup that runs, or straight from the logs where none does.
//! Knows: when to look, what keys do. Does not know: how anything is found out, what is said of it.

mod api;
mod frame;
mod keys;
mod screen;
#[cfg(test)]
mod tests;
mod view;

use std::io::{IsTerminal, Write, stdin, stdout};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::diagnosis::Answer;
use crate::report::{self, Live};
use crate::terminal::Terminal;
use api::Api;
pub use api::BadAddress;
use frame::{Frame, painted};
use keys::{Key, keys_of};
use screen::Screen;
use view::{Step, View};

/// What to show.
pub struct Options {
    /// Where a hangup may run. `None`: none is asked, since logs were named.
    pub address: Option<String>,
    /// Somebody named the address, so it has to answer.
    pub named: bool,
    /// Finds the logs that are read where no hangup answers.
    pub logs: Box<dyn FnOnce() -> Result<Logs>>,
    /// This host's name.
    pub host: String,
    /// One frame, without keys.
    pub once: bool,
    pub terminal: Terminal,
}

/// Logs, and how they are read.
pub struct Logs {
    pub options: report::Options,
    /// The last abandoned requests are shown.
    pub abandoned: bool,
}

/// Where there is no terminal.
const COLUMNS: usize = 80;
const ROWS: usize = 24;
/// The time between two looks. The diagnosis itself looks every five seconds.
const EVERY: Duration = Duration::from_secs(2);

/// Shows frames until `q`, or one.
pub async fn run(mut options: Options) -> Result<()> {
    let interactive = stdin().is_terminal() && stdout().is_terminal();
    if !(options.once || interactive) {
        bail!("standard input or output is no terminal; `hangup top --once` prints one frame");
    }
    let mut source = Source::find(&mut options).await?;
    let answer = source.look().await?;
    if options.once {
        return once(&options, &answer, &source.name);
    }
    live(&options, source, answer).await
}

fn once(options: &Options, answer: &Answer, from: &str) -> Result<()> {
    let columns = options.terminal.columns.unwrap_or(COLUMNS);
    let frame = Frame { answer, view: None, from, failure: None };
    let mut out = stdout().lock();
    for line in frame.lines(columns).lines {
        writeln!(out, "{}", painted(&line, options.terminal.colours))?;
    }
    Ok(out.flush()?)
}

async fn live(options: &Options, mut source: Source, mut answer: Answer) -> Result<()> {
    let mut screen = Screen::enter()?;
    let (mut pressed, mut view, mut failure) = (pressed_keys()?, View::default(), None::<String>);
    let (mut resized, mut ended) = (signal(SignalKind::window_change())?, signal(SignalKind::terminate())?);
    let mut looks = tokio::time::interval_at(tokio::time::Instant::now() + EVERY, EVERY);
    looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let (columns, rows) = screen.size().unwrap_or((COLUMNS, ROWS));
        let frame = Frame { answer: &answer, view: Some(&view), from: &source.name, failure: failure.as_deref() };
        screen.draw(&frame.shown(columns, rows), options.terminal.colours)?;
        tokio::select! {
            key = pressed.recv() => match key {
                Some(key) => if view.press(key, &answer, rows) == Step::Quit { return Ok(()) },
                None => return Ok(()),
            },
            _ = looks.tick() => match source.look().await {
                Ok(now) => (answer, failure) = (now, None),
                // It may come back; what was seen last stands until then.
                Err(error) => failure = Some(format!("{error:#}")),
            },
            _ = resized.recv() => {}
            _ = ended.recv() => return Ok(()),
        }
    }
}

/// Read by a thread of its own, which ends with the process.
fn pressed_keys() -> Result<UnboundedReceiver<Key>> {
    let (sender, pressed) = unbounded_channel();
    let read = move || {
        let mut bytes = [0; 64];
        while let Ok(count @ 1..) = std::io::Read::read(&mut stdin(), &mut bytes) {
            if keys_of(&bytes[..count]).into_iter().any(|key| sender.send(key).is_err()) {
                return;
            }
        }
    };
    std::thread::Builder::new().name("keys".to_owned()).spawn(read)?;
    Ok(pressed)
}

/// Where answers come from.
struct Source {
    /// As a person calls it.
    name: String,
    kind: Kind,
}

enum Kind {
    Running(Api),
    Logs { live: Box<Live>, host: String, abandoned: bool, began: SystemTime },
}

impl Source {
    async fn find(options: &mut Options) -> Result<Source> {
        let Some(address) = &options.address else { return Source::logs(options).context("cannot read the logs") };
        let api = Api::new(address)?;
        match api.ask().await {
            Ok(_) => Ok(Source { name: api.to_string(), kind: Kind::Running(api) }),
            // Something answers there that is no hangup, or none that this one understands: say so.
            Err(error) if options.named || !error.is_silence() => Err(error.into()),
            Err(_) => Source::logs(options)
                .with_context(|| format!("no hangup answers at {api}, and the logs cannot be read instead")),
        }
    }

    fn logs(options: &mut Options) -> Result<Source> {
        let find = std::mem::replace(&mut options.logs, Box::new(|| bail!("they are found once")));
        let Logs { options: logs, abandoned } = find()?;
        let count = logs.files.len() + logs.error_logs.len();
        if count == 0 {
            bail!("there are none; name them as in `hangup top /var/log/nginx/access.log`");
        }
        let live = Box::new(Live::open(logs)?);
        let (host, began) = (options.host.clone(), SystemTime::now());
        let name = format!("{count} {}; no hangup is asked", if count == 1 { "log" } else { "logs" });
        Ok(Source { name, kind: Kind::Logs { live, host, abandoned, began } })
    }

    async fn look(&mut self) -> Result<Answer> {
        match &mut self.kind {
            Kind::Running(api) => Ok(api.ask().await?),
            Kind::Logs { live, host, abandoned, began } => {
                let answer = live.look(unix_ms(), *abandoned)?;
                let uptime_seconds = began.elapsed().unwrap_or_default().as_secs_f64();
                Ok(Answer { host: host.clone(), uptime_seconds, ..answer })
            }
        }
    }
}

fn unix_ms() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
