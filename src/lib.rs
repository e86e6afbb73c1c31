//! hangup tells, for every request that somebody stopped waiting for, who hung up, in which phase, and why.
//!
//! Bytes become lines, lines become records, records get a verdict, verdicts are added to one tally;
//! everything a person or a Prometheus sees is a rendering of that tally beside the latest samples of the host.
//!
//! ```text
//!  bytes         lines            records              verdicts            the tally            renderings
//!  follow ───▶ Tailer::round ─▶ dialect::nginx ─▶ verdict ─▶ Tally::add ─┬─▶ metrics   → web /metrics
//!  (one plain thread, borrowed bytes, one call chain, no channel)               ├─▶ report    → terminal, JSON
//!  nginx stub_status, /proc, netlink ─▶ poll ─▶ samples ────────────────────────┴─▶ state     → one atomic snapshot
//! ```
//!
//! # Rooms
//!
//! Each may use only what stands in its last column; `tests/it/house.rs` reads the `use` lines and holds this.
//!
//! | room | knows | may use |
//! |---|---|---|
//! | [`dialect`] | nginx's text formats: bytes in, values out | nothing |
//! | [`kernel`] | the layout of /proc texts and netlink answers | nothing |
//! | [`permission`] | why a file may not be read, and what to grant | nothing |
//! | [`input`] | files, rotation, offsets, bytes up to the newline | permission |
//! | [`verdict`] | what one record means: who gave up, in which phase | dialect |
//! | [`tally`] | counts, histograms, bounded labels, routes | dialect, verdict |
//! | [`ingest`] | the order of the stages | dialect, verdict, tally, input |
//! | [`state`] | one atomic snapshot of offsets and counts | tally, input |
//! | [`poll`] | timers, timeouts, where /proc is, the status page | dialect, kernel |
//! | [`metrics`] | names, units, help, labels, exposition formats | dialect, kernel, input, tally, verdict, poll (values only) |
//! | [`report`] | wording and tables over finished logs | dialect, verdict, tally, input, ingest |
//! | [`web`] | routes, content types, readiness | nothing but what it is handed |
//! | [`config`] | precedence, defaults, discovery, where a value came from | dialect, tally, input, poll, web (values only) |
//! | [`check`] | trying every source and saying what is wrong | config, dialect, poll, permission |
//! | [`demo`] | how to act like an nginx in trouble | nothing: it meets the rest through files and HTTP |
//! | [`serve`] | everything, decides nothing | everything |
//!
//! # Invariants
//!
//! 1. `dialect`, `kernel`, `verdict`, `tally` do no IO and cannot fail the process. Bad input is a value with a bounded reason.
//! 2. A request is counted once, from the access log. Error-log lines explain in families of their own.
//! 3. Every line read ends in exactly one result (parsed, unparsed, too_long, skipped), and the results sum to the lines read.
//! 4. Offsets and the counts they stand for are saved together or not at all.
//! 5. `/metrics` never waits for nginx, a file or the network; the reader of the logs has some milliseconds to catch up.
//! 6. Every label value comes from a closed enum or a bounded interner. Every limit has a counter. Nothing expires.
//! 7. No child processes, no root needed, nothing written but the state directory.
//! 8. No `unsafe` without a paragraph that says why, and none in `dialect`, `verdict`, `tally`.

pub mod check;
pub mod config;
pub mod demo;
pub mod dialect;
pub mod ingest;
pub mod input;
pub mod kernel;
pub mod metrics;
pub mod permission;
pub mod poll;
pub mod report;
pub mod serve;
pub mod state;
pub mod tally;
pub mod verdict;
pub mod web;
