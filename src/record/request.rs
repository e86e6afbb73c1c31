//! One request as a log tells it. Knows: its columns. Does not know: which of them decide who gave up.

use super::Millis;
use super::attempt::Attempts;
use super::sight::Sight;
use super::status::Status;
use super::termination::Termination;
use super::time::Time;

/// One request, borrowed from the line. `None`: the log has no such column (see [`Record::sight`]), or it is empty in
/// this line.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// The columns that this line has, empty or not.
    pub sight: Sight,
    /// What was sent to the client. `None`: not in this log; that none was sent is a status of its own.
    pub status: Option<Status>,
    /// As sent, empty where the request was cut or is no HTTP.
    pub method: &'a [u8],
    /// The request target without query string and fragment, empty where there was none; in the log's own escape.
    pub path: &'a [u8],
    /// The virtual host.
    pub server: Option<&'a [u8]>,
    /// The address of the client.
    pub client: Option<&'a [u8]>,
    /// In the log's own escape.
    pub user_agent: Option<&'a [u8]>,
    /// From the first byte of the request to the end.
    pub duration: Option<Millis>,
    /// Until the request's head was complete.
    pub request_phase: Option<Millis>,
    /// In queues, before an upstream was tried.
    pub queued: Option<Millis>,
    /// Bytes of the response's body that were sent; without its head.
    pub body_bytes: Option<u64>,
    /// The Content-Length that was promised to the client.
    pub content_length: Option<u64>,
    /// Bytes of the request that were received.
    pub received_bytes: Option<u64>,
    /// Whether the response was sent to its end, where the log says so.
    pub complete: Option<bool>,
    /// Who gave up, where the product says so: stands above every rule about codes. `None`: it says nothing.
    pub termination: Option<Termination>,
    pub request_id: Option<&'a [u8]>,
    pub trace_id: Option<&'a [u8]>,
    pub time: Time<'a>,
    /// Attempts before those listed, where a log only counts them.
    pub retries: Option<u32>,
    pub attempts: Attempts<'a>,
}

/// Why a line did not yield a record. A closed set: it is a label value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unparsed {
    /// The line does not follow its format.
    Shape,
    /// The status is no status, or not there.
    Status,
}
