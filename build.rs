//! Tells the program which revision it is built from: what `HANGUP_REVISION` says, else what the package or git says.
//! A build without any of these is as good, and does not know.

#![allow(clippy::disallowed_methods, reason = "hangup starts no process; building it may start git")]

use std::path::Path;
use std::process::Command;

/// Of a revision's hash.
const DIGITS: usize = 12;

fn main() {
    println!("cargo::rerun-if-env-changed=HANGUP_REVISION");
    println!("cargo::rerun-if-changed=build.rs");
    let given = std::env::var("HANGUP_REVISION").ok().filter(|revision| !revision.is_empty());
    let revision = given.or_else(packaged).or_else(checked_out).unwrap_or_else(|| "unknown".to_owned());
    println!("cargo::rustc-env=HANGUP_REVISION={revision}");
}

/// What `cargo package` wrote down (`"sha1": "…"`).
fn packaged() -> Option<String> {
    let text = std::fs::read_to_string(".cargo_vcs_info.json").ok()?;
    let hash = text.split("\"sha1\"").nth(1)?.split('"').nth(1)?;
    hash.get(..DIGITS).map(str::to_owned)
}

fn checked_out() -> Option<String> {
    // Sources that were unpacked below somebody else's repository have nothing to do with it.
    if !git(&["rev-parse", "--show-prefix"])?.is_empty() {
        return None;
    }
    let revision = git(&["rev-parse", &format!("--short={DIGITS}"), "HEAD"])?;
    if std::env::var("PROFILE").is_ok_and(|profile| profile != "release") {
        // Not followed from commit to commit: that would compile everything once more each time.
        return Some(format!("{revision}-dev"));
    }
    for path in ["HEAD", "logs/HEAD"].iter().filter_map(|name| git(&["rev-parse", "--git-path", name])) {
        if Path::new(&path).exists() {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    ["src", "Cargo.toml", "Cargo.lock"].iter().for_each(|path| println!("cargo::rerun-if-changed={path}"));
    let changed = git(&["status", "--porcelain", "--untracked-files=no"])?;
    Some(if changed.is_empty() { revision } else { format!("{revision}-dirty") })
}

fn git(args: &[&str]) -> Option<String> {
    let output = Command::new("git").args(args).output().ok().filter(|output| output.status.success())?;
    String::from_utf8(output.stdout).ok().map(|text| text.trim().to_owned())
}
