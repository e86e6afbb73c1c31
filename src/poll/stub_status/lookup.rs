//! Resolves the name of a page's host. Knows: the system's resolver. Does not know: what the addresses are for.

use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// One question at a time. The system's resolver cannot be interrupted: while it hangs, another attempt waits for it (no
/// longer than for anything else) rather than take one more of the threads that also render the metrics.
#[derive(Clone)]
pub(super) struct OneLookup(pub(super) Arc<Semaphore>);

impl OneLookup {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }

    /// Whether the system's resolver has not answered yet.
    pub(super) fn is_pending(&self) -> bool {
        self.0.available_permits() == 0
    }
}

impl Resolve for OneLookup {
    fn resolve(&self, name: Name) -> Resolving {
        let turns = Arc::clone(&self.0);
        Box::pin(async move {
            let turn = turns.acquire_owned().await?;
            let found = spawn_blocking(move || {
                let _turn = turn;
                // The port is put in by whoever asked.
                (name.as_str(), 0).to_socket_addrs().map(Iterator::collect::<Vec<SocketAddr>>)
            });
            Ok(Box::new(found.await??.into_iter()) as Addrs)
        })
    }
}
