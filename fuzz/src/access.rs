//! Any line, read by every preset and judged. The input is the line.

use hangup::dialect::nginx::access::Record;
use hangup::dialect::nginx::log_format::LogFormat;
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
    assert!(record.status.is_some_and(|status| status < 1000), "{record:?}");
    for text in
        [Some(record.path), record.server, record.remote_addr, record.user_agent, record.trace_id].into_iter().flatten()
    {
        assert!(text.len() <= line.len(), "{record:?}");
    }
    assert!(!record.path.contains(&b'?') && !record.path.contains(&b'#'), "{record:?}");
    assert!(record.upstream.tries().count() <= line.len(), "{record:?}");
    let _ = (verdict::judge(record), record.time.unix_millis(), record.upstream.last());
}
