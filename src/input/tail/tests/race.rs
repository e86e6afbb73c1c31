//! nginx and logrotate at full speed in one thread, the tailer in another, dying now and then.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;

use super::*;

const LINES: usize = 60_000;
/// Fewer rotations than moved files are held, as the time of the tests stands still.
const LINES_PER_ROTATION: usize = 1_200;

/// Writes numbered lines, and rotates in another style each time. Nothing is written between a copy and a cut.
fn write_and_rotate(directory: &Path) {
    let path = |name: String| directory.join(name);
    let live = path("a.log".into());
    let mut nginx = append(&live);
    for number in 0..LINES {
        nginx.write_all((line(number) + "\n").as_bytes()).unwrap();
        let rotation = number / LINES_PER_ROTATION;
        let old = path(format!("a.log.{rotation}"));
        match (number % LINES_PER_ROTATION, rotation % 4) {
            (0, 0..3) if rotation > 0 => fs::rename(&live, &old).unwrap(),
            // Until here, lines went to the renamed file.
            (100, 0) => nginx = append(&live),
            (50, 1) => drop(append(&live)),
            (100, 1) => nginx = append(&live),
            (10, 2) => {
                nginx = append(&live);
                let _ = fs::copy(&old, path(format!("copy.{rotation}")));
            }
            (0, 3) => {
                fs::copy(&live, &old).unwrap();
                nginx.set_len(0).unwrap();
            }
            _ => {}
        }
    }
}

#[test]
fn what_was_written_is_what_is_read() {
    for pattern in ["a.log", "a.log*"] {
        let mut scene = Scene::with_files(&[pattern], StartFrom::Start, &[("a.log", "")]);
        let written = AtomicBool::new(false);
        let directory = scene.directory.path().to_owned();
        let mut counts = HashMap::new();
        thread::scope(|scope| {
            scope.spawn(|| {
                write_and_rotate(&directory);
                written.store(true, SeqCst);
            });
            let mut saved = (scene.tailer.positions(), counts.clone());
            for round in 0.. {
                let was_written = written.load(SeqCst);
                for line in scene.read() {
                    *counts.entry(line).or_insert(0) += 1;
                }
                match round % 50 {
                    20 => saved = (scene.tailer.positions(), counts.clone()),
                    49 => {
                        counts.clone_from(&saved.1);
                        scene.restart_from(saved.0.clone());
                    }
                    _ if was_written => break,
                    _ => {}
                }
            }
        });
        for _ in 0..3 {
            scene.wait();
            for line in scene.read() {
                *counts.entry(line).or_insert(0) += 1;
            }
        }
        let times = |number| counts.get(&line(number)).copied().unwrap_or_default();
        let doubled = stretches((0..LINES).filter(|number| times(*number) > 1));
        let lost = stretches((0..LINES).filter(|number| times(*number) == 0));
        assert_eq!((doubled, lost), (vec![], vec![]), "doubled and lost, {pattern}");
        assert_eq!(counts.len(), LINES, "{pattern}: pieces of lines");
    }
}

fn line(number: usize) -> String {
    format!("{number:08} some words to make a line")
}

/// The first and last number of each run.
fn stretches(numbers: impl Iterator<Item = usize>) -> Vec<(usize, usize)> {
    let numbers: Vec<_> = numbers.collect();
    numbers.chunk_by(|a, b| a + 1 == *b).map(|run| (run[0], run[run.len() - 1])).collect()
}
