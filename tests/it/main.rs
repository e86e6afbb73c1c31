//! The one integration binary: the built `hangup` against real components.
#![allow(clippy::disallowed_methods)] // Tests start real programs; the product never does.

mod contract;
mod discovery;
mod dashboards;
mod exposition;
mod faults;
mod floods;
mod fuzz;
mod host;
mod house;
mod junk;
mod scenarios;
mod serving;
mod status_page;
mod rules;
mod support;
mod torture;
