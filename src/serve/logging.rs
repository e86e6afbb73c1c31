//! hangup's own log: one line for each change of state, on standard error.
//! Knows: that nobody may read it. Does not know: what is logged.

use tracing::level_filters::LevelFilter;
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::reload;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Registry, registry};

use crate::config::{LogEncoding, Logging};

/// Lines that wait for a reader that has stopped reading (a frozen journald, a container's log driver); further ones are
/// dropped, so that a blocked log blocks nothing else.
const LINES_WAITING_MAX: usize = 1000;

/// From which level on is logged; it can be changed at any time.
pub(super) struct LogLevel(reload::Handle<LevelFilter, Registry>);

impl LogLevel {
    pub(super) fn set(&self, level: LevelFilter) {
        // An error means that another log was set up before this one (the tests of one process).
        let _ = self.0.modify(|held| *held = level);
    }
}

/// Sets the process's log up; what waits is written when the guard is dropped. A second call (the tests of one process)
/// changes nothing.
pub(super) fn init(logging: &Logging) -> (WorkerGuard, LogLevel) {
    let builder = NonBlockingBuilder::default().lossy(true).buffered_lines_limit(LINES_WAITING_MAX);
    let (writer, guard) = builder.thread_name("log").finish(std::io::stderr());
    let (level, handle) = reload::Layer::new(logging.level);
    let registry = registry().with(level);
    let _ = match logging.encoding {
        LogEncoding::Json => {
            registry.with(tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(writer)).try_init()
        }
        LogEncoding::Logfmt => {
            registry.with(tracing_logfmt::builder().with_target(false).layer().with_writer(writer)).try_init()
        }
    };
    (guard, LogLevel(handle))
}
