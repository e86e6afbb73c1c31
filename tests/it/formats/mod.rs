//! One nginx that writes each request in all formats of `tests/fixtures/formats` at once: what one of them shows of a
//! request is what the richest shows of it, line by line, read by the format and read without it.

mod compare;
mod requests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hangup::config::OsFiles;
use hangup::config::discover::{self, Machine};
use hangup::dialect::nginx::log_format::{Escape, LogFormat};

use crate::support::nginx::{Nginx, Site};
use requests::Kind;

/// Fewer would mean that they are looked for in the wrong place.
const FORMATS_MIN: usize = 60;
/// Of these so many are known by their lines alone.
const DETECTED_MIN: usize = 45;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats")
}

fn names() -> Vec<String> {
    let entries = std::fs::read_dir(folder()).expect("readable").map(|entry| entry.expect("an entry").path());
    let formats = entries.filter(|path| path.extension().is_some_and(|it| it == "conf"));
    let mut names: Vec<String> =
        formats.map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned()).collect();
    names.sort();
    assert!(names.len() >= FORMATS_MIN, "{} formats", names.len());
    names
}

/// nginx with a log for each format, its lines, and what was asked.
struct Played {
    kinds: Vec<Kind>,
    logs: BTreeMap<String, Vec<Vec<u8>>>,
    formats: BTreeMap<String, LogFormat>,
}

fn play() -> Played {
    let names = names();
    let places = requests::Places::new();
    let folder = folder().display().to_string();
    let logs: String = names.iter().map(|name| format!("access_log {name}.log {name};\n")).collect();
    // The support's own format is the one in the file.
    let http = format!("include {folder}/variables/*.conf;\ninclude {folder}/[!h]*.conf;\n{}", places.http());
    let others: Vec<&String> = names.iter().filter(|name| name.starts_with('h') && *name != "hangup").collect();
    let others: String = others.iter().map(|name| format!("include {folder}/{name}.conf;\n")).collect();
    let server = format!("{logs}{}", places.server());
    let http = format!("{others}{http}");
    let mut nginx = Nginx::start(Site { http: &http, server: &server, workers: 1, ..Site::default() });
    places.write_files(&nginx);
    let kinds = requests::send_all(&nginx);
    nginx.quit();
    let machine = Machine { files: &OsFiles, proc_root: Path::new("/proc"), cpus: 1 };
    let found = discover::read(&nginx.conf(), &machine);
    let format = |name: &String| found.formats.get(name).unwrap_or_else(|why| panic!("{name}: {why}")).format;
    Played {
        kinds,
        logs: names.iter().map(|name| (name.clone(), lines(&nginx.path(&format!("{name}.log"))))).collect(),
        formats: names.iter().map(|name| (name.clone(), format(name))).collect(),
    }
}

fn lines(log: &Path) -> Vec<Vec<u8>> {
    let bytes = std::fs::read(log).unwrap_or_else(|error| panic!("{}: {error}", log.display()));
    bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect()
}

#[test]
fn every_format_shows_of_a_request_what_the_richest_shows() {
    let played = play();
    let richest = &played.logs["hangup"];
    assert_eq!(richest.len(), played.kinds.len(), "a line for each request");
    let mut wrong = Vec::new();
    let mut detected = 0;
    for (name, log) in &played.logs {
        let format = &played.formats[name];
        let raw = format.escape() == Escape::None;
        // Where nothing is escaped, a client can write what it likes.
        let kinds = || played.kinds.iter().zip(richest.iter().zip(log)).filter(move |(kind, _)| kind.is_tame || !raw);
        if !raw {
            assert_eq!(log.len(), richest.len(), "{name}: a line for each request");
        }
        let compare = |by: &str, format: &LogFormat, is_sure: bool| -> Vec<String> {
            let difference = |(kind, (rich, line)): (&Kind, (&Vec<u8>, &Vec<u8>))| {
                let what = compare::difference(format, line, &played.formats["hangup"], rich, kind, is_sure)?;
                Some(format!("{name} {by}, {}: {what}\n  {}", kind.name, line.escape_ascii()))
            };
            kinds().filter_map(difference).collect()
        };
        wrong.extend(compare("read by its format", format, true));
        let bytes: Vec<&[u8]> = log.iter().map(Vec::as_slice).collect();
        if let Some(known) = LogFormat::detect(&bytes) {
            detected += 1;
            wrong.extend(compare(&format!("read as {}", known.name().unwrap_or_default()), &known, false));
        }
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
    assert!(detected >= DETECTED_MIN, "{detected} of {} formats are known by their lines", played.logs.len());
}
