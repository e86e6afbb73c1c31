//! Any log, from bytes to all three expositions. The input: lines of an access log in a preset's format, chosen by the
//! first byte, or of an error log.

use hangup::dialect::ErrorFormat;
use hangup::dialect::nginx::log_format::LogFormat;
use hangup::ingest::{Ingest, LogKind};
use hangup::input::Line;
use hangup::metrics::{Build, Format, NginxConf, Reload, Scrape, Slo, encode};
use hangup::poll::Readings;
use hangup::record::{Column, Sight};
use hangup::tally::{Admission, Options, ServerId, Tally};

/// So low that a short input reaches them.
const LIMIT: u32 = 4;
const NOW_MS: i64 = 1_795_270_646_000;

pub fn check(bytes: &[u8]) {
    let Some((kind, log)) = bytes.split_first() else { return };
    let admission = Admission { limit: LIMIT as _, threshold: 1 };
    let options = Options {
        servers: admission,
        routes: admission,
        upstreams: admission,
        logs: vec!["a.log".to_owned()],
        ..Options::default()
    };
    let mut tally = Tally::new(options.clone());
    let mut ingest = Ingest::new(vec![kind_of(*kind, tally.server(b"shop.example", Sight::of(&Column::ALL)))]);
    let mut lines = 0;
    for line in log.split(|byte| *byte == b'\n') {
        ingest.line(0, Line::Complete(line), &mut tally, NOW_MS);
        lines += 1;
    }
    assert_eq!(tally.log_lines().map(|row| row.count).sum::<u64>(), lines);
    let _ = ingest.last_time_ms(0);
    let kept = serde_json::to_string(tally.snapshot()).expect("counts can be written");
    let (restored, _) = Tally::restore(options, &serde_json::from_str(&kept).expect("and read"));
    assert_eq!(classic(&restored), classic(&tally), "a restart changes no sample");
    hold_exposition(&classic(&tally));
    for format in [Format::OpenMetrics, Format::Protobuf] {
        encode(&scrape(&tally), format);
    }
}

fn kind_of(byte: u8, server: ServerId) -> LogKind {
    match LogFormat::PRESETS.get(usize::from(byte) % (LogFormat::PRESETS.len() + 1)) {
        Some(name) => LogKind::Access { format: LogFormat::preset(name).expect("a preset").into(), server },
        None => LogKind::Error(ErrorFormat::Nginx),
    }
}

pub fn classic(tally: &Tally) -> String {
    String::from_utf8(encode(&scrape(tally), Format::Classic)).expect("an exposition is text")
}

fn scrape(tally: &Tally) -> Scrape<'_> {
    Scrape {
        now_ms: NOW_MS,
        tally,
        error_level: None,
        readings: Readings::default(),
        logs: Vec::new(),
        conf: NginxConf::default(),
        slo: Slo::default(),
        state: None,
        diagnosed: None,
        connections_cut: Vec::new(),
        web_refused: Vec::new(),
        without: Vec::new(),
        build: Build { version: "0", revision: None },
        nginx_config_read: Some(0.5),
        reload: Reload { success: true, success_timestamp_seconds: 0.0 },
    }
}

/// Every line is a comment or `name{labels} value`, no series twice.
fn hold_exposition(text: &str) {
    let mut series = std::collections::HashSet::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (name, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no value: {line:?}"));
        assert!(value.parse::<f64>().is_ok(), "no number: {line:?}");
        // Those of the process change between two looks, and are not what is checked.
        assert!(series.insert(name), "twice: {line:?}");
    }
}
