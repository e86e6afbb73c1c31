//! Kill and start again: nothing lost, nothing read twice.

use super::*;

fn started() -> Scene {
    let mut scene = Scene::new("a.log");
    scene.write("a.log", "1\n2\nhal");
    assert_eq!(scene.read(), ["1", "2"]);
    scene
}

#[test]
fn it_goes_on_in_the_middle_of_a_line() {
    let mut scene = started();
    scene.write("a.log", "f\n3\n");
    scene.restart();
    assert_eq!(scene.read(), ["half", "3"]);
    scene.restart();
    assert!(scene.read().is_empty());
    assert_eq!(scene.status().bytes_read, 11, "counters go on too");
}

#[test]
fn lines_since_the_last_snapshot_are_read_again() {
    let mut scene = started();
    let saved = scene.tailer.positions();
    scene.write("a.log", "f\n3\n");
    assert_eq!(scene.read(), ["half", "3"]);
    scene.restart_from(saved);
    assert_eq!(scene.read(), ["half", "3"]);
}

#[test]
fn rotated_files_are_finished_first() {
    type Rotate = fn(&Scene);
    let rotations: [(&str, Rotate); 6] = [
        ("renamed", |scene| scene.rename("a.log", "a.log.1")),
        ("numbered", |scene| scene.rename("a.log", "a.log.7")),
        ("dated", |scene| scene.rename("a.log", "a-20260101.log")),
        ("any name", |scene| scene.rename("a.log", "saved")),
        ("compressed", |scene| {
            scene.rename("a.log", "a.log.1");
            scene.gzip("a.log.1");
        }),
        ("copied", |scene| {
            scene.copy("a.log", "a.log.1");
            scene.remove("a.log");
        }),
    ];
    for (name, rotate) in rotations {
        let mut scene = started();
        scene.write("a.log", "f\n3\n");
        rotate(&scene);
        scene.write("a.log", "4\n");
        scene.restart();
        let mut lines = scene.read();
        lines.sort();
        assert_eq!(lines, ["3", "4", "half"], "{name}");
        for _ in 0..3 {
            scene.restart();
            assert!(scene.read().is_empty(), "{name}");
            scene.wait();
            assert!(scene.read().is_empty(), "{name}");
        }
        assert_eq!((scene.status().files, scene.status().bytes_lost), (1, 0), "{name}");
    }
}

#[test]
fn a_file_that_came_and_went_is_read_though_its_successor_is_not_there_yet() {
    let mut scene = started();
    scene.write("a.log", "f\n");
    scene.rename("a.log", "a.log.1");
    scene.write("a.log", "3\n");
    scene.rename("a.log", "a.log.2");
    scene.restart();
    assert_eq!(scene.read(), ["half", "3"]);
    scene.write("a.log.2", "4\n");
    scene.write("a.log", "5\n");
    let mut lines = scene.read();
    lines.sort();
    assert_eq!(lines, ["4", "5"]);
}

#[test]
fn a_directory_that_was_renamed_while_it_was_down_is_found_beside_the_new_one() {
    let mut scene = Scene::new("logs/a.log");
    fs::create_dir(scene.path("logs")).unwrap();
    // Another site's, whose directory has such a name by chance.
    fs::create_dir(scene.path("logs-2")).unwrap();
    scene.write("logs/a.log", "1\nhal");
    assert_eq!(scene.read(), ["1"]);
    scene.write("logs/a.log", "f\n");
    scene.rename("logs", "logs.001");
    scene.restart();
    assert_eq!(scene.read(), ["half"], "before there is a new directory");
    for (moved_to, line) in [("logs.002", "2"), ("logs.003", "3")] {
        fs::create_dir(scene.path("logs")).unwrap();
        scene.write("logs/a.log", &format!("{line}\n"));
        scene.rename("logs", moved_to);
    }
    fs::create_dir(scene.path("logs")).unwrap();
    scene.write("logs/a.log", "4\n");
    // Later than the others by more than a file system's clock ticks.
    let later = std::time::SystemTime::now() + Duration::from_millis(50);
    scene.open("logs/a.log").set_modified(later).unwrap();
    scene.restart();
    assert_eq!(scene.read(), ["2", "3", "4"]);
    scene.write("logs-2/a.log", "foreign\n");
    scene.rename("logs/a.log", "logs/a.log.1");
    scene.write("logs/a.log", "5\n");
    scene.restart();
    assert_eq!(scene.read(), ["5"]);
}

#[test]
fn several_rotations_while_it_was_down_are_all_read() {
    let mut scene = started();
    scene.write("a.log", "f\n");
    for cycle in 0..4 {
        for age in (1..5).rev() {
            for suffix in ["", ".gz"] {
                let name = format!("a.log.{age}{suffix}");
                if scene.path(&name).exists() {
                    scene.rename(&name, &format!("a.log.{}{suffix}", age + 1));
                }
            }
        }
        if scene.path("a.log.2").exists() {
            scene.gzip("a.log.2");
        }
        scene.rename("a.log", "a.log.1");
        scene.write("a.log", &format!("cycle {cycle}\n"));
    }
    scene.restart();
    let mut lines = scene.read();
    lines.sort();
    assert_eq!(lines, ["cycle 0", "cycle 1", "cycle 2", "cycle 3", "half"]);
    scene.restart();
    scene.wait();
    assert!(scene.read().is_empty());
}

#[test]
fn a_moved_file_is_still_drained_after_a_restart() {
    let mut scene = started();
    let mut nginx = scene.open("a.log");
    scene.rename("a.log", "a.log.1");
    scene.write("a.log", "");
    scene.round();
    scene.restart();
    writeln!(nginx, "f").unwrap();
    assert_eq!(scene.read(), ["half"]);
    writeln!(nginx, "3").unwrap();
    assert_eq!(scene.read(), ["3"]);
}

#[test]
fn the_inode_number_coming_back_is_no_resumption() {
    let mut scene = started();
    let positions = scene.tailer.positions();
    drop(std::mem::replace(&mut scene.tailer, Tailer::new(Vec::new(), options())));
    scene.remove("a.log");
    scene.write("a.log", "other file, longer\n");
    scene.restart_from(positions);
    assert_eq!(scene.read(), ["other file, longer"]);
    scene.wait();
    scene.round();
    scene.wait();
    scene.round();
    assert_eq!(scene.status().bytes_lost, 3, "the half line");
}

#[test]
fn a_device_with_another_number_after_a_reboot_is_no_news() {
    let mut scene = started();
    scene.write("a.log", "f\n3\n");
    let mut json = serde_json::to_value(scene.tailer.positions()).unwrap();
    let inode = &mut json["files"][0]["inode"];
    assert!(inode["device"].is_u64());
    inode["device"] = 4711.into();
    scene.restart_from(serde_json::from_value(json).unwrap());
    assert_eq!(scene.read(), ["half", "3"]);
    scene.wait();
    scene.write("a.log", "4\n");
    assert_eq!((scene.read(), scene.rotations(), scene.status().bytes_lost), (vec!["4".to_owned()], vec![], 0));
}

#[test]
fn copytruncate_while_it_was_down_is_recovered() {
    for gzip in [false, true] {
        let mut scene = started();
        scene.write("a.log", "f\n3\n");
        scene.copy("a.log", "a.log.1");
        scene.truncate("a.log");
        scene.write("a.log", "4, and longer than before\n");
        if gzip {
            scene.gzip("a.log.1");
        }
        scene.restart();
        let mut lines = scene.read();
        lines.sort();
        assert_eq!(lines, ["3", "4, and longer than before", "half"]);
    }
}

#[test]
fn copies_that_a_glob_matches_stay_known() {
    let mut scene = Scene::new("*.log*");
    scene.write("a.log", "1\n");
    assert_eq!(scene.read(), ["1"]);
    scene.copy("a.log", "a.log.1");
    assert!(scene.read().is_empty());
    scene.truncate("a.log");
    scene.write("a.log", "2\n");
    assert_eq!(scene.read(), ["2"]);
    for _ in 0..3 {
        scene.wait();
        scene.restart();
        assert!(scene.read().is_empty());
    }
}

#[test]
fn a_source_that_is_new_in_the_configuration_begins_as_told() {
    let mut scene = started();
    scene.write("b.log", "old\n");
    scene.write("a.log", "f\n");
    let pattern = scene.path("b.log").to_string_lossy().into_owned();
    scene.sources.push(Source { pattern, from: StartFrom::End });
    scene.restart();
    assert_eq!(scene.read(), ["half"]);
    scene.write("b.log", "new\n");
    assert_eq!(scene.read(), ["new"]);
}

#[test]
fn a_renamed_pattern_keeps_its_files() {
    let mut scene = started();
    scene.write("a.log", "f\n");
    scene.sources[0].pattern = scene.path("*.log").to_string_lossy().into_owned();
    scene.restart();
    assert_eq!(scene.read(), ["half"]);
}

#[test]
fn a_directory_that_is_away_at_start_is_waited_for() {
    let mut scene = Scene::new("logs/a.log");
    fs::create_dir(scene.path("logs")).unwrap();
    scene.write("logs/a.log", "1\n");
    assert_eq!(scene.read(), ["1"]);
    scene.write("logs/a.log", "2\n");
    scene.rename("logs", "away");
    scene.restart();
    for _ in 0..3 {
        assert!(scene.read().is_empty());
        scene.wait();
    }
    scene.rename("away", "logs");
    assert_eq!(scene.read(), ["2"]);
}

#[test]
fn a_long_line_is_not_reported_again() {
    let mut scene = Scene::new("a.log");
    let max = Options::default().line_bytes_max;
    scene.write("a.log", &"x".repeat(2 * max));
    assert_eq!(scene.read(), ["TOO LONG"]);
    scene.write("a.log", "x\n1\n");
    scene.restart();
    assert_eq!(scene.read(), ["1"]);
}

/// Killed between the parts of a line: its first part is read again with the last, from a file that was renamed meanwhile.
#[test]
fn a_kill_between_the_parts_of_a_line_costs_nothing() {
    const HEAD: &str = "2026-11-21T14:17:26.1Z";
    let mut scene = Scene::new("0.log");
    let mut writer = scene.open("0.log");
    writeln!(writer, "{HEAD} stdout F one\n{HEAD} stdout P two, ").unwrap();
    assert_eq!(scene.read(), [format!("{HEAD} stdout F one")]);
    writeln!(writer, "{HEAD} stderr F four").unwrap();
    assert!(scene.read().is_empty(), "what stands behind an unfinished line waits for it");
    scene.restart();
    assert!(scene.read().is_empty());
    scene.rename("0.log", "0.log.20261121-141726");
    writeln!(writer, "{HEAD} stdout F three").unwrap();
    assert_eq!(scene.read(), [format!("{HEAD} stderr F four"), format!("{HEAD} stdout F two, three")]);
    scene.restart();
    assert!(scene.read().is_empty());
    assert_eq!(scene.status().bytes_lost, 0);
}

/// The container was killed in the middle of a line.
#[test]
fn the_last_part_that_ever_came_is_a_line() {
    const HEAD: &str = "2026-11-21T14:17:26.1Z";
    let mut scene = Scene::new("0.log");
    scene.write("0.log", &format!("{HEAD} stdout P one\n"));
    assert!(scene.read().is_empty());
    scene.rename("0.log", "0.log.20261121-141726");
    scene.write("0.log", &format!("{HEAD} stdout F two\n"));
    assert_eq!(scene.read(), [format!("{HEAD} stdout F two")]);
    scene.wait();
    assert_eq!(scene.read(), [format!("{HEAD} stdout F one")]);
    assert_eq!(scene.status().bytes_lost, 0);
}
