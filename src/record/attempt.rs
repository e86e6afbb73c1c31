//! The attempts of one request at upstream servers. Knows: that there is mostly one, and that lists are better left
//! unread until somebody asks. Does not know: how a product writes a list.

use std::fmt;

use super::Millis;
use super::status::Status;

/// One attempt at one upstream server. A time is `None` where it never came, or is not in this log
/// (the record's sight tells).
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Attempt<'a> {
    /// The server, or the group's name where no server of it was alive; empty where not logged.
    pub address: &'a [u8],
    /// `None`: not in this log. Not sent: the attempt was in progress when the request ended.
    pub status: Option<Status>,
    /// The status came from the upstream; `Some(false)` for one that the proxy wrote about its own failure.
    /// `None`: the log does not tell.
    pub answered: Option<bool>,
    /// Until the connection was established.
    pub connect: Option<Millis>,
    /// Until the response's head was there.
    pub header: Option<Millis>,
    /// Until the response's last byte.
    pub response: Option<Millis>,
}

/// The columns of several attempts as a log has them: address, status, connect, header and response time.
pub type Columns<'a> = [Option<&'a [u8]>; 5];

/// All attempts of a request, in order.
#[derive(Default, Clone, Copy)]
pub enum Attempts<'a> {
    /// No upstream was involved, or the log does not tell.
    #[default]
    None,
    One(Attempt<'a>),
    /// Still as text: `next` takes the first attempt off the columns.
    Listed {
        columns: Columns<'a>,
        next: fn(&mut Columns<'a>) -> Option<Attempt<'a>>,
    },
}

impl<'a> Attempts<'a> {
    pub fn iter(&self) -> impl Iterator<Item = Attempt<'a>> + use<'a> {
        let (one, mut listed) = match *self {
            Attempts::None => (None, None),
            Attempts::One(one) => (Some(one), None),
            Attempts::Listed { columns, next } => (None, Some((columns, next))),
        };
        let listed = std::iter::from_fn(move || listed.as_mut().and_then(|(columns, next)| next(columns)));
        one.into_iter().chain(listed)
    }

    /// The same for every line of a log: the one attempt that most requests have is looked at where it stands.
    #[inline(always)]
    pub fn for_each(&self, mut on_attempt: impl FnMut(usize, &Attempt<'a>)) {
        match self {
            Attempts::None => {}
            Attempts::One(one) => on_attempt(0, one),
            Attempts::Listed { .. } => self.iter().enumerate().for_each(|(at, one)| on_attempt(at, &one)),
        }
    }

    /// The last attempt, which decided the response.
    pub fn last(&self) -> Option<Attempt<'a>> {
        self.iter().last()
    }
}

impl PartialEq for Attempts<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Attempts<'_> {}

impl fmt::Debug for Attempts<'_> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_list().entries(self.iter()).finish()
    }
}
