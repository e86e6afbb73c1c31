//! nginx's text formats. Knows: bytes and the values in them, and the marks by which nginx says who left.
//! Does not know: files, the time of day, Prometheus, what a status means.

pub mod conf;
pub mod error;
mod find;
pub mod log_format;
pub mod stub_status;
mod upstream;
mod value;
