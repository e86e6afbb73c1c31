//! hangup tells, for every request that somebody stopped waiting for, who hung up, in which phase, and why.
//!
//! Bytes become lines, lines become records in words that belong to no product, records get a verdict, verdicts are
//! added to one tally; everything a person or a Prometheus sees is a rendering of that tally beside the latest samples
//! of the host.
//!
//! ```text
//!  bytes          lines        records                   verdicts     the tally          renderings
//!  input::tail ─▶ envelope ─▶ dialect::nginx ─▶ record ─▶ verdict ─▶ Tally::add ─┬─▶ metrics → web /metrics
//!  (one plain thread, borrowed bytes, one call chain, no channel)                ├─▶ report  → terminal, JSON
//!  nginx stub_status, /proc, netlink ─▶ poll ─▶ samples ─────────────────────────┴─▶ state   → one atomic snapshot
//! ```
//!
//! # Rooms
//!
//! Each may use only what stands in its last column; `tests/it/house.rs` reads the `use` lines and holds this.
//!
//! | room | knows | may use |
//! |---|---|---|
//! | [`record`] | what one request, one attempt and one error-log entry is, and which of it a log shows | nothing |
//! | [`dialect`] | products: the text of each, bytes in, records out; the marks by which it says who left | record |
//! | [`envelope`] | what containers and log daemons put around a line | nothing |
//! | [`kernel`] | the layout of /proc texts and netlink answers | nothing |
//! | [`permission`] | why a file may not be read, and what to grant | nothing |
//! | [`terminal`] | how wide a person's terminal is, whether it takes colours | nothing |
//! | [`input`] | files, rotation, offsets, sockets and pipes, bytes up to the newline | envelope, permission |
//! | [`verdict`] | what one record means: who gave up, in which phase | record |
//! | [`tally`] | counts, histograms, bounded labels, routes | record, verdict |
//! | [`diagnosis`] | windows over the tally and the host's samples, causes with their evidence | record, verdict, tally |
//! | [`ingest`] | the order of the stages | envelope, dialect, record, verdict, tally, input |
//! | [`state`] | one versioned snapshot, by name: offsets, and apart from them the counts | tally, input |
//! | [`http_client`] | which hosts are this machine, what an error comes from | nothing |
//! | [`poll`] | timers, timeouts, where /proc is, the status page | dialect, http_client, kernel |
//! | [`metrics`] | names, units, help, labels, exposition formats | diagnosis, dialect, kernel, input, record, tally, verdict, poll (values only) |
//! | [`report`] | wording and tables over finished logs | diagnosis, dialect, envelope, record, verdict, tally, input, ingest, permission, terminal |
//! | [`wording`] | what a diagnosis says in words, for the page, curl and the terminal | diagnosis (values only) |
//! | [`web`] | routes, content types, readiness, TLS and users | nothing but what it is handed; diagnosis (values only), wording |
//! | [`config`] | precedence, defaults, discovery, where a value came from | dialect, envelope, record, tally, input, poll, web (values only) |
//! | [`check`] | trying every source and saying what is wrong | config, local_http, dialect, envelope, input (values only), record, poll, permission, state, terminal |
//! | [`top`] | a terminal, its keys, when to look again | diagnosis (values only), http_client, report, terminal, wording |
//! | [`local_http`] | one question over HTTP to a program on this host | config (values only) |
//! | [`healthy`] | asking a running hangup whether it answers | config (values only), local_http |
//! | [`demo`] | how to act like an nginx in trouble | nothing: it meets the rest through files and HTTP |
//! | [`serve`] | everything, decides nothing | everything |
//!
//! Only `config`, `check`, `poll` and `metrics` may name a product's own module (`dialect::nginx`), and `serve`, which may
//! do anything; what reads lines goes through the registry in `dialect/mod.rs`.
//!
//! # Invariants
//!
//! 1. `record`, `dialect`, `envelope`, `kernel`, `verdict`, `tally` do no IO and cannot fail the process. Bad input is a value with a bounded reason.
//! 2. A request is counted once, from the access log. Error-log lines explain in families of their own.
//! 3. Every line read ends in exactly one result (parsed, unparsed, too_long, skipped), and the results sum to the lines read.
//! 4. Nothing is shown that is not saved (with `--path.state`): what a scrape was shown survives any kill.
//! 5. Positions outlive counts: other buckets or counts that cannot be read cost no place in a log.
//! 6. `/metrics` never waits for nginx or the network; the reader of the logs and the saving of what it counted have half
//!    a second, after that what was saved last is shown.
//! 7. Every label value comes from a closed enum or a bounded interner, and all series together have one bound. Every limit
//!    has a counter. Only what was not seen for `limits.idle` gives its place up, and only when others need it.
//! 8. What a source cannot show is absent or `unknown`, and listed by name; it is never 0 and never blamed on somebody.
//! 9. No child processes, no root needed, nothing written but the state directory.
//! 10. `unsafe` is forbidden by the compiler.

#![forbid(unsafe_code)]
#![warn(unreachable_pub)]

pub mod check;
pub mod config;
pub mod demo;
pub mod diagnosis;
pub mod dialect;
pub mod envelope;
pub mod healthy;
pub(crate) mod http_client;
pub mod ingest;
pub mod input;
pub mod kernel;
pub mod local_http;
pub mod metrics;
pub mod permission;
pub mod poll;
pub mod record;
pub mod report;
pub mod serve;
pub mod state;
pub mod tally;
pub mod terminal;
pub mod top;
pub mod verdict;
pub mod web;
pub(crate) mod wording;
