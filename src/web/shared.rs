//! Does one piece of work for all who ask for it before it begins, one piece at a time.
//! Knows: who waits for what. Does not know: what the work is.
//!
//! Whoever asks while the work is running gets the next one, so nobody is shown what is older than the question.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;

use super::locked;

/// Pieces of work by key; `T` is handed to everybody who waits for it.
pub(super) struct Shared<K, T> {
    /// Work that was asked for and has not begun: at most one for each key.
    waiting: Mutex<Vec<(K, watch::Receiver<Option<T>>)>>,
    turn: Semaphore,
    /// How long nothing is done after work that took so long.
    rest: fn(Duration) -> Duration,
}

impl<K, T> Shared<K, T>
where
    K: Copy + PartialEq + Send + 'static,
    T: Clone + Send + Sync + 'static,
{
    pub(super) fn new(rest: fn(Duration) -> Duration) -> Arc<Shared<K, T>> {
        Arc::new(Shared { waiting: Mutex::default(), turn: Semaphore::new(1), rest })
    }

    /// The result of work that begins after this call, on a thread that may block. `None`: the work panicked.
    ///
    /// A client that leaves stops nothing: the work runs to its end, and only then does the next begin.
    pub(super) async fn ask(self: &Arc<Self>, key: K, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let mut result = self.join(key, work);
        let done = result.wait_for(Option::is_some).await.ok()?;
        done.clone()
    }

    fn join(self: &Arc<Self>, key: K, work: impl FnOnce() -> T + Send + 'static) -> watch::Receiver<Option<T>> {
        let mut waiting = locked(&self.waiting);
        if let Some((_, result)) = waiting.iter().find(|(other, _)| *other == key) {
            return result.clone();
        }
        let (done, result) = watch::channel(None);
        waiting.push((key, result.clone()));
        tokio::spawn(self.clone().run(key, work, done));
        result
    }

    async fn run(self: Arc<Self>, key: K, work: impl FnOnce() -> T + Send + 'static, done: watch::Sender<Option<T>>) {
        let turn = self.turn.acquire().await.expect("the semaphore is never closed");
        locked(&self.waiting).retain(|(other, _)| *other != key);
        let begun = Instant::now();
        if let Ok(result) = tokio::task::spawn_blocking(work).await {
            done.send_replace(Some(result));
        }
        drop(done);
        tokio::time::sleep((self.rest)(begun.elapsed())).await;
        drop(turn);
    }
}
