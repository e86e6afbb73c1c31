//! One stage, once, for callgrind: `stage NAME FORMAT FILE`. The cost of a line is the difference between a long and a
//! short file, divided by the difference in lines. And what is to be timed without a server around it:
//! `stage copy - SERIES` prints the milliseconds that a scrape holds the tally.

mod stage;

use std::time::Instant;

use hangup::dialect::nginx::log_format::LogFormat;
use hangup::metrics::Format;
use hangup::tally::Tally;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["encode", format, series] => {
            let tally = stage::tally_of_series(number(series));
            let format = match format {
                "text" => Format::Classic,
                "openmetrics" => Format::OpenMetrics,
                _ => Format::Protobuf,
            };
            eprintln!("{}", stage::encode(&tally, format).len());
        }
        ["copy", _, series] => println!("{:.3}", copy_millis(&stage::tally_of_series(number(series)))),
        [name, format, file] => {
            let (_, stage) = stage::STAGES.into_iter().find(|it| it.0 == name).expect("the name of a stage");
            let mut text = std::fs::File::open(file).expect("a readable file");
            stage(&LogFormat::preset(format).expect("a preset"), &mut text);
        }
        _ => panic!("usage: stage NAME FORMAT FILE"),
    }
}

fn number(text: &str) -> usize {
    text.parse().expect("a number of series")
}

/// The median of many copies.
fn copy_millis(tally: &Tally) -> f64 {
    const COPIES: usize = 101;
    let mut took: Vec<f64> = (0..COPIES)
        .map(|_| {
            let began = Instant::now();
            drop(std::hint::black_box(tally.clone()));
            began.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    took.sort_by(f64::total_cmp);
    took[COPIES / 2]
}
