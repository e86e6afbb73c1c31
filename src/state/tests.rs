//! What is saved comes back, and what is damaged does not.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::*;
use crate::input::tail::{Positions, tests::as_nobody};

/// Counts for the tests: version 2 had a list of pairs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
struct Tally(BTreeMap<String, u64>);

impl Counts for Tally {
    fn from_version_2(tally: Value) -> Value {
        let pairs = tally.as_array().into_iter().flatten();
        Value::Object(pairs.map(|pair| (pair[0].as_str().unwrap_or_default().to_owned(), pair[1].clone())).collect())
    }
}

fn snapshot(series: usize) -> Snapshot<Tally> {
    let series = (0..series).map(|number| (format!("server=\"a\",route=\"/{number}\",status=\"499\""), number as u64));
    Snapshot { sequence: 1, positions: Positions::default(), counts: Tally(series.collect()) }
}

fn found(series: usize) -> Option<Found<Tally>> {
    let Snapshot { sequence, positions, counts } = snapshot(series);
    Some(Found { sequence, positions, counts: Ok(counts) })
}

fn from_bytes(bytes: &[u8]) -> Result<Found<Tally>, Damage> {
    Found::from_bytes(bytes)
}

fn load(directory: &StateDirectory) -> Option<Found<Tally>> {
    directory.load().unwrap().found
}

fn save(directory: &StateDirectory, snapshot: &Snapshot<Tally>) -> Result<(), StateError> {
    directory.save(snapshot, Durability::Power)
}

/// The bytes of a snapshot of any version.
fn of_version(version: u32, payload: &str) -> Vec<u8> {
    let mut summed = if version > 2 { version.to_le_bytes().to_vec() } else { Vec::new() };
    summed.extend(payload.as_bytes());
    let (checksum, length) = (crc32fast::hash(&summed), payload.len() as u64);
    [b"hangup\r\n", &version.to_le_bytes()[..], &checksum.to_le_bytes(), &length.to_le_bytes(), payload.as_bytes()]
        .concat()
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn what_is_saved_comes_back() {
    let directory = tempfile::tempdir().unwrap();
    let state = StateDirectory::open(&directory.path().join("made/on/demand")).unwrap();
    assert_eq!(load(&state), None);
    for series in [3, 100, 2] {
        save(&state, &snapshot(series)).unwrap();
        assert_eq!(load(&state), found(series));
    }
    assert_eq!(names(&directory.path().join("made/on/demand")), ["snapshot"]);
}

#[test]
fn a_snapshot_cut_at_any_byte_or_with_any_byte_changed_is_refused() {
    let bytes = snapshot(2).to_bytes().unwrap();
    for cut in 0..bytes.len() {
        assert!(from_bytes(&bytes[..cut]).is_err(), "cut at {cut}");
    }
    for index in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[index] ^= 1 << bit;
            assert!(from_bytes(&changed).is_err(), "bit {bit} of byte {index}");
        }
    }
    assert_eq!(from_bytes(&bytes).ok(), found(2));
}

#[test]
fn every_version_is_read_and_a_newer_one_by_its_names() {
    let positions = serde_json::to_string(&Positions::default()).unwrap();
    let older = format!(r#"{{"labels": "any", "positions": {positions}, "tally": [["a", 7]]}}"#);
    let newer = format!(r#"{{"sequence": 3, "positions": {positions}, "counts": {{"a": 7}}, "news": 1}}"#);
    let counts = Tally(BTreeMap::from([("a".to_owned(), 7)]));
    for (version, payload, sequence) in [(2, &older, 0), (9, &newer, 3)] {
        let expected = Found { sequence, positions: Positions::default(), counts: Ok(counts.clone()) };
        assert_eq!(from_bytes(&of_version(version, payload)), Ok(expected), "version {version}");
    }
    assert_eq!(from_bytes(&of_version(1, &older)), Err(Damage::OtherVersion(1)));
}

#[test]
fn positions_outlive_counts() {
    let positions = serde_json::to_string(&Positions::default()).unwrap();
    let other = format!(r#"{{"positions": {positions}, "counts": "text"}}"#);
    let found = from_bytes(&of_version(3, &other)).unwrap();
    assert_eq!(found.positions, Positions::default());
    assert!(found.counts.unwrap_err().contains("invalid type: string"));
}

#[test]
fn the_younger_of_two_wins_and_a_damaged_one_is_no_loss() {
    let directory = tempfile::tempdir().unwrap();
    let state = StateDirectory::open(directory.path()).unwrap();
    let numbered = |sequence, series| Snapshot { sequence, ..snapshot(series) };
    state.save(&numbered(1, 1), Durability::Power).unwrap();
    state.save(&numbered(2, 2), Durability::Process).unwrap();
    assert_eq!(load(&state).unwrap().counts, found(2).unwrap().counts);
    state.save(&numbered(3, 3), Durability::Power).unwrap();
    assert_eq!(load(&state).unwrap().counts, found(3).unwrap().counts);
    // What the power may leave of a file that was not waited for.
    fs::write(directory.path().join("snapshot.latest"), "").unwrap();
    let loaded: Loaded<Tally> = state.load().unwrap();
    assert_eq!(loaded.found.unwrap().counts, found(3).unwrap().counts);
    assert_eq!(loaded.set_aside.len(), 1);
}

#[test]
fn nothing_but_a_plain_file_of_a_possible_size_is_read() {
    let directory = tempfile::tempdir().unwrap();
    let state = StateDirectory::open(directory.path()).unwrap();
    let path = directory.path().join("snapshot");
    let refused = || state.load::<Tally>().unwrap().set_aside.remove(0).damage;
    std::os::unix::fs::symlink("/etc/passwd", &path).unwrap();
    assert_eq!(refused(), Damage::NotAFile);
    let pipe = std::ffi::CString::new(path.to_str().unwrap()).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, &*pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    assert_eq!(refused(), Damage::NotAFile);
    fs::File::create(&path).unwrap().set_len(1 << 40).unwrap();
    assert_eq!(refused(), Damage::TooLarge(1 << 40));
}

#[test]
fn a_snapshot_that_cannot_be_continued_is_set_aside_with_the_reason() {
    let good = snapshot(2).to_bytes().unwrap();
    let other_content = of_version(3, r#"{"positions": 1, "counts": {}}"#);
    for (bytes, reason) in [
        (&b""[..], "it is no snapshot of hangup"),
        (b"something else altogether", "it is no snapshot of hangup"),
        (&good[..good.len() - 1], "bytes where"),
        (&other_content, "does not fit (invalid type: integer"),
    ] {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("snapshot"), bytes).unwrap();
        let state = StateDirectory::open(directory.path()).unwrap();
        let sentence = state.load::<Tally>().unwrap().set_aside[0].to_string();
        assert!(sentence.contains(reason) && sentence.contains("snapshot.damaged-1"), "{sentence}");
        assert_eq!(fs::read(directory.path().join("snapshot.damaged-1")).unwrap(), bytes);
        assert_eq!(load(&state), None);
        save(&state, &snapshot(1)).unwrap();
        assert_eq!(load(&state), found(1));
    }
}

#[test]
fn only_the_newest_damaged_ones_are_kept() {
    let directory = tempfile::tempdir().unwrap();
    let state = StateDirectory::open(directory.path()).unwrap();
    for number in 0..10 {
        fs::write(directory.path().join("snapshot"), number.to_string()).unwrap();
        assert_eq!(state.load::<Tally>().unwrap().set_aside.len(), 1);
    }
    assert_eq!(names(directory.path()), ["snapshot.damaged-1", "snapshot.damaged-2", "snapshot.damaged-3"]);
    assert_eq!(fs::read_to_string(directory.path().join("snapshot.damaged-1")).unwrap(), "9");
}

#[test]
fn a_second_instance_is_refused_until_the_first_is_gone() {
    let directory = tempfile::tempdir().unwrap();
    let first = StateDirectory::open(directory.path()).unwrap();
    let sentence = StateDirectory::open(directory.path()).unwrap_err().to_string();
    assert!(sentence.contains(&directory.path().display().to_string()) && sentence.contains("in use"), "{sentence}");
    drop(first);
    StateDirectory::open(directory.path()).unwrap();
}

#[test]
fn a_file_left_by_a_kill_in_the_middle_of_writing_does_not_matter() {
    let directory = tempfile::tempdir().unwrap();
    let state = StateDirectory::open(directory.path()).unwrap();
    save(&state, &snapshot(2)).unwrap();
    fs::write(directory.path().join("snapshot.new"), "hal").unwrap();
    assert_eq!(load(&state), found(2));
    save(&state, &snapshot(3)).unwrap();
    assert_eq!(load(&state), found(3));
}

#[test]
fn a_directory_that_cannot_be_written_is_told_and_the_old_snapshot_stays() {
    let directory = tempfile::tempdir().unwrap();
    let state = StateDirectory::open(directory.path()).unwrap();
    save(&state, &snapshot(2)).unwrap();
    // Root may write anywhere, but not through a directory where a file should be.
    fs::create_dir_all(directory.path().join("snapshot.new/in/the/way")).unwrap();
    let sentence = save(&state, &snapshot(3)).unwrap_err().to_string();
    assert!(sentence.contains("cannot be written"), "{sentence}");
    assert_eq!(load(&state), found(2));
}

#[test]
fn a_directory_turned_read_only_is_told_and_the_old_snapshot_stays() {
    let directory = tempfile::tempdir().unwrap();
    let state = StateDirectory::open(directory.path()).unwrap();
    save(&state, &snapshot(2)).unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let sentence = as_nobody(|| save(&state, &snapshot(3))).unwrap_err().to_string();
    assert!(sentence.contains("cannot be written (Permission denied"), "{sentence}");
    assert_eq!(load(&state), found(2));
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
    save(&state, &snapshot(3)).unwrap();
}

#[test]
fn an_unreadable_snapshot_is_set_aside() {
    let directory = tempfile::tempdir().unwrap();
    let state = StateDirectory::open(directory.path()).unwrap();
    fs::create_dir(directory.path().join("snapshot")).unwrap();
    assert_eq!(state.load::<Tally>().unwrap().set_aside[0].damage, Damage::NotAFile);
    assert_eq!(load(&state), None);
}

#[test]
fn a_path_that_can_be_no_directory_is_told() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let sentence = StateDirectory::open(&file.path().join("state")).unwrap_err().to_string();
    assert!(sentence.contains("cannot be opened") && sentence.contains("Not a directory"), "{sentence}");
    for (path, word) in [("/proc/hangup", "cannot be opened"), ("/sys/hangup", "cannot be opened")] {
        let sentence = StateDirectory::open(Path::new(path)).unwrap_err().to_string();
        assert!(sentence.contains(word), "{sentence}");
    }
}

#[test]
fn nobody_else_may_read_it() {
    let directory = tempfile::tempdir().unwrap();
    let state = StateDirectory::open(directory.path()).unwrap();
    save(&state, &snapshot(1)).unwrap();
    let mode = fs::metadata(directory.path().join("snapshot")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn ten_thousand_series_are_back_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let state = StateDirectory::open(directory.path()).unwrap();
    save(&state, &snapshot(10_000)).unwrap();
    let begun = Instant::now();
    assert!(load(&state).is_some());
    // Some milliseconds in truth; the bound leaves room for a debug build on a busy machine.
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
}
