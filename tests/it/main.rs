//! The one integration binary: the built `hangup` against real components.
#![allow(clippy::disallowed_methods)] // Tests start real programs; the product never does.

mod advice;
mod bad_days;
mod cases;
mod charts;
mod compose;
mod contract;
mod dashboards;
mod diagnosis;
mod discovery;
mod exposition;
mod faults;
mod floods;
mod formats;
mod front;
mod fuzz;
mod host;
mod house;
mod incidents;
mod junk;
mod noticing;
mod readme;
mod reload;
mod rules;
mod scenarios;
mod secured;
mod serving;
mod standard_input;
mod state;
mod status_page;
mod supply;
mod support;
mod systemd;
mod top;
mod torture;
mod ways;
