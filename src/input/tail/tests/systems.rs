//! What file systems and people do to files besides rotating them.

use std::io::{Seek, SeekFrom};
use std::os::unix::fs::{FileExt, PermissionsExt};

use super::*;

fn numbered(from: u32, to: u32) -> String {
    (from..to).map(|number| format!("line {number:08}\n")).collect()
}

fn started(lines: u32) -> Scene {
    let mut scene = Scene::new("a.log");
    scene.write("a.log", &numbered(0, lines));
    assert_eq!(scene.read().len() as u32, lines);
    scene
}

#[test]
fn what_rsync_or_an_editor_puts_in_place_is_gone_on_with() {
    let mut scene = started(1_000);
    scene.write("new", &numbered(0, 1_005));
    scene.rename("new", "a.log");
    assert_eq!(scene.read().len(), 5);
    // A line was deleted: `sed -i`.
    fs::write(scene.path("new"), numbered(0, 500) + &numbered(501, 1_005)).unwrap();
    scene.rename("new", "a.log");
    assert!(scene.read().is_empty());
    scene.write("a.log", "more\n");
    assert_eq!(scene.read(), ["more"]);
    // While nobody looked.
    let text = fs::read_to_string(scene.path("a.log")).unwrap() + "and more\n";
    scene.write("new", &text);
    scene.rename("new", "a.log");
    scene.restart();
    assert_eq!(scene.read(), ["and more"]);
    scene.wait();
    assert!(scene.read().is_empty());
    assert_eq!(scene.status().bytes_lost, 0);
}

#[test]
fn nginx_may_write_on_to_what_was_replaced() {
    let mut scene = started(1_000);
    let mut nginx = scene.open("a.log");
    scene.write("new", &numbered(0, 1_000));
    scene.rename("new", "a.log");
    nginx.write_all(b"late\n").unwrap();
    assert_eq!(scene.read(), ["late"]);
}

#[test]
fn equal_lines_in_files_that_come_and_go_are_all_counted() {
    // As many renames between two looks, all files beginning alike, as in one second of a load test.
    for pattern in ["a.log", "a.log*"] {
        let mut scene = Scene::new(pattern);
        scene.write("a.log", "the same line\n");
        let mut written = 1;
        let mut lines = scene.read().len();
        for cycle in 0..30 {
            scene.write("a.log", &"the same line\n".repeat(cycle % 7 + 1));
            written += cycle % 7 + 1;
            for age in (1..=cycle).rev().filter(|age| scene.path(&format!("a.log.{age}")).exists()) {
                scene.rename(&format!("a.log.{age}"), &format!("a.log.{}", age + 1));
            }
            scene.rename("a.log", "a.log.1");
            if cycle % 5 == 4 {
                lines += scene.read().len();
            }
        }
        scene.write("a.log", "the last line\n");
        for _ in 0..3 {
            lines += scene.read().len();
            scene.wait();
        }
        assert_eq!((lines, scene.status().bytes_lost), (written + 1, 0), "{pattern}");
    }
}

#[test]
fn a_directory_that_cannot_be_listed_is_told_and_usual_names_are_tried() {
    let yesterday = || {
        let days = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() / 86_400;
        let date = time::Date::from_ordinal_date(1970, 1).unwrap() + time::Duration::days(days as i64 - 1);
        format!("logs/a.log-{:04}{:02}{:02}", date.year(), u8::from(date.month()), date.day())
    };
    for name in ["logs/a.log.1".to_owned(), "logs/a.log.1.gz".to_owned(), yesterday()] {
        let mut scene = Scene::new("logs/a.log");
        fs::set_permissions(scene.directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir(scene.path("logs")).unwrap();
        scene.write("logs/a.log", "1\nhal");
        fs::set_permissions(scene.path("logs"), fs::Permissions::from_mode(0o711)).unwrap();
        assert_eq!(as_nobody(|| scene.read()), ["1"]);
        let status = scene.status();
        assert!(status.up && status.error.unwrap().contains("logs cannot be listed"));
        scene.write("logs/a.log", "f\n");
        scene.rename("logs/a.log", "logs/a.log.1");
        match name.as_str() {
            "logs/a.log.1.gz" => scene.gzip("logs/a.log.1"),
            _ => scene.rename("logs/a.log.1", &name),
        }
        scene.write("logs/a.log", "2\n");
        scene.restart();
        let mut lines = as_nobody(|| [scene.read(), scene.read()].concat());
        lines.sort();
        assert_eq!(lines, ["2", "half"], "{name}");
        // A pattern finds nothing there.
        let pattern = scene.path("logs/*.log").to_string_lossy().into_owned();
        scene.sources = vec![Source { pattern, from: StartFrom::End }];
        scene.tailer = Tailer::new(scene.sources.clone(), options());
        assert!(as_nobody(|| scene.read()).is_empty());
        assert!(!scene.status().up && scene.status().error.unwrap().contains("logs cannot be listed"));
    }
}

#[test]
fn a_removed_file_is_let_go_soon_after_its_successor_has_begun() {
    let mut scene = started(1);
    scene.remove("a.log");
    scene.write("a.log", "new\n");
    assert_eq!(scene.read(), ["new"]);
    assert_eq!(scene.status().files, 2);
    scene.now += Duration::from_secs(1);
    scene.round();
    assert_eq!(scene.status().files, 1);
}

#[test]
fn a_hole_is_passed_over_however_long_it_is() {
    let mut scene = started(3);
    let nginx = OpenOptions::new().write(true).open(scene.path("a.log")).unwrap();
    // A writer that does not append goes on at its old place after the file was cut off, a hundred gigabytes on.
    let end = 100 << 30;
    nginx.set_len(0).unwrap();
    nginx.write_all_at(b"after the hole\nnext\n", end).unwrap();
    let began = Instant::now();
    let mut lines = Vec::new();
    for _ in 0..20 {
        lines.extend(scene.read());
    }
    assert_eq!(lines, ["after the hole", "next"]);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    scene.restart();
    scene.write("a.log", "last\n");
    assert_eq!(scene.read(), ["last"]);
}

#[test]
fn nuls_before_a_line_are_no_part_of_it() {
    let mut scene = started(1);
    let mut file = OpenOptions::new().write(true).open(scene.path("a.log")).unwrap();
    file.seek(SeekFrom::End(300_000)).unwrap();
    file.write_all(b"after\n").unwrap();
    assert_eq!(scene.read(), ["after"]);
}

#[test]
fn a_file_that_is_there_without_a_name_is_told() {
    // As a file mounted by itself is, after it was removed where it comes from.
    let mut scene = started(1);
    let file = scene.open("a.log");
    let path = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&file));
    scene.sources = vec![Source { pattern: path, from: StartFrom::Start }];
    scene.tailer = Tailer::new(scene.sources.clone(), options());
    assert_eq!(scene.read(), ["line 00000000"]);
    assert!(scene.status().up);
    scene.remove("a.log");
    for _ in 0..3 {
        scene.round();
        assert!(!scene.status().up && scene.status().error.unwrap().contains("mount its directory instead"));
    }
}

#[test]
fn a_stale_handle_is_opened_again() {
    let mut scene = started(2);
    scene.write("a.log", "3\n");
    scene.tailer.make_stale();
    assert_eq!(scene.read(), ["3"]);
    assert!(scene.status().up);
    // One that was moved away is found again, too.
    let mut nginx = scene.open("a.log");
    scene.rename("a.log", "a.log.1");
    scene.round();
    scene.tailer.make_stale();
    nginx.write_all(b"4\n").unwrap();
    assert_eq!([scene.read(), scene.read()].concat(), ["4"]);
}

#[test]
fn other_sources_may_come_and_go_and_files_stay_open() {
    let mut scene = Scene::with_files(&["a.log", "b.log"], StartFrom::End, &[]);
    scene.write("a.log", "a1\n");
    scene.write("b.log", "b1\nb ha");
    assert_eq!(scene.read().len(), 2);
    let mut nginx = scene.open("a.log");
    scene.remove("a.log");
    scene.write("b.log", "lf\n");
    let all = scene.sources.clone();
    scene.tailer.reconfigure(all[..1].to_vec(), options());
    nginx.write_all(b"a2\n").unwrap();
    assert_eq!(scene.read(), ["a2"], "the removed file is still open");
    scene.restart();
    scene.tailer.reconfigure(all, options());
    assert_eq!(scene.read(), ["b half"]);
    let read: Vec<_> = scene.tailer.status().iter().map(|log| log.bytes_read).collect();
    assert_eq!(read, [6, 10]);
}

#[test]
fn hundreds_of_logs_rotated_together_lose_nothing() {
    for files_max in [1_000, 210] {
        rotate_together(files_max);
    }
}

fn rotate_together(files_max: usize) {
    let mut scene = Scene::new("*.log");
    scene.tailer.options_mut().files_max = files_max;
    let names: Vec<String> = (0..300).map(|number| format!("{number}.log")).collect();
    let mut nginx: Vec<File> = names.iter().map(|name| scene.open(name)).collect();
    let write = |nginx: &mut [File], line: &str| {
        nginx.iter_mut().for_each(|file| file.write_all(line.as_bytes()).unwrap());
    };
    write(&mut nginx, "1\n");
    let mut count = scene.read().len();
    names.iter().for_each(|name| scene.rename(name, &format!("{name}.1")));
    count += scene.read().len();
    write(&mut nginx, "2\n");
    count += scene.read().len();
    scene.wait();
    write(&mut nginx, "3\n");
    nginx = names.iter().map(|name| scene.open(name)).collect();
    write(&mut nginx, "4\n");
    for _ in 0..20 {
        count += scene.read().len();
    }
    assert_eq!((count, scene.status().bytes_lost), (1_200, 0));
    for _ in 0..3 {
        scene.wait();
        assert!(scene.read().is_empty());
    }
    let files = scene.status().files;
    assert!(files == 300 || files < files_max, "{files}");
}
