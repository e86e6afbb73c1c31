//! Counts the lines of a round under the tally's lock, which is let go wherever the round may have to wait for a disk.
//! Knows: the lock. Does not know: files, or what is counted.

use std::path::Path;
use std::sync::MutexGuard;

use super::shared::{Counted, Shared, lock};
use crate::config;
use crate::dialect::ErrorFormat;
use crate::ingest::{Ingest, LogKind};
use crate::input::{Line, Lines};
use crate::tally::Tally;

/// The stages for these logs, their servers known to this tally.
pub(super) fn ingest(config: &config::Config, tally: &mut Tally) -> Ingest {
    let kinds = config.logs.iter().map(|log| match &log.kind {
        config::LogKind::Access { format, server, .. } => {
            LogKind::Access { format: format.clone().into(), server: tally.server(server.as_bytes(), log.sight()) }
        }
        config::LogKind::Error { .. } => LogKind::Error(ErrorFormat::Nginx),
    });
    Ingest::new(kinds.collect()).in_envelope(config.envelope)
}

/// The counting of one round.
pub(super) struct Counting<'a> {
    pub shared: &'a Shared,
    pub ingest: &'a mut Ingest,
    pub now_ms: i64,
    /// Taken with the first line after a pause, so nobody waits for a look that finds nothing new.
    pub held: Option<MutexGuard<'a, Counted>>,
}

impl Lines for Counting<'_> {
    fn line(&mut self, source: usize, line: Line<'_>) {
        let counted = self.held.get_or_insert_with(|| lock(self.shared));
        self.ingest.line(source, line, &mut counted.tally, self.now_ms);
    }

    fn file(&mut self, source: usize, path: &Path) {
        self.ingest.file(source, path);
    }

    fn pause(&mut self) {
        self.held = None;
    }
}
