//! The folders of the cases, and the copy of one in which it is played.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::case::Case;

pub fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/cases")
}

/// `KIND/NAME` of all cases of a kind.
pub fn names(kind: &str) -> Vec<String> {
    let entries = fs::read_dir(cases().join(kind)).expect("a folder of cases");
    let name = |entry: fs::DirEntry| format!("{kind}/{}", entry.file_name().to_string_lossy());
    let mut names: Vec<String> = entries.map(|entry| name(entry.expect("an entry"))).collect();
    names.sort();
    assert!(!names.is_empty(), "there are no {kind}");
    names
}

/// A copy that everybody may read, with `@DIR@` filled in, and with what git cannot hold.
pub fn copy(name: &str, case: &Case) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a temporary directory");
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).expect("ours");
    copy_files(&cases().join(name), dir.path(), dir.path());
    let here = |name: &String| dir.path().join(name);
    for directory in &case.directories {
        fs::create_dir_all(here(directory)).expect("a directory");
    }
    for file in &case.empty {
        fs::create_dir_all(here(file).parent().expect("below the folder")).expect("a directory");
        fs::write(here(file), "").expect("writable");
    }
    for (link, target) in &case.links {
        symlink(fill(target, dir.path()), here(link)).expect("linkable");
    }
    for (fifo, file) in &case.fifos {
        let (fifo, file) = (here(fifo), here(file));
        assert!(Command::new("mkfifo").arg(&fifo).status().expect("mkfifo").success());
        // Ends with the test process where nobody ever reads.
        std::thread::spawn(move || fs::write(fifo, fs::read(file).expect("readable")));
    }
    dir
}

pub fn fill(text: &str, dir: &Path) -> String {
    text.replace("@DIR@", &dir.display().to_string())
}

fn copy_files(from: &Path, to: &Path, dir: &Path) {
    for entry in fs::read_dir(from).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        let target = to.join(entry.file_name().expect("a name"));
        if entry.is_dir() {
            fs::create_dir(&target).expect("a directory");
            copy_files(&entry, &target, dir);
            continue;
        }
        let bytes = fs::read(&entry).expect("readable");
        let bytes = String::from_utf8(bytes).map_or_else(|e| e.into_bytes(), |text| fill(&text, dir).into_bytes());
        fs::write(target, bytes).expect("writable");
    }
}
