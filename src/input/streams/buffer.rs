//! Bytes on their way from the thread that receives to the one that reads. Bounded: whoever receives waits for room.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Some seconds of a busy server's lines.
const BYTES_MAX: usize = 8 << 20;
/// From here on the reader is woken.
const BYTES_MANY: usize = BYTES_MAX / 8;
/// How long a thread waits before it looks whether it is still wanted.
pub(super) const PATIENCE: Duration = Duration::from_millis(250);

/// Shared by the two.
#[derive(Default)]
pub(super) struct Buffer {
    received: Mutex<Received>,
    room: Condvar,
    is_unwanted: AtomicBool,
    /// Datagrams that the kernel dropped.
    lost: AtomicU64,
    errors: AtomicU64,
}

#[derive(Default)]
pub(super) struct Received {
    pub bytes: Vec<u8>,
    /// What stands in the way of receiving, as a sentence that says what to do.
    pub trouble: Option<String>,
    /// Nothing will come any more.
    pub has_ended: bool,
}

impl Buffer {
    pub(super) fn lock(&self) -> MutexGuard<'_, Received> {
        // A half-written line is the worst that a panic can leave.
        self.received.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds what was received, and says whether the reader should be woken for it.
    pub(super) fn push(&self, parts: [&[u8]; 2]) -> bool {
        let mut received = self.lock();
        while received.bytes.len() >= BYTES_MAX && self.is_wanted() {
            received = self.room.wait_timeout(received, PATIENCE).unwrap_or_else(PoisonError::into_inner).0;
        }
        let before = received.bytes.len();
        parts.iter().for_each(|part| received.bytes.extend_from_slice(part));
        before < BYTES_MANY && received.bytes.len() >= BYTES_MANY
    }

    /// Moves all that was received behind `to`.
    pub(super) fn take(&self, to: &mut Vec<u8>) {
        let mut received = self.lock();
        if to.is_empty() {
            std::mem::swap(to, &mut received.bytes);
        } else {
            to.append(&mut received.bytes);
        }
        drop(received);
        self.room.notify_one();
    }

    pub(super) fn set_trouble(&self, trouble: Option<String>) {
        let mut received = self.lock();
        self.errors.fetch_add(u64::from(trouble.is_some() && received.trouble != trouble), Ordering::Relaxed);
        received.trouble = trouble;
    }

    pub(super) fn end(&self) {
        self.lock().has_ended = true;
    }

    pub(super) fn add_lost(&self, lost: u64) {
        self.lost.fetch_add(lost, Ordering::Relaxed);
    }

    pub(super) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    pub(super) fn errors(&self) -> u64 {
        self.errors.load(Ordering::Relaxed)
    }

    /// Whether somebody still reads.
    pub(super) fn is_wanted(&self) -> bool {
        !self.is_unwanted.load(Ordering::Relaxed)
    }

    pub(super) fn dismiss(&self) {
        self.is_unwanted.store(true, Ordering::Relaxed);
    }
}
