//! Syslog files and a device that may not be read. (/dev/kmsg itself: tests/it/host)

use std::fs;
use std::io::Write;

use super::*;

const FULL: &str =
    "Nov 20 10:00:00 web kernel: [   12.345678] nf_conntrack: nf_conntrack: table full, dropping packet\n";

fn log_of(device: PathBuf, files: Vec<PathBuf>) -> KernelLog {
    KernelLog::new(&Options { kernel_log_device: device, kernel_log_files: files, ..Options::default() })
}

fn append(path: &Path, text: &str) {
    let mut file = OpenOptions::new().create(true).append(true).open(path).expect("a log");
    file.write_all(text.as_bytes()).expect("written");
}

fn table_full(log: &mut KernelLog) -> u64 {
    log.ask().expect("readable").counts().find(|(name, _)| *name == "conntrack_table_full").expect("a known message").1
}

#[test]
fn a_file_is_followed_from_its_end_through_partial_lines_and_rotation() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("kern.log");
    append(&path, FULL);
    let mut log = log_of(directory.path().join("kmsg"), vec![directory.path().join("none"), path.clone()]);
    assert_eq!(table_full(&mut log), 0, "what was there before is not counted");
    append(&path, &FULL[..50]);
    assert_eq!(table_full(&mut log), 0, "half a line");
    append(&path, &FULL[50..]);
    assert_eq!(table_full(&mut log), 1);
    fs::rename(&path, directory.path().join("kern.log.1")).expect("rotated");
    assert_eq!(table_full(&mut log), 1, "no new file yet");
    append(&path, FULL);
    table_full(&mut log);
    assert_eq!(table_full(&mut log), 2, "the new file is read from its beginning");
    fs::write(&path, "").expect("cut");
    table_full(&mut log);
    append(&path, FULL);
    assert_eq!(table_full(&mut log), 3);
}

#[test]
fn without_any_log_it_says_what_to_grant() {
    let directory = tempfile::tempdir().expect("a directory");
    let (device, file) = (directory.path().join("kmsg"), directory.path().join("kern.log"));
    let miss = |device: &Path| log_of(device.to_owned(), vec![file.clone()]).ask().expect_err("nothing to read");
    let absent = miss(&device);
    assert_eq!(absent.reason, Reason::Absent, "what cannot be here is no failure");
    assert!(absent.sentence.contains("PrivateDevices") && absent.sentence.contains("kern.log"), "{absent}");
    // To root nothing is denied; below a file nothing can be opened either.
    fs::write(&device, "").expect("writable");
    let denied = miss(&device.join("kmsg"));
    assert_eq!(denied.reason, Reason::Denied);
    assert!(denied.sentence.contains("CAP_SYSLOG") && denied.sentence.contains("kern.log"), "{denied}");
}
