//! The files that a configuration was read from, and how each stood when it was read: whoever holds this can tell at the
//! cost of a stat(2) each whether it still is what was read. Does not know: what stands in them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::dialect::nginx::conf::{Files, Stamp};

/// Files, and the directories in which `include` looked for more.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    stamps: Vec<(PathBuf, Option<Stamp>)>,
    /// Of all that was read, in its order.
    digest: u64,
    /// Before the first was read, since 1970.
    read_at: Option<Duration>,
}

impl Sources {
    /// Nothing was read, since there is no such file. It may come.
    pub fn missing(path: &Path) -> Sources {
        Sources { stamps: vec![(path.to_owned(), None)], digest: 0, read_at: None }
    }

    /// The first that stands otherwise than when it was read.
    pub fn changed(&self, files: &dyn Files) -> Option<&Path> {
        let stands = |(path, stamp): &&(PathBuf, Option<Stamp>)| files.stamp(path) != *stamp;
        self.stamps.iter().find(stands).map(|(path, _)| path.as_path())
    }

    /// The one that was changed last, and when, in nanoseconds since 1970.
    pub fn newest(&self) -> Option<(&Path, i64)> {
        let changed = self.stamps.iter().filter_map(|(path, stamp)| Some((path.as_path(), stamp.as_ref()?.changed_ns)));
        changed.max_by_key(|(_, changed_ns)| *changed_ns)
    }

    /// When they began to be read, since 1970. `None`: nothing was.
    pub fn read_at(&self) -> Option<Duration> {
        self.read_at
    }

    /// Whether the same was read, wherever and whenever.
    pub fn is_same_text(&self, other: &Sources) -> bool {
        self.digest == other.digest
    }
}

/// Files that note what is read of them.
pub(super) struct Recording<'a> {
    files: &'a dyn Files,
    seen: RefCell<HashMap<PathBuf, Option<Stamp>>>,
    digest: RefCell<DefaultHasher>,
    read_at: Option<Duration>,
}

impl<'a> Recording<'a> {
    pub(super) fn new(files: &'a dyn Files) -> Recording<'a> {
        let read_at = SystemTime::now().duration_since(UNIX_EPOCH).ok();
        Recording { files, seen: RefCell::default(), digest: RefCell::default(), read_at }
    }

    pub(super) fn sources(self) -> Sources {
        let mut stamps: Vec<_> = self.seen.into_inner().into_iter().collect();
        stamps.sort_by(|(one, _), (other, _)| one.cmp(other));
        Sources { stamps, digest: self.digest.into_inner().finish(), read_at: self.read_at }
    }

    /// Before it is read, so that what changes meanwhile stands otherwise afterwards.
    fn note(&self, path: &Path) {
        if !self.seen.borrow().contains_key(path) {
            self.seen.borrow_mut().insert(path.to_owned(), self.files.stamp(path));
        }
    }
}

impl Files for Recording<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.note(path);
        let bytes = self.files.read(path);
        (path, bytes.as_ref().ok()).hash(&mut *self.digest.borrow_mut());
        bytes
    }

    fn glob(&self, pattern: &Path) -> Vec<PathBuf> {
        for above in searched(pattern) {
            match is_pattern(&above) {
                true => self.files.glob(&above).iter().for_each(|directory| self.note(directory)),
                false => self.note(&above),
            }
        }
        self.files.glob(pattern)
    }

    fn stamp(&self, path: &Path) -> Option<Stamp> {
        self.files.stamp(path)
    }
}

fn is_pattern(path: &Path) -> bool {
    path.as_os_str().as_bytes().iter().any(|byte| b"*?[".contains(byte))
}

/// The directories in which names are looked for, themselves patterns where they come after another.
fn searched(pattern: &Path) -> impl Iterator<Item = PathBuf> {
    let begun = pattern.ancestors().skip(1).take_while(|above| is_pattern(above)).map(Path::to_owned);
    let first = pattern.ancestors().find(|above| !is_pattern(above)).map(Path::to_owned);
    begun.chain(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::OsFiles;

    #[test]
    fn directories_of_a_pattern() {
        let of = |pattern: &str| searched(Path::new(pattern)).map(|it| it.display().to_string()).collect::<Vec<_>>();
        assert_eq!(of("/etc/nginx/conf.d/*.conf"), ["/etc/nginx/conf.d"]);
        assert_eq!(of("/srv/*/nginx.conf"), ["/srv/*", "/srv"]);
    }

    /// What is done to a tree, and which of its files is seen to have changed.
    #[test]
    fn every_change_is_seen() {
        type Change = fn(&Path);
        let changes: [(&str, Change, Option<&str>); 7] = [
            ("nothing", |_| {}, None),
            (
                "an edit",
                |dir| std::fs::write(dir.join("nginx.conf"), "events {} ").expect("writable"),
                Some("nginx.conf"),
            ),
            (
                "an edit of the same length",
                |dir| std::fs::write(dir.join("a/one.conf"), "b;").expect("writable"),
                Some("a/one.conf"),
            ),
            (
                "a rename over it",
                |dir| {
                    std::fs::write(dir.join("new"), "a;").expect("writable");
                    std::fs::rename(dir.join("new"), dir.join("a/one.conf")).expect("renamed");
                },
                Some("a"),
            ),
            ("a new site", |dir| std::fs::write(dir.join("a/two.conf"), "").expect("writable"), Some("a")),
            ("a new directory", |dir| std::fs::create_dir(dir.join("sites/b")).expect("writable"), Some("sites")),
            (
                "what was missing",
                |dir| std::fs::write(dir.join("missing.conf"), "").expect("writable"),
                Some("missing.conf"),
            ),
        ];
        for (what, change, expected) in changes {
            let dir = tempfile::tempdir().expect("a directory");
            std::fs::create_dir_all(dir.path().join("a")).expect("a directory");
            std::fs::create_dir_all(dir.path().join("sites/x")).expect("a directory");
            std::fs::write(dir.path().join("a/one.conf"), "a;").expect("writable");
            let main = dir.path().join("nginx.conf");
            std::fs::write(&main, "include a/*.conf; include missing.conf; include sites/*/x.conf;").expect("writable");
            let recording = Recording::new(&OsFiles);
            crate::dialect::nginx::conf::parse(&main, &recording);
            let sources = recording.sources();
            // The clock of a file system stands still for some milliseconds.
            std::thread::sleep(std::time::Duration::from_millis(20));
            change(dir.path());
            let changed = sources.changed(&OsFiles).map(|path| path.strip_prefix(dir.path()).expect("below"));
            assert_eq!(changed, expected.map(Path::new), "{what}");
        }
    }
}
