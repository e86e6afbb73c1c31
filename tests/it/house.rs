//! Holds the walls of the house: which room may use which (the table in lib.rs), and the habits of its files.

mod circles;
mod source;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn rust_files(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).expect("readable").map(|e| e.expect("an entry").path()) {
        if entry.is_dir() {
            rust_files(&entry, files);
        } else if entry.extension().is_some_and(|e| e == "rs") {
            files.push(entry);
        }
    }
}

fn files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    rust_files(&src(), &mut files);
    files
}

/// `src/dialect/nginx/conf.rs` → `dialect`, `src/ingest.rs` → `ingest`.
fn room(file: &Path) -> String {
    let inside = file.strip_prefix(src()).expect("below src");
    let first = inside.components().next().expect("a name").as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// The table in lib.rs: room → rooms it may use.
fn allowed() -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(src().join("lib.rs")).expect("lib.rs");
    let rows = text.lines().filter_map(|l| l.strip_prefix("//! | [`"));
    rows.map(|row| {
        let (room, rest) = row.split_once("`]").expect("a room");
        (room.to_owned(), rest.rsplit('|').nth(1).expect("a last column").to_owned())
    })
    .collect()
}

#[test]
fn rooms_use_only_what_the_table_in_lib_rs_allows() {
    let allowed = allowed();
    assert!(allowed.len() >= 15, "the table in lib.rs was not found: {allowed:?}");
    let mut broken = Vec::new();
    for file in files() {
        let own = room(&file);
        let Some(may) = allowed.get(&own) else {
            assert!(["lib", "main"].contains(&own.as_str()), "{own} has no row in the table of lib.rs");
            continue;
        };
        for used in used_rooms(&std::fs::read_to_string(&file).expect("readable")) {
            let listed = may.split([' ', ',', '(', ')', ':']).any(|word| word == used);
            if used != own && !listed && !may.contains("everything") {
                broken.push(format!("{} uses {used}", file.display()));
            }
        }
    }
    assert!(broken.is_empty(), "walls broken:\n{}", broken.join("\n"));
}

/// What reads lines, and all that stands behind it, goes through the registry of products.
#[test]
fn only_some_rooms_name_a_product() {
    let may = ["dialect", "config", "check", "poll", "metrics", "serve"];
    let naming = files().into_iter().filter(|file| !is_test(file) && !may.contains(&room(file).as_str()));
    let naming = naming.filter(|f| std::fs::read_to_string(f).expect("readable").contains("dialect::nginx::"));
    assert_eq!(naming.collect::<Vec<_>>(), Vec::<PathBuf>::new());
}

fn is_test(file: &Path) -> bool {
    let test = |name: &str| matches!(name, "tests" | "tests.rs") || name.ends_with("_tests.rs");
    file.components().any(|part| part.as_os_str().to_str().is_some_and(test))
}

/// Every file that is no test, by its name below `src/`, with its text.
fn product_files() -> Vec<(String, String)> {
    let named = |file: PathBuf| {
        let text = std::fs::read_to_string(&file).expect("readable");
        (file.strip_prefix(src()).expect("below src").to_string_lossy().into_owned(), text)
    };
    files().into_iter().filter(|file| !is_test(file)).map(named).collect()
}

fn used_rooms(text: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        let name: String = rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
        rooms.push(name);
    }
    rooms
}

#[test]
fn every_file_opens_with_its_sentence() {
    for file in files().iter().filter(|file| !is_test(file)) {
        let text = std::fs::read_to_string(file).expect("readable");
        assert!(text.starts_with("//! "), "{} does not say what it is", file.display());
    }
}

#[test]
fn files_stay_readable_in_one_sitting() {
    let long: Vec<_> = files()
        .into_iter()
        .filter(|file| !is_test(file))
        .map(|f| (std::fs::read_to_string(&f).expect("readable").lines().count(), f))
        .filter(|(lines, _)| *lines > 300)
        .collect();
    assert!(long.is_empty(), "split these: {long:#?}");
}

/// The compiler forbids it; this holds that it is asked to.
#[test]
fn unsafe_is_forbidden() {
    for root in ["lib.rs", "main.rs"] {
        let text = std::fs::read_to_string(src().join(root)).expect("readable");
        assert!(text.contains("#![forbid(unsafe_code)]"), "{root} allows unsafe");
    }
}

#[test]
fn the_image_is_built_with_this_folders_toolchain() {
    let read = |name: &str| std::fs::read_to_string(src().with_file_name(name)).expect(name);
    let between = |text: &str, before: &str, after: char| {
        let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no {before}"));
        rest.split_once(after).expect("an end").0.to_owned()
    };
    let (toolchain, dockerfile) = (read("rust-toolchain.toml"), read("Dockerfile"));
    assert_eq!(between(&toolchain, "channel = \"", '"'), between(&dockerfile, "FROM rust:", '-'));
}
