//! What must hold whatever the bytes are. Each target hands its input to `check` of the module of its name;
//! `tests/it/fuzz.rs` hands it every input that was kept.

pub mod access;
pub mod conf;
pub mod error;
pub mod ingest;
pub mod labelled;
pub mod log_format;
pub mod snapshot;
pub mod stub_status;

/// The first line, and what follows it.
fn first_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&bytes[..end], &bytes[end + 1..]),
        None => (bytes, b""),
    }
}
