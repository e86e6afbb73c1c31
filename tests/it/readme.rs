//! What the README tells people to paste is what the code expects.

use std::io;
use std::path::{Path, PathBuf};

use hangup::dialect::nginx::conf::{Files, parse};
use hangup::dialect::nginx::log_format::LogFormat;

/// The one file there is.
struct Snippet(String);

impl Files for Snippet {
    fn read(&self, _: &Path) -> io::Result<Vec<u8>> {
        Ok(self.0.clone().into_bytes())
    }
    fn glob(&self, _: &Path) -> Vec<PathBuf> {
        Vec::new()
    }
}

#[test]
fn the_log_format_to_paste_is_the_recommended_one() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).expect("README.md");
    let snippet = readme.split("```nginx").nth(1).and_then(|rest| rest.split("```").next()).expect("a block of nginx");
    let conf = parse(Path::new("nginx.conf"), &Snippet(snippet.to_owned()));
    assert!(conf.problems.is_empty(), "{:?}", conf.problems);
    let line = conf.directives.iter().find(|directive| directive.name == "log_format").expect("a log_format");
    let recommended = LogFormat::preset("hangup").expect("the recommended format");
    assert_eq!((line.args[0].as_str(), line.args[1..].concat().as_str()), ("hangup", recommended.source()));
}

#[test]
fn the_demo_writes_the_recommended_format() {
    assert_eq!(
        LogFormat::preset("hangup").map(|format| format.source().to_owned()).as_deref(),
        Some(hangup::demo::embedded::LOG_FORMAT)
    );
}
