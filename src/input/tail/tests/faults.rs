//! What stands in the way of reading, how it is told, and that reading goes on after it.

use std::os::unix::fs::PermissionsExt;
use std::sync::mpsc;

use super::*;
use crate::input::Round;
use crate::input::tail::contents::Contents;
use crate::input::tail::{DirWatcher, WatchEvent};

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_file_that_may_not_be_read_for_a_moment_is_read_after_it() {
    let mut scene = Scene::new("a.log");
    set_mode(scene.directory.path(), 0o755);
    scene.write("a.log", "1\n");
    assert_eq!(scene.read(), ["1"]);
    scene.rename("a.log", "a.log.1");
    scene.write("a.log", "2\n");
    set_mode(&scene.path("a.log"), 0o600);
    as_nobody(|| assert!(scene.read().is_empty()));
    let status = scene.status();
    // Which group is lacking is told, and tested, by the room `permission`.
    assert!(!status.up && status.error.unwrap().contains("a.log may not be read by "));
    scene.wait();
    as_nobody(|| assert!(scene.read().is_empty()));
    set_mode(&scene.path("a.log"), 0o644);
    assert_eq!(as_nobody(|| scene.read()), ["2"]);
    assert_eq!((scene.status().up, scene.status().error), (true, None));
}

#[test]
fn a_saved_file_that_may_not_be_read_at_start_is_gone_on_with() {
    let mut scene = Scene::new("a.log");
    set_mode(scene.directory.path(), 0o755);
    scene.write("a.log", "1\n");
    assert_eq!(scene.read(), ["1"]);
    scene.write("a.log", "2\n");
    set_mode(&scene.path("a.log"), 0o600);
    scene.restart();
    for _ in 0..3 {
        as_nobody(|| assert!(scene.read().is_empty()));
        scene.wait();
    }
    assert_eq!(scene.read(), ["2"]);
}

#[test]
fn a_file_unreadable_at_the_first_start_is_not_taken_for_new_later() {
    let mut scene = Scene::new("a.log");
    set_mode(scene.directory.path(), 0o755);
    scene.write("a.log", "old\n");
    set_mode(&scene.path("a.log"), 0o600);
    scene.tailer = Tailer::new(scene.sources.clone(), options());
    as_nobody(|| assert!(scene.read().is_empty()));
    assert!(scene.read().is_empty());
    scene.write("a.log", "new\n");
    assert_eq!(scene.read(), ["new"]);
}

#[test]
fn what_is_no_file_is_not_waited_for() {
    let mut scene = Scene::with_files(&["a.log", "b.log", "c.log"], StartFrom::End, &[]);
    std::os::unix::fs::symlink("/dev/zero", scene.path("a.log")).unwrap();
    fs::create_dir(scene.path("b.log")).unwrap();
    std::os::unix::fs::symlink("c.log", scene.path("c.log")).unwrap();
    assert!(scene.read().is_empty());
    let errors: Vec<_> = scene.tailer.status().into_iter().map(|log| log.error.unwrap()).collect();
    for (error, expected) in
        errors.iter().zip(["leads to /dev/zero, which is no regular", "no regular", "Too many levels"])
    {
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_read_error_is_counted_told_and_tried_again() {
    let mut scene = Scene::with_files(&["a.log", "b.log"], StartFrom::End, &[("a.log", "")]);
    // A descriptor open for writing alone cannot be read.
    let unreadable = Contents::Plain(OpenOptions::new().write(true).open(scene.path("a.log")).unwrap());
    let readable = scene.tailer.replace_contents(0, unreadable);
    scene.write("a.log", "1\n");
    scene.write("b.log", "other\n");
    assert_eq!(scene.read(), ["other"]);
    scene.round();
    let status = scene.status();
    assert_eq!((status.up, status.read_errors), (false, 2));
    assert!(status.error.unwrap().contains("cannot be read: Bad file descriptor"));
    scene.tailer.replace_contents(0, readable);
    assert_eq!(scene.read(), ["1"]);
    scene.round();
    assert!(scene.status().up);
}

#[test]
fn more_logs_than_descriptors_are_opened_in_turn() {
    let mut scene = Scene::with_files(&["*.log", "error"], StartFrom::End, &[]);
    scene.tailer.options_mut().files_max = 20;
    for round in 0..3 {
        for index in 0..100 {
            scene.write(&format!("{index:03}.log"), &format!("{round} of {index}\n"));
        }
        scene.write("error", "error\n");
        let mut lines = Vec::new();
        for _ in 0..20 {
            lines.extend(scene.read());
            scene.now += Duration::from_millis(50);
        }
        assert_eq!(lines.len(), 101, "{lines:?}");
        let status = scene.tailer.status();
        assert!(status.iter().all(|log| log.up && log.bytes_lost == 0 && log.unread_bytes == 0), "{status:?}");
        assert!(status.iter().map(|log| log.files).sum::<usize>() <= 20);
        if round == 1 {
            scene.restart();
            scene.tailer.options_mut().files_max = 20;
        }
    }
    // Rotated while closed.
    scene.write("007.log", "before\n");
    scene.rename("007.log", "007.log.1");
    scene.write("007.log", "after\n");
    let mut lines = [scene.read(), scene.read(), scene.read()].concat();
    lines.sort();
    assert_eq!(lines, ["after", "before"]);
}

/// A watcher of the scene's directories, and what it sees.
fn watcher_of(scene: &Scene) -> (DirWatcher, mpsc::Receiver<WatchEvent>) {
    let (sender, events) = mpsc::channel();
    let wake = move |what| {
        let _ = sender.send(what);
    };
    (DirWatcher::new(scene.tailer.directories(), wake).unwrap(), events)
}

#[test]
fn a_watcher_wakes_only_while_idle() {
    let scene = Scene::new("a.log");
    let (mut watcher, events) = watcher_of(&scene);
    scene.write("a.log", "nobody listens\n");
    watcher.set_idle(true);
    File::open(scene.path("a.log")).unwrap();
    assert!(events.try_recv().is_err());
    scene.write("a.log", "1\n");
    assert_eq!(events.recv_timeout(Duration::from_secs(10)), Ok(WatchEvent::Change));
    watcher.set_idle(false);
    watcher.set_idle(true);
}

#[test]
fn a_watcher_is_quiet_while_only_others_write() {
    let scene = Scene::new("a.log");
    let (mut watcher, events) = watcher_of(&scene);
    watcher.set_idle(true);
    let quiet = (0..200).find(|_| {
        scene.write("others.log", "1\n");
        let woken = events.recv_timeout(Duration::from_millis(200)).is_ok();
        while events.try_recv().is_ok() {}
        watcher.note(&Round::default(), woken);
        watcher.set_idle(true);
        !woken
    });
    assert!(quiet.is_some_and(|writes| writes > 0), "{quiet:?}");
    // And listens again when lines come.
    watcher.note(&Round { bytes: 2, lines: 1, more: false }, false);
    watcher.set_idle(true);
    scene.write("a.log", "1\n");
    assert_eq!(events.recv_timeout(Duration::from_secs(10)), Ok(WatchEvent::Change));
}

#[test]
fn a_damaged_archive_is_read_up_to_the_damage() {
    let mut scene = Scene::new("a.log");
    scene.write("a.log", "1\n2\n");
    assert_eq!(scene.read(), ["1", "2"]);
    let positions = scene.tailer.positions();
    let text: String = (0..100_000).map(|number| format!("{number} {}\n", number * 7919 % 10_007)).collect();
    scene.write("a.log", &text);
    scene.rename("a.log", "a.log.1");
    scene.gzip("a.log.1");
    let archive = scene.path("a.log.1.gz");
    let bytes = fs::read(&archive).unwrap();
    fs::write(&archive, &bytes[..bytes.len() / 2]).unwrap();
    scene.write("a.log", "new\n");
    scene.restart_from(positions);
    let lines = scene.read();
    assert!(lines.contains(&"new".to_owned()) && lines.len() > 30_000, "{}", lines.len());
    assert!(lines.iter().filter(|line| *line != "new").eq(text.lines().take(lines.len() - 1)));
    scene.round();
    assert_eq!((scene.status().files, scene.status().read_errors, scene.status().error), (1, 1, None));
}
