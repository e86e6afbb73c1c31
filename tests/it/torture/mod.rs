//! What nginx wrote is what hangup counts, whatever rotates the log, and whatever kills hangup.
//!
//! A real nginx under load, its log rotated in every style, hangup beside it, ground truth from the clients.
//! The tests here are the short form. `make torture` runs the long one and prints its table.

mod away;
mod fleet;
mod kills;
mod load;
mod logrotate;
mod long;
mod outcome;
mod pods;
mod reload;
mod rotation;
mod run;
mod short;
mod site;
mod subject;
