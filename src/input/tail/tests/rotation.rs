//! Every way in which logrotate, nginx and people rotate a log that is being followed.

use super::*;

/// A log with one line read of it.
fn started() -> Scene {
    let mut scene = Scene::new("a.log");
    scene.write("a.log", "1\n");
    assert_eq!(scene.read(), ["1"]);
    scene
}

#[test]
fn nginx_writes_on_to_the_moved_file_until_it_is_told_to_reopen() {
    let mut scene = started();
    let mut nginx = scene.open("a.log");
    scene.rename("a.log", "a.log.1");
    writeln!(nginx, "2").unwrap();
    assert_eq!(scene.read(), ["2"]);
    scene.wait();
    writeln!(nginx, "3").unwrap();
    assert_eq!(scene.read(), ["3"]);
    scene.write("a.log", "4\n");
    writeln!(nginx, "5").unwrap();
    assert_eq!(scene.read(), ["5", "4"]);
    assert_eq!(scene.status().files, 2);
    scene.wait();
    assert!(scene.read().is_empty());
    assert_eq!((scene.status().files, scene.rotations()), (1, vec![("renamed", 1)]));
}

#[test]
fn create_makes_an_empty_successor_long_before_it_is_used() {
    let mut scene = started();
    let mut nginx = scene.open("a.log");
    scene.rename("a.log", "a.log.1");
    scene.write("a.log", "");
    for _ in 0..3 {
        assert!(scene.read().is_empty());
        scene.wait();
    }
    writeln!(nginx, "late").unwrap();
    assert_eq!(scene.read(), ["late"]);
    scene.write("a.log", "2\n");
    assert_eq!(scene.read(), ["2"]);
    scene.wait();
    assert!(scene.read().is_empty());
    assert_eq!(scene.status().files, 1);
}

#[test]
fn a_chain_of_numbers_or_dates_is_not_read_again() {
    let names: [fn(u32) -> String; 2] = [|age| format!("a.log.{age}"), |age| format!("a-2026010{}.log", 9 - age)];
    for name in names {
        for pattern in ["a.log", "*.log*"] {
            let mut scene = Scene::new(pattern);
            for cycle in 0..4 {
                for age in (1..4).rev().filter(|age| scene.path(&name(*age)).exists()) {
                    scene.rename(&name(age), &name(age + 1));
                }
                if cycle > 0 {
                    scene.rename("a.log", &name(1));
                }
                scene.write("a.log", &format!("{cycle}\n"));
                assert_eq!(scene.read(), [cycle.to_string()], "{pattern}");
                scene.wait();
                assert!(scene.read().is_empty());
            }
            assert_eq!(scene.rotations(), [("renamed", 3)], "{pattern}");
        }
    }
}

#[test]
fn compress_without_delay_takes_nothing_away() {
    let mut scene = started();
    scene.write("a.log", "2\n");
    scene.rename("a.log", "a.log.1");
    scene.write("a.log", "3\n");
    scene.gzip("a.log.1");
    assert_eq!(scene.read(), ["2", "3"]);
    scene.wait();
    assert!(scene.read().is_empty());
}

/// gzip makes its file at once, and writes to it when it has a good deal of it.
#[test]
fn the_empty_file_of_a_compressor_at_work_is_no_log() {
    let mut scene = started();
    let nginx = scene.open("a.log");
    (&nginx).write_all(b"3\n4\n").unwrap();
    assert_eq!(scene.read(), ["3", "4"]);
    scene.rename("a.log", "a.log.1");
    scene.write("a.log", "6\n");
    (&nginx).write_all(b"5\n").unwrap();
    let mut packed = scene.open("a.log.1.gz");
    scene.read();
    let text = fs::read(scene.path("a.log.1")).unwrap();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&text).unwrap();
    packed.write_all(&encoder.finish().unwrap()).unwrap();
    scene.remove("a.log.1");
    let mut lines = Vec::new();
    for _ in 0..4 {
        lines.extend(scene.read());
        scene.wait();
    }
    assert_eq!(lines, Vec::<String>::new(), "everything was read before");
    assert_eq!((scene.status().bytes_lost, scene.status().files), (0, 1));
}

#[test]
fn a_removed_file_is_read_to_its_end_and_its_inode_may_come_back() {
    let mut scene = started();
    for cycle in 0..5 {
        scene.write("a.log", &format!("{cycle} old\n"));
        scene.remove("a.log");
        scene.write("a.log", &format!("{cycle} new\n"));
        assert_eq!(scene.read(), [format!("{cycle} old"), format!("{cycle} new")]);
        scene.wait();
        assert!(scene.read().is_empty());
    }
    assert_eq!((scene.status().files, scene.rotations()), (1, vec![("removed", 5)]));
}

#[test]
fn copytruncate_loses_nothing_that_was_copied() {
    for pattern in ["a.log", "*.log*"] {
        let mut scene = Scene::new(pattern);
        scene.write("a.log", "1\n");
        assert_eq!(scene.read(), ["1"]);
        for cycle in 0..4 {
            scene.write("a.log", &format!("{cycle} unread\n"));
            if scene.path("a.log.1").exists() {
                scene.rename("a.log.1", "a.log.2");
            }
            scene.copy("a.log", "a.log.1");
            scene.truncate("a.log");
            // Grown past the old offset when it is looked at.
            let long = "x".repeat(40 * cycle);
            scene.write("a.log", &format!("{cycle} new {long}\n"));
            let mut lines = scene.read();
            lines.sort();
            assert_eq!(lines, [format!("{cycle} new {long}"), format!("{cycle} unread")], "{pattern}");
            scene.wait();
            assert!(scene.read().is_empty(), "{pattern}");
        }
        assert_eq!((scene.rotations(), scene.status().bytes_lost), (vec![("copytruncated", 4)], 0), "{pattern}");
    }
}

#[test]
fn the_copy_of_copytruncate_is_no_news_to_a_glob_before_the_truncation() {
    let mut scene = Scene::new("*.log*");
    scene.write("a.log", "1\n2\n");
    assert_eq!(scene.read(), ["1", "2"]);
    scene.write("a.log", "3\n");
    scene.copy("a.log", "a.log.1");
    assert_eq!(scene.read(), ["3"]);
    scene.truncate("a.log");
    assert!(scene.read().is_empty());
    scene.write("a.log", "4\n");
    assert_eq!(scene.read(), ["4"]);
    scene.wait();
    assert!(scene.read().is_empty());
    scene.rename("a.log.1", "a.log.2");
    assert!(scene.read().is_empty());
}

#[test]
fn a_copy_that_comes_late_or_compressed_is_found() {
    let mut scene = started();
    scene.write("a.log", "2\n");
    scene.copy("a.log", "hidden");
    scene.truncate("a.log");
    scene.write("a.log", "3\n");
    let outside = tempfile::tempdir().unwrap();
    fs::rename(scene.path("hidden"), outside.path().join("hidden")).unwrap();
    assert_eq!(scene.read(), ["3"]);
    fs::rename(outside.path().join("hidden"), scene.path("a.log.1")).unwrap();
    scene.gzip("a.log.1");
    assert_eq!(scene.read(), ["2"]);
    assert_eq!(scene.rotations(), [("copytruncated", 1)]);
}

#[test]
fn what_truncation_destroys_is_counted() {
    let mut scene = started();
    scene.write("a.log", "half");
    assert!(scene.read().is_empty());
    scene.truncate("a.log");
    scene.write("a.log", "2\n");
    assert_eq!(scene.read(), ["2"]);
    scene.wait();
    scene.round();
    scene.wait();
    scene.round();
    assert_eq!((scene.rotations(), scene.status().bytes_lost), (vec![("truncated", 1)], 4));
}

#[test]
fn truncated_and_grown_to_the_same_size_is_seen() {
    let mut scene = started();
    scene.write("a.log", "2\n");
    assert_eq!(scene.read(), ["2"]);
    scene.truncate("a.log");
    scene.write("a.log", "3\n4\n");
    // Two writes within one tick of the kernel's clock look alike until the next.
    scene.write("a.log", "5\n");
    assert_eq!(scene.read(), ["3", "4", "5"]);
}

#[test]
fn a_retargeted_link_leads_to_a_new_file() {
    let mut scene = Scene::new("link.log");
    let point = |scene: &Scene, target: &str| {
        let _ = fs::remove_file(scene.path("link.log"));
        std::os::unix::fs::symlink(scene.path(target), scene.path("link.log")).unwrap();
    };
    scene.write("one", "1\n");
    point(&scene, "one");
    assert_eq!(scene.read(), ["1"]);
    scene.write("one", "2\n");
    scene.write("two", "3\n");
    point(&scene, "two");
    assert_eq!(scene.read(), ["2", "3"]);
    scene.write("one", "4\n");
    scene.write("two", "5\n");
    assert_eq!(scene.read(), ["4", "5"]);
    assert_eq!(scene.rotations(), [("retargeted", 1)]);
    point(&scene, "one");
    scene.write("one", "6\n");
    assert_eq!(scene.read(), ["6"]);
}

#[test]
fn a_directory_may_be_renamed_and_come_back() {
    let mut scene = Scene::new("logs/a.log");
    fs::create_dir(scene.path("logs")).unwrap();
    scene.write("logs/a.log", "1\n");
    assert_eq!(scene.read(), ["1"]);
    let mut nginx = scene.open("logs/a.log");
    scene.rename("logs", "away");
    writeln!(nginx, "2").unwrap();
    assert_eq!(scene.read(), ["2"]);
    assert!(!scene.status().up);
    scene.wait();
    scene.round();
    scene.rename("away", "logs");
    writeln!(nginx, "3").unwrap();
    assert_eq!(scene.read(), ["3"]);
    assert!(scene.status().up);
    scene.rename("logs", "away");
    fs::create_dir(scene.path("logs")).unwrap();
    scene.write("logs/a.log", "4\n");
    assert_eq!(scene.read(), ["4"]);
    assert_eq!(scene.rotations(), [("renamed", 1)]);
}

#[test]
fn a_file_that_came_and_went_is_found_though_a_late_worker_wrote_to_the_older_one_last() {
    let mut scene = started();
    scene.tailer.options_mut().look_every = Duration::from_secs(1);
    scene.rename("a.log", "a.log.1");
    scene.write("a.log", "3\n");
    let early = fs::metadata(scene.path("a.log")).unwrap().modified().unwrap() - Duration::from_millis(10);
    scene.open("a.log").set_modified(early).unwrap();
    scene.write("a.log.1", "2\n");
    assert_eq!(scene.read(), ["2"], "read before anybody looks where the paths lead");
    scene.rename("a.log", "a.log.2");
    scene.write("a.log", "4\n");
    scene.now += Duration::from_secs(2);
    let mut lines = scene.read();
    lines.sort();
    assert_eq!(lines, ["3", "4"]);
}

#[test]
fn files_that_came_and_went_between_two_looks_are_found() {
    let mut scene = started();
    scene.write("a.log", "2\n");
    scene.rename("a.log", "a.log.1");
    for line in ["3", "4", "5"] {
        scene.write("a.log", &format!("{line}\n"));
        for age in (1..5).rev().filter(|age| scene.path(&format!("a.log.{age}")).exists()) {
            scene.rename(&format!("a.log.{age}"), &format!("a.log.{}", age + 1));
        }
        scene.rename("a.log", "a.log.1");
    }
    scene.gzip("a.log.2");
    scene.write("a.log", "6\n");
    let mut lines = scene.read();
    lines.sort();
    assert_eq!(lines, ["2", "3", "4", "5", "6"]);
    scene.wait();
    assert!(scene.read().is_empty());
    assert_eq!((scene.status().files, scene.rotations()), (1, vec![("renamed", 4)]));
}

#[test]
fn old_files_of_the_chain_are_left_alone() {
    let old = [("a.log.1", "old 1\n"), ("a.log.2", "old 2\n"), ("a.log", "old\n")];
    let mut scene = Scene::with_files(&["a.log"], StartFrom::End, &old);
    for name in ["a.log.1", "a.log.2"] {
        let an_hour_ago = std::time::SystemTime::now() - Duration::from_secs(3600);
        File::open(scene.path(name)).unwrap().set_modified(an_hour_ago).unwrap();
    }
    scene.rename("a.log.2", "a.log.3");
    scene.rename("a.log.1", "a.log.2");
    scene.rename("a.log", "a.log.1");
    scene.write("a.log", "new\n");
    assert_eq!(scene.read(), ["new"]);
}

#[test]
fn an_unterminated_last_line_is_delivered_when_its_file_is_let_go() {
    let mut scene = started();
    scene.write("a.log", "disk full he");
    scene.rename("a.log", "a.log.1");
    scene.write("a.log", "2\n");
    assert_eq!(scene.read(), ["2"]);
    scene.wait();
    assert_eq!(scene.read(), ["disk full he"]);
    assert_eq!(scene.status().bytes_lost, 0);
}

#[test]
fn removed_files_without_a_successor_are_held_for_some_minutes() {
    let mut scene = Scene::new("*.log");
    for index in 0..100 {
        let name = format!("{index}.log");
        scene.write(&name, "line\n");
        assert_eq!(scene.read(), ["line"]);
        scene.remove(&name);
        scene.round();
        scene.now += Duration::from_secs(1);
    }
    assert_eq!(scene.status().files, 100);
    scene.now += Duration::from_secs(600);
    scene.round();
    assert_eq!((scene.status().files, scene.status().bytes_lost), (0, 0));
}

/// The kubelet renames a file back if the runtime does not reopen it.
#[test]
fn a_file_that_is_renamed_back_goes_on() {
    let mut scene = Scene::new("0.log");
    let mut writer = scene.open("0.log");
    writeln!(writer, "1").unwrap();
    assert_eq!(scene.read(), ["1"]);
    scene.rename("0.log", "0.log.20261121-141726");
    writeln!(writer, "2").unwrap();
    assert_eq!(scene.read(), ["2"]);
    scene.rename("0.log.20261121-141726", "0.log");
    writeln!(writer, "3").unwrap();
    assert_eq!(scene.read(), ["3"]);
    scene.restart();
    writeln!(writer, "4").unwrap();
    assert_eq!(scene.read(), ["4"]);
    assert_eq!(scene.status().bytes_lost, 0);
}

/// The same while nobody looks.
#[test]
fn a_file_that_was_away_and_is_back_is_the_same() {
    let mut scene = Scene::new("0.log");
    let mut writer = scene.open("0.log");
    writeln!(writer, "1").unwrap();
    assert_eq!(scene.read(), ["1"]);
    scene.rename("0.log", "0.log.20261121-141726");
    scene.read();
    let saved = scene.tailer.positions();
    writeln!(writer, "2").unwrap();
    scene.rename("0.log.20261121-141726", "0.log");
    scene.restart_from(saved);
    assert_eq!(scene.read(), ["2"]);
}

/// A container that is started again writes to another file.
#[test]
fn a_second_life_of_a_container_is_a_file_of_its_own() {
    let mut scene = Scene::new("*.log");
    scene.write("0.log", "1\n");
    assert_eq!(scene.read(), ["1"]);
    scene.write("1.log", "2\n");
    scene.write("10.log", "3\n");
    assert_eq!(scene.read(), ["2", "3"]);
    scene.rename("1.log", "1.log.20261121-141726");
    scene.write("1.log", "4\n");
    assert_eq!(scene.read(), ["4"]);
}
