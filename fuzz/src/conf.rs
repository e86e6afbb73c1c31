//! Any tree of files as nginx's configuration, and all that is discovered in it.
//! The input: files, each opened by a line `#file NAME`; what stands before the first is the main one.

use hangup::config::discover;
use hangup::dialect::nginx::conf::{Directive, Files, parse};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

const MAIN: &str = "/etc/nginx/nginx.conf";
const OPENS: &[u8] = b"#file ";

pub fn check(bytes: &[u8]) {
    let files = Map::of(bytes);
    let conf = parse(Path::new(MAIN), &files);
    assert!(depth(&conf.directives) <= 100, "nested too deep");
    for problem in &conf.problems {
        assert!(!problem.what.is_empty(), "{problem:?}");
    }
    let found =
        discover::read(Path::new(MAIN), &discover::Machine { files: &files, proc_root: Path::new("/proc"), cpus: 2 });
    assert!(found.facts.read);
    for log in &found.access_logs {
        let _ = (log.path.len(), log.origin.to_string());
    }
}

fn depth(directives: &[Directive]) -> usize {
    directives.iter().map(|directive| 1 + depth(&directive.block)).max().unwrap_or(0)
}

struct Map(BTreeMap<PathBuf, Vec<u8>>);

impl Map {
    fn of(bytes: &[u8]) -> Map {
        let mut files = BTreeMap::new();
        let mut path = PathBuf::from(MAIN);
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            match line.strip_prefix(OPENS) {
                Some(name) => path = Path::new("/etc/nginx").join(String::from_utf8_lossy(name).trim_end()),
                None => files.entry(path.clone()).or_insert_with(Vec::new).extend_from_slice(line),
            }
        }
        Map(files)
    }
}

impl Files for Map {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.0.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn glob(&self, pattern: &Path) -> Vec<PathBuf> {
        let Ok(pattern) = glob::Pattern::new(&pattern.to_string_lossy()) else { return Vec::new() };
        self.0.keys().filter(|path| pattern.matches_path(path)).cloned().collect()
    }
}
