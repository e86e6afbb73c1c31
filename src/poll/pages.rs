//! Asks the stub_status pages, each in a task of the runtime. Knows: intervals. Does not know: HTTP, what is counted.

use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::sleep;

use super::attempt::{Slot, contained};
use super::error::{PollError, Reason};
use super::latest::Latest;
use super::options::Options;
use super::readings::StubReading;
use super::stub_status::{Address, Page};
use crate::dialect::nginx::stub_status::StubStatus;

/// Takes each sample of a status page, with the page's address: for counts that outlive nginx, which [`Readings`](super::Readings) do not.
pub type OnConnections = Arc<dyn Fn(&str, StubStatus) + Send + Sync>;

/// The name of a page's source: its address only where there are several, so that the usual one keeps a plain name.
pub(super) fn name(address: &Address, options: &Options) -> String {
    if options.stub_status.len() == 1 { "stub_status".to_owned() } else { format!("stub_status {address}") }
}

/// Starts a task for each page.
pub(super) fn start(tasks: &mut JoinSet<()>, latest: &Latest, options: &Options, on_connections: &OnConnections) {
    for (index, address) in options.stub_status.iter().enumerate() {
        let reading = StubReading { address: address.to_string(), ..StubReading::default() };
        latest.update(|readings| readings.stub_status.push(reading));
        let poller = Poller {
            slot: Slot::new(latest, &name(address, options)),
            index,
            page: None,
            address: address.clone(),
            timeout: options.stub_status_timeout,
            on_connections: Arc::clone(on_connections),
        };
        tasks.spawn(poller.run(options.stub_status_interval));
    }
}

struct Poller {
    slot: Slot,
    index: usize,
    address: Address,
    timeout: Duration,
    /// `None` until it could be made.
    page: Option<Page>,
    on_connections: OnConnections,
}

impl Poller {
    /// The pause begins when an attempt has ended: it is others that an attempt waits for.
    async fn run(mut self, interval: Duration) {
        loop {
            let began = self.slot.begin();
            let result = contained_future(self.ask()).await;
            let index = self.index;
            self.slot.end(began, result, |readings, status| {
                let reading = &mut readings.stub_status[index];
                (reading.polled_once, reading.status) = (true, status);
            });
            sleep(interval).await;
        }
    }

    async fn ask(&mut self) -> Result<StubStatus, PollError> {
        let page = match &mut self.page {
            Some(page) => page,
            none => none.insert(open(self.address.clone(), self.timeout).await?),
        };
        let status = page.ask().await?;
        // Before it is shown, so that whoever sees the sample sees what is counted from it.
        (self.on_connections)(&self.address.to_string(), status);
        Ok(status)
    }
}

/// Reads the certificates of this host's authorities, so it may block.
async fn open(address: Address, timeout: Duration) -> Result<Page, PollError> {
    let opened = spawn_blocking(move || Page::new(address, timeout)).await;
    opened.unwrap_or_else(|error| Err(PollError::new(Reason::Panicked, error.to_string())))
}

/// A panic is an error like any other.
async fn contained_future<T>(future: impl Future<Output = Result<T, PollError>>) -> Result<T, PollError> {
    let mut future = pin!(future);
    std::future::poll_fn(|context| match contained(|| future.as_mut().poll(context)) {
        Ok(polled) => polled,
        Err(panicked) => Poll::Ready(Err(panicked)),
    })
    .await
}
