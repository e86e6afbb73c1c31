//! nginx's text formats. Knows: bytes and the values in them.
//! Does not know: files, the time of day, Prometheus, what a status means.

pub mod access;
pub mod conf;
pub mod error;
mod find;
pub mod log_format;
pub mod stub_status;
pub mod upstream;
