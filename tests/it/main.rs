//! The one integration binary: the built `hangup` against real components.
#![allow(clippy::disallowed_methods)] // Tests start real programs; the product never does.

mod host;
mod house;
mod support;
mod torture;
