//! One request as the example of a histogram: its id, how long it took, when it was.
//! Knows: what may stand in an exemplar. Does not know: which request deserves it.

/// Request ids have 32 characters and trace ids too; OpenMetrics allows 128 for name and value together.
const ID_BYTES_MAX: usize = 64;

/// The id by which a request is found elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExampleId<'a> {
    /// Of a trace, which a tracing system knows.
    Trace(&'a [u8]),
    /// `$request_id`, which only logs know.
    Request(&'a [u8]),
}

/// An example. Held in a fixed array, so replacing one allocates nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exemplar {
    id: [u8; ID_BYTES_MAX],
    id_bytes: u8,
    is_trace: bool,
    value_ms: u32,
    unix_ms: i64,
    bucket: u16,
}

impl Exemplar {
    /// `None` where the id is empty, too long, or no plain word.
    pub fn new(id: ExampleId<'_>, value_ms: u32, unix_ms: i64, bucket: usize) -> Option<Exemplar> {
        let (is_trace, text) = match id {
            ExampleId::Trace(text) => (true, text),
            ExampleId::Request(text) => (false, text),
        };
        let plain = text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte));
        if text.is_empty() || text.len() > ID_BYTES_MAX || !plain {
            return None;
        }
        let mut held = [0; ID_BYTES_MAX];
        held[..text.len()].copy_from_slice(text);
        let id_bytes = u8::try_from(text.len()).ok()?;
        let bucket = u16::try_from(bucket).ok()?;
        Some(Exemplar { id: held, id_bytes, is_trace, value_ms, unix_ms, bucket })
    }
    pub fn id(&self) -> &str {
        std::str::from_utf8(&self.id[..usize::from(self.id_bytes)]).unwrap_or_default()
    }
    /// Whether the id is a trace's; else it is that of a request.
    pub fn is_trace(&self) -> bool {
        self.is_trace
    }
    pub fn value_seconds(&self) -> f64 {
        f64::from(self.value_ms) / 1000.0
    }
    pub fn value_ms(&self) -> u32 {
        self.value_ms
    }
    pub fn unix_ms(&self) -> i64 {
        self.unix_ms
    }
    /// The same example in a histogram with other buckets.
    pub(super) fn in_bucket(self, bucket: usize) -> Exemplar {
        Exemplar { bucket: u16::try_from(bucket).unwrap_or(self.bucket), ..self }
    }
    /// The index of its bucket in [`Histogram::counts`](super::Histogram::counts).
    pub fn bucket(&self) -> usize {
        usize::from(self.bucket)
    }
}
