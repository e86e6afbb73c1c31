//! One request as the example of a histogram: its trace id, how long it took, when it was.
//! Knows: what may stand in an exemplar. Does not know: which request deserves it.

/// Request ids have 32 characters and trace ids too; OpenMetrics allows 128 for name and value together.
const TRACE_ID_BYTES_MAX: usize = 64;

/// An example. Held in a fixed array, so replacing one allocates nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exemplar {
    trace_id: [u8; TRACE_ID_BYTES_MAX],
    trace_id_bytes: u8,
    value_ms: u32,
    unix_ms: i64,
    bucket: u16,
}

impl Exemplar {
    /// `None` where the id is empty, too long, or no plain word.
    pub fn new(trace_id: &[u8], value_ms: u32, unix_ms: i64, bucket: usize) -> Option<Exemplar> {
        let plain = trace_id.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte));
        if trace_id.is_empty() || trace_id.len() > TRACE_ID_BYTES_MAX || !plain {
            return None;
        }
        let mut held = [0; TRACE_ID_BYTES_MAX];
        held[..trace_id.len()].copy_from_slice(trace_id);
        let trace_id_bytes = u8::try_from(trace_id.len()).ok()?;
        let bucket = u16::try_from(bucket).ok()?;
        Some(Exemplar { trace_id: held, trace_id_bytes, value_ms, unix_ms, bucket })
    }
    pub fn trace_id(&self) -> &str {
        std::str::from_utf8(&self.trace_id[..usize::from(self.trace_id_bytes)]).unwrap_or_default()
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
