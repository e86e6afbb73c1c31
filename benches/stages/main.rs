//! Each stage of the data path by the clock: `cargo bench`, on the text in target/bench/FORMAT.small.log
//! (`make bench` writes it). Where the machine is not quiet, instructions tell more: see benches/instructions.py.

mod stage;

use std::path::Path;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use hangup::dialect::nginx::log_format::LogFormat;
use hangup::metrics::Format;

const SERIES: usize = 10_000;

fn main() {
    let short =
        || Criterion::default().warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1));
    let mut criterion = short().configure_from_args();
    for name in ["kv", "combined", "json"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("target/bench/{name}.small.log"));
        let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; run make bench", path.display()));
        let format = LogFormat::preset(name).expect("a preset");
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(text.iter().filter(|&&byte| byte == b'\n').count() as u64));
        for (name, stage) in stage::STAGES {
            group.bench_function(name, |bencher| bencher.iter(|| stage(&format, &mut &text[..])));
        }
    }
    let tally = stage::tally_of_series(SERIES);
    let mut group = criterion.benchmark_group("encode 10 000 series");
    for (name, format) in
        [("text", Format::Classic), ("openmetrics", Format::OpenMetrics), ("protobuf", Format::Protobuf)]
    {
        group.bench_function(name, |bencher| bencher.iter(|| stage::encode(&tally, format)));
    }
    group.finish();
    criterion.final_summary();
}
