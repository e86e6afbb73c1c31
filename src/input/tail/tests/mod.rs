//! Scenarios on real files in a temporary directory: write, call `round()`, compare the lines. Nothing sleeps but for a
//! tick of the clock.

mod basics;
mod faults;
mod model;
mod places;
mod race;
mod rest;
mod resume;
mod rotation;
mod systems;

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub(crate) use crate::permission::nobody::as_nobody;

use super::{Options, Positions, Source, StartFrom, Tailer};
use crate::input::{Line, Lines, LogStatus, Rotation, Round};

/// More than any scenario writes.
const BUDGET: usize = 64 << 20;

/// A directory with logs and a tailer over them, at a time of its own.
struct Scene {
    directory: tempfile::TempDir,
    /// Holds nothing else: what lies beside a log's directory is looked at, and must not be another test's, whose files get
    /// the inodes that this one gives up within the same tick of the clock.
    _above: tempfile::TempDir,
    sources: Vec<Source>,
    tailer: Tailer,
    now: Instant,
    lines: Vec<String>,
}

fn options() -> Options {
    Options {
        look_every: Duration::ZERO,
        look_at_all_every: Duration::ZERO,
        glob_every: Duration::ZERO,
        idle_check_every: Duration::ZERO,
        logrotate: PathBuf::new(),
        ..Options::default()
    }
}

impl Scene {
    /// Follows `pattern` in an empty directory.
    fn new(pattern: &str) -> Self {
        Self::with_files(&[pattern], StartFrom::End, &[])
    }

    fn with_files(patterns: &[&str], from: StartFrom, files: &[(&str, &str)]) -> Self {
        let above = tempfile::tempdir().unwrap();
        let directory = tempfile::tempdir_in(above.path()).unwrap();
        for (name, text) in files {
            fs::write(directory.path().join(name), text).unwrap();
        }
        let pattern = |name: &&str| directory.path().join(name).to_string_lossy().into_owned();
        let sources: Vec<_> = patterns.iter().map(|it| Source { pattern: pattern(it), from }).collect();
        let tailer = Tailer::new(sources.clone(), options());
        let mut scene = Self { directory, _above: above, sources, tailer, now: Instant::now(), lines: Vec::new() };
        scene.round();
        scene
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Opens a log as nginx does.
    fn open(&self, name: &str) -> File {
        if !self.path(name).exists() {
            tick();
        }
        append(&self.path(name))
    }

    fn write(&self, name: &str, text: &str) {
        self.open(name).write_all(text.as_bytes()).unwrap();
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    fn remove(&self, name: &str) {
        fs::remove_file(self.path(name)).unwrap();
    }

    /// What `copytruncate` does.
    fn copy(&self, from: &str, to: &str) {
        tick();
        fs::copy(self.path(from), self.path(to)).unwrap();
    }

    fn truncate(&self, name: &str) {
        self.open(name).set_len(0).unwrap();
    }

    /// What `compress` does: the time of the last write is kept, the original removed.
    fn gzip(&self, name: &str) {
        let text = fs::read(self.path(name)).unwrap();
        let modified = fs::metadata(self.path(name)).unwrap().modified().unwrap();
        tick();
        let file = File::create(self.path(&format!("{name}.gz"))).unwrap();
        let mut encoder = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
        encoder.write_all(&text).unwrap();
        encoder.finish().unwrap().set_modified(modified).unwrap();
        self.remove(name);
    }

    fn round(&mut self) -> Round {
        let lines = &mut self.lines;
        self.tailer.round(BUDGET, self.now, |_, line| lines.push(text(line)))
    }

    /// The lines of as many rounds as there is something to do.
    fn read(&mut self) -> Vec<String> {
        while self.round().more {}
        std::mem::take(&mut self.lines)
    }

    /// Lets the time pass after which silent files are let go.
    fn wait(&mut self) {
        self.now += Options::default().quiet_grace + Duration::from_secs(1);
    }

    /// Dies, and starts again from what was saved.
    fn restart_from(&mut self, positions: Positions) {
        let json = serde_json::to_string(&positions).unwrap();
        self.tailer = Tailer::resume(self.sources.clone(), options(), serde_json::from_str(&json).unwrap());
    }

    fn restart(&mut self) {
        self.restart_from(self.tailer.positions());
    }

    fn status(&self) -> LogStatus {
        self.tailer.status().swap_remove(0)
    }

    /// The kinds of rotation seen, each with its count.
    fn rotations(&self) -> Vec<(&'static str, u64)> {
        let all = self.status().rotations;
        all.into_iter().filter(|(_, count)| *count > 0).map(|(kind, count)| (Rotation::as_str(kind), count)).collect()
    }
}

/// Waits for the next tick of the clock by which files are dated, a few milliseconds: two logs that are made within one
/// cannot be told apart by when they were made, and nothing makes logs so fast.
fn tick() {
    let now = || rustix::time::clock_gettime(rustix::time::ClockId::RealtimeCoarse);
    let begun = now();
    while now() == begun {
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn append(path: &Path) -> File {
    OpenOptions::new().append(true).create(true).open(path).unwrap()
}

fn text(line: Line<'_>) -> String {
    match line {
        Line::Complete(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Line::TooLong => "TOO LONG".to_owned(),
    }
}
