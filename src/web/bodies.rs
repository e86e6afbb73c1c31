//! Bodies of answers, shared between all who read the same one, and bounded in bytes altogether.
//! Knows: who reads what. Does not know: what is inside.

use std::sync::{Arc, Mutex, Weak};
use std::time::Instant;

use axum::body::Bytes;

use super::connections::Connection;
use super::cuts::Cut;
use super::locked;

/// One body, as long as somebody reads it.
#[derive(Debug)]
pub(super) struct Body {
    bytes: Vec<u8>,
    readers: Mutex<Vec<Weak<Connection>>>,
}

/// What of a body a connection still has to send.
struct Unsent(Arc<Body>);

impl AsRef<[u8]> for Unsent {
    fn as_ref(&self) -> &[u8] {
        &self.0.bytes
    }
}

impl Body {
    /// The same bytes for one more reader; they live until the last reader is done with them.
    pub(super) fn read_by(self: Arc<Self>, connection: &Arc<Connection>) -> Bytes {
        locked(&self.readers).push(Arc::downgrade(connection));
        Bytes::from_owner(Unsent(self))
    }

    fn readers(&self) -> Vec<Arc<Connection>> {
        locked(&self.readers).iter().filter_map(Weak::upgrade).collect()
    }

    /// When any of its readers last took some bytes; `None` where nobody has begun to read.
    fn moved(&self) -> Option<Instant> {
        self.readers().iter().map(|reader| reader.moved().1).max()
    }
}

/// All bodies that are being read.
#[derive(Debug)]
pub(super) struct Bodies {
    bytes_max: usize,
    alive: Mutex<Vec<Weak<Body>>>,
}

impl Bodies {
    pub(super) fn new(bytes_max: usize) -> Bodies {
        Bodies { bytes_max, alive: Mutex::default() }
    }

    /// Takes a new body in. Where all together hold too many bytes, those go on which nobody has moved for longest, and
    /// their readers are cut off.
    pub(super) fn admit(&self, bytes: Vec<u8>) -> Arc<Body> {
        let body = Arc::new(Body { bytes, readers: Mutex::default() });
        let mut alive = locked(&self.alive);
        let mut others: Vec<_> = alive.iter().filter_map(Weak::upgrade).collect();
        let mut held: usize = others.iter().map(|other| other.bytes.len()).sum();
        while held + body.bytes.len() > self.bytes_max
            && let Some(at) = slowest(&others)
        {
            let slow = others.swap_remove(at);
            held -= slow.bytes.len();
            slow.readers().iter().for_each(|reader| reader.cut(Cut::Memory));
        }
        *alive = others.iter().chain([&body]).map(Arc::downgrade).collect();
        body
    }
}

fn slowest(bodies: &[Arc<Body>]) -> Option<usize> {
    let moved = bodies.iter().enumerate().filter_map(|(at, body)| Some((body.moved()?, at)));
    moved.min().map(|(_, at)| at)
}
