//! The formats that nginx.conf gives its logs by now, for a line that fits none that was known when it was read last: nginx
//! writes such a line after nginx.conf was changed, so that line is the moment to look. Knows: when looking costs too
//! much. Does not know: lines.

use std::collections::HashMap;
use std::time::Instant;

use crate::config::{self, Config, Layer, LogKind, OsFiles, Sources};
use crate::dialect::AccessFormat;

/// Looking at the files takes at most a twentieth of the time: no line is lost by it unless lines fit nothing all the time.
const PAUSE_FACTOR: u32 = 20;

#[derive(Debug)]
pub(super) struct NewerFormats {
    given: Layer,
    /// As they stood when they were read last.
    sources: Sources,
    /// By path, as they were read last.
    formats: HashMap<String, AccessFormat>,
    next: Instant,
}

impl NewerFormats {
    pub(super) fn than(config: &Config) -> NewerFormats {
        let (given, sources) = (config.given.clone(), config.sources.clone());
        NewerFormats { given, sources, formats: HashMap::new(), next: Instant::now() }
    }

    /// The format that nginx.conf gives the log of this path now, where that has changed.
    pub(super) fn of(&mut self, path: &str) -> Option<AccessFormat> {
        let began = Instant::now();
        if began >= self.next {
            self.look();
            self.next = Instant::now() + began.elapsed() * PAUSE_FACTOR;
        }
        self.formats.get(path).cloned()
    }

    fn look(&mut self) {
        if self.sources.changed(&OsFiles).is_none() {
            return;
        }
        // One that cannot be read says nothing of formats; the watch of nginx.conf says what is wrong.
        let Ok(now) = config::rediscover(&self.given, &OsFiles, 1) else { return };
        let format = |log: config::LogSpec| match log.kind {
            LogKind::Access { format, .. } => Some((log.path, format.into())),
            LogKind::Error { .. } => None,
        };
        self.sources = now.sources;
        self.formats = now.logs.into_iter().filter_map(format).collect();
    }
}
