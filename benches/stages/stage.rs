//! The stages of the data path one by one, each over the same lines, for the clock (criterion) and for the count of
//! instructions (callgrind). Knows: hangup's public API. Does not know: how it is measured.

use std::hint::black_box;
use std::io::Read;

use hangup::dialect::nginx::log_format::LogFormat;
use hangup::ingest::{Ingest, LogKind};
use hangup::input::{Line, read_lines};
use hangup::metrics::{self, Build, Format, NginxConf, Reload, Scrape, Slo};
use hangup::poll::Readings;
use hangup::record::{Column, Record, Sight, Status};
use hangup::tally::{Options, ServerId, Tally};
use hangup::verdict;

/// As the tailer's own default.
const LINE_BYTES_MAX: usize = 64 * 1024;

/// A stage by its name; it does its work on a text of whole lines.
pub type Stage = fn(&LogFormat, &mut dyn Read);

pub const STAGES: [(&str, Stage); 5] =
    [("split", split), ("parse", parse), ("times", times), ("verdict", judge), ("tally", count)];

/// Bytes to lines.
fn split(_: &LogFormat, text: &mut dyn Read) {
    lines(text, |line| {
        black_box(line);
    });
}

/// And lines to records.
fn parse(format: &LogFormat, text: &mut dyn Read) {
    records(format, text, |record| {
        black_box(record);
    });
}

/// And the attempts one by one.
fn times(format: &LogFormat, text: &mut dyn Read) {
    records(format, text, |record| {
        black_box(record.attempts.iter().count());
    });
}

/// And records to verdicts.
fn judge(format: &LogFormat, text: &mut dyn Read) {
    records(format, text, |record| {
        black_box(verdict::judge(record));
    });
}

/// The whole path into the tally.
fn count(format: &LogFormat, text: &mut dyn Read) {
    black_box(tally(format, text));
}

pub fn tally(format: &LogFormat, text: &mut dyn Read) -> Tally {
    let mut tally = Tally::new(Options::default());
    let (log, server) = (tally.log("access.log"), tally.server(b"shop.example", Sight::of(&Column::ALL)));
    let mut ingest = Ingest::new(vec![LogKind::Access { format: format.clone().into(), server }]);
    read(text, |line| {
        ingest.line(log, line, &mut tally, 0);
    });
    tally
}

/// A tally with about so many series: requests to many routes of many servers.
pub fn tally_of_series(series: usize) -> Tally {
    let mut tally = Tally::new(Options::default());
    for server in 0.. {
        let id: ServerId = tally.server(format!("host{server}.example").as_bytes(), Sight::of(&Column::ALL));
        for route in 0..64 {
            for _ in 0..40 {
                let path = format!("/route-{}", (b'a' + route % 26) as char).repeat(1 + usize::from(route / 26));
                let record = Record {
                    status: Some(Status::Code(200)),
                    method: b"GET",
                    path: path.as_bytes(),
                    duration: Some(100),
                    ..Record::default()
                };
                tally.add_request(&record, &verdict::judge(&record), id, 0);
            }
        }
        let rendered = encode(&tally, Format::Classic);
        if rendered.iter().filter(|&&byte| byte == b'\n').count() >= series {
            break;
        }
    }
    tally
}

pub fn encode(tally: &Tally, format: Format) -> Vec<u8> {
    let scrape = Scrape {
        now_ms: 0,
        tally,
        error_level: None,
        readings: Readings::default(),
        logs: Vec::new(),
        conf: NginxConf::default(),
        slo: Slo::default(),
        build: Build { version: "bench", revision: None },
        state: None,
        diagnosed: None,
        connections_cut: Vec::new(),
        web_refused: Vec::new(),
        without: Vec::new(),
        nginx_config_read: None,
        reload: Reload { success: true, success_timestamp_seconds: 0.0 },
    };
    metrics::encode(&scrape, format)
}

fn read(text: &mut dyn Read, on_line: impl FnMut(Line<'_>)) {
    read_lines(text, LINE_BYTES_MAX, on_line).expect("a readable text");
}

fn lines(text: &mut dyn Read, mut on_line: impl FnMut(&[u8])) {
    read(text, |line| {
        if let Line::Complete(line) = line {
            on_line(line);
        }
    });
}

fn records(format: &LogFormat, text: &mut dyn Read, mut on_record: impl FnMut(&Record<'_>)) {
    lines(text, |line| {
        if let Ok(record) = format.parse(line) {
            on_record(&record);
        }
    });
}
