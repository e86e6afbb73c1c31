//! hangup's own log: one line for each change of state, on standard error.

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{LogEncoding, Logging};

/// Sets the process's log up. A second call (the tests of one process) changes nothing.
pub fn init(logging: &Logging) {
    let registry = tracing_subscriber::registry().with(logging.level);
    let _ = match logging.encoding {
        LogEncoding::Json => registry
            .with(tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(std::io::stderr))
            .try_init(),
        LogEncoding::Logfmt => {
            registry.with(tracing_logfmt::builder().with_target(false).layer().with_writer(std::io::stderr)).try_init()
        }
    };
}
