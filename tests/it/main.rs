//! The one integration binary: the built `hangup` against real components.
#![allow(clippy::disallowed_methods)] // Tests start real programs; the product never does.

mod dashboards;
mod host;
mod house;
mod support;
