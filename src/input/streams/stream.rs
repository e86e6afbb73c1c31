//! One stream: the thread that receives it, and what of it is still to be cut into lines.

use std::sync::Arc;
use std::thread;

use super::address::Address;
use super::buffer::Buffer;
use super::{OnPressure, bytes, datagrams};
use crate::input::lines::{Line, Lines};
use crate::input::parts::{Inside, Joined, split_joined};
use crate::input::status::{LogStatus, Rotation};
use crate::input::tail::LogCounts;
use crate::input::wake::Round;

/// Dropping it ends the thread, within its patience.
pub(in crate::input) struct Stream {
    address: Address,
    buffer: Arc<Buffer>,
    /// Received, and consumed up to `start`.
    bytes: Vec<u8>,
    start: usize,
    inside: Inside,
    joined: Joined,
    /// What was counted before this process began to receive.
    before: LogCounts,
    bytes_read: u64,
}

impl Stream {
    pub(in crate::input) fn start(address: Address, before: LogCounts, on_pressure: &OnPressure) -> Self {
        let buffer = Arc::new(Buffer::default());
        let (shared, of, on_pressure) = (Arc::clone(&buffer), address.clone(), Arc::clone(on_pressure));
        let receive = move || match &of {
            Address::StandardInput => bytes::receive_standard_input(&shared, &on_pressure),
            Address::Fifo(path) => bytes::receive_fifo(path, &shared, &on_pressure),
            Address::Udp(_) | Address::UnixDatagrams(_) => datagrams::receive(&of, &shared, &on_pressure),
        };
        if let Err(error) = thread::Builder::new().name("receive".to_owned()).spawn(receive) {
            buffer.set_trouble(Some(format!("no thread can be started to receive it: {error}")));
        }
        let (inside, joined) = (Inside::default(), Joined::default());
        Self { address, buffer, bytes: Vec::new(), start: 0, inside, joined, before, bytes_read: 0 }
    }

    pub(in crate::input) fn address(&self) -> &Address {
        &self.address
    }

    /// Hands out about `budget_bytes` of lines.
    pub(in crate::input) fn round(
        &mut self,
        source: usize,
        budget_bytes: usize,
        line_bytes_max: usize,
        round: &mut Round,
        lines: &mut impl Lines,
    ) {
        self.bytes.drain(..std::mem::take(&mut self.start));
        let had = self.bytes.len();
        self.buffer.take(&mut self.bytes);
        let at_end = self.buffer.lock().has_ended;
        let whole = had + budget_bytes.max(line_bytes_max) >= self.bytes.len();
        let now = if whole { self.bytes.len() } else { had + budget_bytes.max(line_bytes_max) };
        let mut count = |line: Line<'_>| {
            round.lines += 1;
            lines.line(source, line);
        };
        let bytes = &self.bytes[..now];
        let mut done =
            split_joined(bytes, line_bytes_max, at_end && whole, &mut self.inside, &mut self.joined, &mut count);
        if at_end && whole && done < now {
            count(Line::Complete(&bytes[done..]));
            done = now;
        }
        self.start = done;
        self.bytes_read += done as u64;
        round.bytes += done as u64;
        round.more |= !whole;
        if done == self.bytes.len() {
            self.bytes.clear();
            self.start = 0;
        }
    }

    pub(in crate::input) fn counts(&self) -> LogCounts {
        LogCounts {
            bytes_read: self.before.bytes_read + self.bytes_read,
            read_errors: self.before.read_errors + self.buffer.errors(),
            datagrams_lost: self.before.datagrams_lost + self.buffer.lost(),
            ..self.before.clone()
        }
    }

    pub(in crate::input) fn status(&self) -> LogStatus {
        let received = self.buffer.lock();
        let (waiting, trouble) = (received.bytes.len(), received.trouble.clone());
        drop(received);
        let counts = self.counts();
        LogStatus {
            pattern: counts.pattern,
            up: trouble.is_none(),
            error: trouble,
            unread_bytes: (waiting + self.bytes.len() - self.start) as u64,
            bytes_read: counts.bytes_read,
            bytes_lost: 0,
            datagrams_lost: self.address.counts_losses().then_some(counts.datagrams_lost),
            read_errors: counts.read_errors,
            rotations: Rotation::ALL.map(|kind| (kind, 0)),
            files: 1,
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.buffer.dismiss();
    }
}
