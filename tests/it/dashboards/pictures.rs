//! docs/pictures shows every dashboard and every incident, and stays small.

use super::files;
use hangup::demo::embedded::incidents::{Cause, INCIDENTS};
use std::path::PathBuf;

/// All of them together; the repository is not a photo album.
const BYTES_MAX: u64 = 3_000_000;
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

#[test]
fn every_dashboard_has_its_picture() {
    for path in files::paths() {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        is_png(&pictures().join(format!("dashboard-{name}.png")));
    }
    is_png(&pictures().join("abandonment.png"));
}

#[test]
fn every_incident_has_its_picture() {
    let source = std::fs::read_to_string(files::repository().join("tools/pictures/src/draw.mjs")).expect("readable");
    let row = regex::Regex::new(r"'([^']+)': \{ file: '([^']+)', wanted: '([^']+)'").expect("a pattern");
    let rows: Vec<[String; 3]> =
        row.captures_iter(&source).map(|c| [c[1].to_owned(), c[2].to_owned(), c[3].to_owned()]).collect();
    let all = files::all();
    for incident in INCIDENTS.iter().filter(|incident| incident.cause != Cause::Healthy) {
        let [_, file, panel] = rows.iter().find(|[title, ..]| title == incident.title).expect(incident.title);
        is_png(&pictures().join(format!("incidents/{file}.png")));
        assert!(all.iter().flat_map(files::Dashboard::drawn).any(|p| p.title == *panel), "there is no panel {panel}");
    }
}

#[test]
fn together_they_are_small() {
    let found = glob::glob(&pictures().join("**/*.png").to_string_lossy()).expect("a pattern");
    let bytes: u64 = found.map(|path| path.expect("readable").metadata().expect("readable").len()).sum();
    assert!(bytes < BYTES_MAX, "{bytes} bytes of pictures");
}

fn pictures() -> PathBuf {
    files::repository().join("docs/pictures")
}

#[track_caller]
fn is_png(path: &PathBuf) {
    let bytes = std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}; `make pictures` draws it", path.display()));
    assert!(bytes.starts_with(PNG), "{} is no PNG", path.display());
}
