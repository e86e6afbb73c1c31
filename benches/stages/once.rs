//! One stage, once, for callgrind: `stage NAME FORMAT FILE`. The cost of a line is the difference between a long and a
//! short file, divided by the difference in lines.

mod stage;

use hangup::metrics::Format;
use hangup::nginx::log_format::LogFormat;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["encode", format, series] => {
            let tally = stage::tally_of_series(series.parse().expect("a number of series"));
            let format = match format {
                "text" => Format::Classic,
                "openmetrics" => Format::OpenMetrics,
                _ => Format::Protobuf,
            };
            eprintln!("{}", stage::encode(&tally, format).len());
        }
        [name, format, file] => {
            let (_, stage) = stage::STAGES.into_iter().find(|it| it.0 == name).expect("the name of a stage");
            let text = std::fs::read(file).expect("a readable file");
            stage(&LogFormat::preset(format).expect("a preset"), &text);
        }
        _ => panic!("usage: stage NAME FORMAT FILE"),
    }
}
