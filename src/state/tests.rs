//! What is saved comes back, and what is damaged does not.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use super::*;
use crate::input::tail::{Positions, tests::as_nobody};

type Tally = BTreeMap<String, u64>;

fn snapshot(series: usize) -> Snapshot<Tally> {
    let tally = (0..series).map(|number| (format!("server=\"a\",route=\"/{number}\",status=\"499\""), number as u64));
    Snapshot { labels: "labels".into(), positions: Positions::default(), tally: tally.collect() }
}

fn load(directory: &StateDirectory) -> Loaded<Tally> {
    directory.load("labels").unwrap()
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name != "lock")
        .collect();
    names.sort();
    names
}

#[test]
fn what_is_saved_comes_back() {
    let directory = tempfile::tempdir().unwrap();
    let state = StateDirectory::open(&directory.path().join("made/on/demand")).unwrap();
    assert_eq!(load(&state), Loaded::Nothing);
    for series in [3, 100, 2] {
        state.save(&snapshot(series)).unwrap();
        assert_eq!(load(&state), Loaded::Snapshot(snapshot(series)));
    }
    assert_eq!(names(&directory.path().join("made/on/demand")), ["snapshot"]);
}

#[test]
fn a_snapshot_cut_at_any_byte_or_with_any_byte_changed_is_refused() {
    let bytes = snapshot(2).to_bytes().unwrap();
    for cut in 0..bytes.len() {
        assert!(Snapshot::<Tally>::from_bytes(&bytes[..cut]).is_err(), "cut at {cut}");
    }
    for index in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[index] ^= 1 << bit;
            assert!(Snapshot::<Tally>::from_bytes(&changed).is_err(), "bit {bit} of byte {index}");
        }
    }
    assert_eq!(Snapshot::from_bytes(&bytes), Ok(snapshot(2)));
}

#[test]
fn the_version_before_is_still_read() {
    let mut bytes = snapshot(2).to_bytes().unwrap();
    bytes[8] = 2;
    let checksum = crc32fast::hash(&bytes[24..]);
    bytes[12..16].copy_from_slice(&checksum.to_le_bytes());
    assert_eq!(Snapshot::from_bytes(&bytes), Ok(snapshot(2)));
    bytes[8] = 1;
    assert_eq!(Snapshot::<Tally>::from_bytes(&bytes), Err(Damage::OtherVersion(1)));
}

#[test]
fn a_snapshot_that_cannot_be_continued_is_set_aside_with_the_reason() {
    let good = snapshot(2).to_bytes().unwrap();
    let mut other_version = good.clone();
    other_version[8] = 9;
    let other_labels = Snapshot { labels: "others".into(), ..snapshot(2) }.to_bytes().unwrap();
    let other_content =
        Snapshot { labels: "labels".into(), positions: Positions::default(), tally: "text" }.to_bytes().unwrap();
    for (bytes, reason) in [
        (&b""[..], "it is no snapshot of hangup"),
        (b"something else altogether", "it is no snapshot of hangup"),
        (&good[..good.len() - 1], "bytes where"),
        (&other_version, "version 9 of the format"),
        (&other_labels, "other labels"),
        (&other_content, "does not fit (invalid type: string"),
    ] {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("snapshot"), bytes).unwrap();
        let state = StateDirectory::open(directory.path()).unwrap();
        let Loaded::SetAside(set_aside) = load(&state) else { panic!("{reason}: not set aside") };
        let sentence = set_aside.to_string();
        assert!(sentence.contains(reason) && sentence.contains("snapshot.damaged-1"), "{sentence}");
        assert_eq!(fs::read(directory.path().join("snapshot.damaged-1")).unwrap(), bytes);
        assert_eq!(load(&state), Loaded::Nothing);
        state.save(&snapshot(1)).unwrap();
        assert_eq!(load(&state), Loaded::Snapshot(snapshot(1)));
    }
}

#[test]
fn only_the_newest_damaged_ones_are_kept() {
    let directory = tempfile::tempdir().unwrap();
    let state = StateDirectory::open(directory.path()).unwrap();
    for number in 0..10 {
        fs::write(directory.path().join("snapshot"), number.to_string()).unwrap();
        assert!(matches!(load(&state), Loaded::SetAside(_)));
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
    state.save(&snapshot(2)).unwrap();
    fs::write(directory.path().join("snapshot.new"), "hal").unwrap();
    assert_eq!(load(&state), Loaded::Snapshot(snapshot(2)));
    state.save(&snapshot(3)).unwrap();
    assert_eq!(load(&state), Loaded::Snapshot(snapshot(3)));
}

#[test]
fn a_full_disk_is_told_and_the_old_snapshot_stays() {
    let directory = tempfile::tempdir().unwrap();
    let state = StateDirectory::open(directory.path()).unwrap();
    state.save(&snapshot(2)).unwrap();
    // Writing to /dev/full always fails with ENOSPC.
    std::os::unix::fs::symlink("/dev/full", directory.path().join("snapshot.new")).unwrap();
    let sentence = state.save(&snapshot(3)).unwrap_err().to_string();
    assert!(sentence.contains("No space left on device"), "{sentence}");
    assert_eq!(load(&state), Loaded::Snapshot(snapshot(2)));
    assert_eq!(names(directory.path()), ["snapshot"], "half a snapshot must not take room");
    state.save(&snapshot(3)).unwrap();
    assert_eq!(load(&state), Loaded::Snapshot(snapshot(3)));
}

#[test]
fn a_directory_that_cannot_be_written_is_told_and_the_old_snapshot_stays() {
    let directory = tempfile::tempdir().unwrap();
    let state = StateDirectory::open(directory.path()).unwrap();
    state.save(&snapshot(2)).unwrap();
    // Root may write anywhere, but not through a directory where a file should be.
    fs::create_dir_all(directory.path().join("snapshot.new/in/the/way")).unwrap();
    let sentence = state.save(&snapshot(3)).unwrap_err().to_string();
    assert!(sentence.contains("cannot be written"), "{sentence}");
    assert_eq!(load(&state), Loaded::Snapshot(snapshot(2)));
}

#[test]
fn a_directory_turned_read_only_is_told_and_the_old_snapshot_stays() {
    let directory = tempfile::tempdir().unwrap();
    let state = StateDirectory::open(directory.path()).unwrap();
    state.save(&snapshot(2)).unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let sentence = as_nobody(|| state.save(&snapshot(3))).unwrap_err().to_string();
    assert!(sentence.contains("cannot be written (Permission denied"), "{sentence}");
    assert_eq!(load(&state), Loaded::Snapshot(snapshot(2)));
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
    state.save(&snapshot(3)).unwrap();
}

#[test]
fn an_unreadable_snapshot_is_set_aside() {
    let directory = tempfile::tempdir().unwrap();
    let state = StateDirectory::open(directory.path()).unwrap();
    fs::create_dir(directory.path().join("snapshot")).unwrap();
    let Loaded::SetAside(set_aside) = load(&state) else { panic!("not set aside") };
    assert!(set_aside.to_string().contains("it cannot be read (Is a directory"), "{set_aside}");
    assert_eq!(load(&state), Loaded::Nothing);
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
    state.save(&snapshot(1)).unwrap();
    let mode = fs::metadata(directory.path().join("snapshot")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn ten_thousand_series_are_back_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let state = StateDirectory::open(directory.path()).unwrap();
    state.save(&snapshot(10_000)).unwrap();
    let begun = Instant::now();
    assert!(matches!(load(&state), Loaded::Snapshot(_)));
    // Some milliseconds in truth; the bound leaves room for a debug build on a busy machine.
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
}
