//! Any line, read by every preset and judged. The input is the line.

use hangup::dialect::nginx::log_format::LogFormat;
use hangup::record::{Record, Status};
use hangup::verdict;
use std::sync::OnceLock;

pub fn check(line: &[u8]) {
    static PRESETS: OnceLock<Vec<LogFormat>> = OnceLock::new();
    let presets =
        PRESETS.get_or_init(|| LogFormat::PRESETS.iter().filter_map(|name| LogFormat::preset(name)).collect());
    assert_eq!(presets.len(), LogFormat::PRESETS.len());
    for preset in presets {
        if let Ok(record) = preset.parse(line) {
            hold(&record, line);
        }
    }
    let _ = LogFormat::detect(&[line]);
}

/// What is true of every record.
pub fn hold(record: &Record<'_>, line: &[u8]) {
    assert!(record.status.and_then(Status::code).is_some_and(|code| code < 1000), "{record:?}");
    let optional = [record.server, record.client, record.user_agent, record.request_id, record.trace_id];
    for text in optional.into_iter().flatten().chain([record.path]) {
        assert!(text.len() <= line.len(), "{record:?}");
    }
    assert!(!record.path.contains(&b'?') && !record.path.contains(&b'#'), "{record:?}");
    assert!(record.attempts.iter().count() <= line.len(), "{record:?}");
    let _ = (verdict::judge(record), record.time.unix_millis(), record.attempts.last());
}
