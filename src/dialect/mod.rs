//! One folder a product: its text formats as bytes in, values out.
//! Does not know: files, the time of day, Prometheus, what a status means.

pub mod nginx;
