//! What users of the world really have: formats, configurations, error lines and bug reports, one folder each under
//! `tests/fixtures/cases/KIND/NAME`, with a `case.yml` that says what is run and what is right.
//!
//! `CASE=formats/09 cargo test --test it cases::` runs one (by the beginning of its name) and prints what it misses.

mod case;
mod folder;
mod plays;
mod run;
mod want;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

use case::Case;

/// What a case wants and does not get.
pub type Missing = Vec<String>;

#[test]
fn formats() {
    hold("formats");
}

#[test]
fn confs() {
    hold("confs");
}

#[test]
fn errors() {
    hold("errors");
}

#[test]
fn peers() {
    hold("peers");
}

/// Cases played at once: most of them wait.
const AT_ONCE: usize = 4;

fn hold(kind: &str) {
    let only = std::env::var("CASE").unwrap_or_default();
    let names: Vec<String> = folder::names(kind).into_iter().filter(|name| name.starts_with(&only)).collect();
    let next = AtomicUsize::new(0);
    let one_after_the_other = || {
        let mine = std::iter::from_fn(|| names.get(next.fetch_add(1, Ordering::Relaxed)));
        mine.filter_map(|name| verdict(name, !only.is_empty())).collect::<Vec<_>>()
    };
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(one_after_the_other)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("cases do not panic")).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong with a case.
fn verdict(name: &str, aloud: bool) -> Option<String> {
    let missing = missing(name);
    if aloud {
        println!("{name}: {}", if missing.is_empty() { "holds".to_owned() } else { missing.join("\n  ") });
    }
    (!missing.is_empty()).then(|| format!("{name}:\n  {}", missing.join("\n  ")))
}

/// A case whose file cannot be read is a mistake here (it panics); a step that panics (hangup does not start, something does
/// not happen in time) is a case that does not hold, and the others are still played.
fn missing(name: &str) -> Missing {
    let case = Case::read(name);
    let played = catch_unwind(AssertUnwindSafe(|| run::play(name, &case)));
    played.unwrap_or_else(|panic| vec![message(panic.as_ref())])
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    text.unwrap_or("panicked").to_owned()
}
