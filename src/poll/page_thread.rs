//! The thread in which all status pages are asked, so that what they cost can be told from what the rest costs.
//! Knows: its runtime. Does not know: pages.

use std::io;
use std::thread;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// Lookups of names that hang, whatever is reloaded meanwhile; and one that reads certificates.
const BLOCKING_THREADS_MAX: usize = 8;

/// Dropping it ends the thread. A lookup that hangs is left to itself.
pub(super) struct PageThread {
    pub handle: Handle,
    _stop: Option<oneshot::Sender<()>>,
}

impl PageThread {
    /// Where no thread is to be had, the runtime around it does, which has to be there.
    pub(super) fn start() -> PageThread {
        Self::try_start().unwrap_or_else(|_| PageThread { handle: Handle::current(), _stop: None })
    }

    fn try_start() -> io::Result<PageThread> {
        let runtime = Builder::new_current_thread().enable_all().max_blocking_threads(BLOCKING_THREADS_MAX).build()?;
        let (handle, (stop, stopped)) = (runtime.handle().clone(), oneshot::channel::<()>());
        thread::Builder::new().name("pages".to_owned()).spawn(move || {
            // An error is what dropping the sender gives.
            let _ = runtime.block_on(stopped);
            runtime.shutdown_background();
        })?;
        Ok(PageThread { handle, _stop: Some(stop) })
    }
}
