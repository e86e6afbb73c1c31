//! Asks the stub_status pages, each in a task of their thread. Knows: intervals, which pages there are. Does not know: HTTP, what is counted.

use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet, spawn_blocking};

use super::attempt::{Slot, contained};
use super::cpu_time::{self, CPU_BUDGET};
use super::error::{PollError, Reason};
use super::latest::Latest;
use super::options::Options;
use super::page_thread::PageThread;
use super::readings::StubReading;
use super::stub_status::{Address, Page};
use crate::dialect::nginx::stub_status::StubStatus;

/// Takes each sample of a status page, with the page's address: for counts that outlive nginx, which [`Readings`](super::Readings) do not.
pub type OnConnections = Arc<dyn Fn(&str, StubStatus) + Send + Sync>;

/// The name of a page's source: its address only where there are several, so that the usual one keeps a plain name.
pub(super) fn name(address: &Address, options: &Options) -> String {
    if options.stub_status.len() == 1 { "stub_status".to_owned() } else { format!("stub_status {address}") }
}

/// How often a page is asked, and how long that may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pace {
    interval: Duration,
    timeout: Duration,
}

/// The pages that are asked.
pub(super) struct Pages {
    latest: Latest,
    on_connections: OnConnections,
    asked: Vec<Asked>,
    /// `None` until there is a page.
    thread: Option<PageThread>,
}

struct Asked {
    address: Address,
    slot: Slot,
    pace: watch::Sender<Pace>,
    task: AbortHandle,
}

impl Pages {
    pub(super) fn new(latest: &Latest, on_connections: &OnConnections) -> Self {
        Self { latest: latest.clone(), on_connections: Arc::clone(on_connections), asked: Vec::new(), thread: None }
    }

    /// Ends the tasks of pages that are gone, and starts one for each new page. The others go on.
    pub(super) fn reconfigure(&mut self, tasks: &mut JoinSet<()>, options: &Options) {
        let pages = &options.stub_status;
        self.asked.extract_if(.., |asked| !pages.contains(&asked.address)).for_each(|asked| asked.end(&self.latest));
        // Those that ended are held until somebody asks for them.
        while tasks.try_join_next().is_some() {}
        let pace = Pace { interval: options.stub_status_interval, timeout: options.stub_status_timeout };
        for address in pages {
            match self.asked.iter().find(|asked| asked.address == *address) {
                Some(asked) => asked.go_on(&name(address, options), pace),
                None => self.start(tasks, address, &name(address, options), pace),
            }
        }
        let shown: Vec<String> = pages.iter().map(Address::to_string).collect();
        let place = |reading: &StubReading| shown.iter().position(|shown| *shown == reading.address);
        self.latest.update(|readings| readings.stub_status.sort_by_key(place));
    }

    fn start(&mut self, tasks: &mut JoinSet<()>, address: &Address, name: &str, pace: Pace) {
        let reading = StubReading { address: address.to_string(), ..StubReading::default() };
        self.latest.update(|readings| readings.stub_status.push(reading));
        let (slot, (told, pace)) = (Slot::new(&self.latest, name), watch::channel(pace));
        let on_connections = Arc::clone(&self.on_connections);
        let poller = Poller { slot: slot.clone(), address: address.clone(), page: None, pace, on_connections };
        let thread = self.thread.get_or_insert_with(PageThread::start);
        let task = tasks.spawn_on(poller.run(), &thread.handle);
        self.asked.push(Asked { address: address.clone(), slot, pace: told, task });
    }
}

impl Asked {
    fn go_on(&self, name: &str, pace: Pace) {
        self.slot.rename(name);
        self.pace.send_if_modified(|held| std::mem::replace(held, pace) != pace);
    }

    fn end(&self, latest: &Latest) {
        self.task.abort();
        self.slot.remove();
        let shown = self.address.to_string();
        latest.update(|readings| readings.stub_status.retain(|reading| reading.address != shown));
    }
}

struct Poller {
    slot: Slot,
    address: Address,
    /// `None` until it could be made.
    page: Option<Page>,
    pace: watch::Receiver<Pace>,
    on_connections: OnConnections,
}

impl Poller {
    /// The pause begins when an attempt has ended: it is others that an attempt waits for. It is longer where the attempt
    /// cost more than its share of a core, as with a page that sends without end.
    async fn run(mut self) {
        let shown = self.address.to_string();
        loop {
            let Pace { interval, timeout } = *self.pace.borrow_and_update();
            let (began, before) = (self.slot.begin(), cpu_time::of_this_thread());
            let result = contained_future(self.ask(timeout)).await;
            self.slot.end(began, result, |readings, status| {
                let reading = readings.stub_status.iter_mut().find(|reading| reading.address == shown);
                reading.into_iter().for_each(|reading| (reading.polled_once, reading.status) = (true, status));
            });
            let cost = cpu_time::of_this_thread().saturating_sub(before);
            let pause = interval.max(cost * CPU_BUDGET);
            // Another pace is taken at once, with the timeout in it.
            if let Ok(Ok(())) = tokio::time::timeout(pause, self.pace.changed()).await {
                self.page = None;
            }
        }
    }

    async fn ask(&mut self, timeout: Duration) -> Result<StubStatus, PollError> {
        let page = match &mut self.page {
            Some(page) => page,
            none => none.insert(open(self.address.clone(), timeout).await?),
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
