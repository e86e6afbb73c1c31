//! Counts the lines of a round under the tally's lock, which is let go wherever the round may have to wait for a disk.
//! Knows: the lock. Does not know: files, or what is counted.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::MutexGuard;

use super::newer::NewerFormats;
use super::shared::{Counted, Shared, lock};
use crate::config::{self, Config};
use crate::dialect::nginx::log_format::LogFormat;
use crate::dialect::{AccessFormat, ErrorFormat};
use crate::ingest::{Ingest, LogKind};
use crate::input::{Line, Lines};
use crate::tally::Tally;

/// The stages for the logs of a configuration, their servers known to this tally.
pub(super) fn ingest(config: &Config, tally: &mut Tally) -> Ingest {
    let mut formats = Formats::default();
    let kinds = config.logs.iter().map(|log| match &log.kind {
        config::LogKind::Access { format, server, .. } => {
            let server = tally.server(server.as_bytes(), log.sight());
            LogKind::Access { format: formats.shared(format), server }
        }
        config::LogKind::Error { .. } => LogKind::Error(ErrorFormat::Nginx),
    });
    let mut ingest = Ingest::new(kinds.collect()).in_envelope(config.envelope);
    add_others(config, &mut formats, &mut ingest);
    ingest
}

/// The same, going on with the logs of `before` that stood at these paths: each knows the formats it had.
pub(super) fn going_on(config: &Config, tally: &mut Tally, before: &Ingest, paths: &[String]) -> Ingest {
    let mut ingest = ingest(config, tally);
    let numbers: HashMap<&str, usize> =
        paths.iter().enumerate().map(|(number, path)| (path.as_str(), number)).collect();
    for (number, log) in config.logs.iter().enumerate() {
        if let Some(other) = numbers.get(log.path.as_str()) {
            ingest.go_on(number, before, *other);
        }
    }
    ingest
}

/// Where nginx has not loaded what stands in nginx.conf now, lines of a log may have another of the formats there; and
/// several servers may write one file in several. What is there a second time is passed over.
fn add_others(config: &Config, formats: &mut Formats, ingest: &mut Ingest) {
    let described = &config.described;
    let known: Vec<AccessFormat> = described.formats.usable().map(|named| formats.shared(&named.format)).collect();
    let built_in = described.formats.get("combined").ok().map(|named| formats.shared(&named.format));
    let known: Vec<AccessFormat> = known.into_iter().chain(built_in).collect();
    let discovered: HashSet<&str> = described.logs.iter().map(|log| log.path.as_str()).collect();
    for (number, log) in config.logs.iter().enumerate() {
        let config::LogKind::Access { doubled, .. } = &log.kind else { continue };
        ingest.pass_over(number, doubled.iter().map(|format| formats.shared(format)).collect());
        if config.given_format.is_none() && discovered.contains(log.path.as_str()) {
            ingest.also(number, known.iter().cloned());
        }
    }
}

/// Thousands of logs have a handful of formats between them.
#[derive(Default)]
struct Formats(Vec<AccessFormat>);

impl Formats {
    fn shared(&mut self, format: &LogFormat) -> AccessFormat {
        let known = self.0.iter().find(|known| known.is_nginx(format));
        known.cloned().unwrap_or_else(|| {
            let format = AccessFormat::from(format.clone());
            self.0.push(format.clone());
            format
        })
    }
}

/// The counting of one round.
pub(super) struct Counting<'a> {
    pub shared: &'a Shared,
    pub ingest: &'a mut Ingest,
    pub now_ms: i64,
    /// Of the logs, in their order.
    pub paths: &'a [String],
    pub newer: &'a mut NewerFormats,
    /// Taken with the first line after a pause, so nobody waits for a look that finds nothing new.
    pub held: Option<MutexGuard<'a, Counted>>,
}

impl Lines for Counting<'_> {
    fn line(&mut self, source: usize, line: Line<'_>) {
        let counted = self.held.get_or_insert_with(|| lock(self.shared));
        let newer = || self.newer.of(&self.paths[source]);
        self.ingest.line_or(source, line, &mut counted.tally, self.now_ms, newer);
    }

    fn file(&mut self, source: usize, path: &Path) {
        self.ingest.file(source, path);
    }

    fn pause(&mut self) {
        self.held = None;
    }
}
