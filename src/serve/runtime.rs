//! The runtime that serves, and whether this process may have the threads that serving takes.
//! Knows: how many those are. Does not know: what they do.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::runtime::{Builder, Runtime};

/// Two of the runtime, its one for blocking work, the log, the reader, the saver, the watcher of directories, the pollers
/// of the host and of the pages.
const THREADS: usize = 9;
/// For ever: where a limit of threads is reached, work waits for a thread that is there already.
const KEEP_ALIVE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Reading and polling have threads of their own, so serving needs little. The libraries that start some panic where
/// they get none, so all are tried before the first of them is needed.
pub fn runtime() -> Result<Runtime> {
    try_threads(THREADS).with_context(|| {
        format!(
            "{THREADS} threads are needed and not to be had; raise TasksMax= of its unit, pids.max of its cgroup or \
             its user's limit of processes (ulimit -u)"
        )
    })?;
    let runtime = Builder::new_multi_thread().worker_threads(2).thread_keep_alive(KEEP_ALIVE).enable_all().build()?;
    runtime.spawn_blocking(|| ());
    Ok(runtime)
}

/// Starts so many threads at once, and ends them.
fn try_threads(count: usize) -> io::Result<()> {
    let door = Arc::new(Mutex::new(()));
    let closed = door.lock().unwrap_or_else(PoisonError::into_inner);
    let started: Vec<_> = (0..count)
        .map(|_| {
            let door = Arc::clone(&door);
            thread::Builder::new().spawn(move || drop(door.lock()))
        })
        .collect();
    drop(closed);
    let mut outcome = Ok(());
    for thread in started {
        match thread {
            Ok(thread) => drop(thread.join()),
            Err(error) => outcome = Err(error),
        }
    }
    outcome
}
