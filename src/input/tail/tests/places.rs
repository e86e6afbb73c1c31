//! Files that were rotated under any name, into any place, in any form, while nobody looked.

use super::*;
use crate::input::tail::identity::Inode;

/// A log in a directory of its own, `logs`, with one line and a half read of it.
fn started() -> Scene {
    let mut scene = Scene::new("logs/a.log");
    fs::create_dir(scene.path("logs")).unwrap();
    scene.write("logs/a.log", "1\nhal");
    assert_eq!(scene.read(), ["1"]);
    scene
}

/// The lines of some rounds, with time passing between them, sorted.
fn settled(scene: &mut Scene) -> Vec<String> {
    let mut lines = scene.read();
    for _ in 0..3 {
        scene.wait();
        lines.extend(scene.read());
    }
    lines.sort();
    lines
}

/// Restarts, and expects nothing more.
fn assert_settled(scene: &mut Scene, what: &str) {
    scene.restart();
    assert!(settled(scene).is_empty(), "{what}");
    assert_eq!(scene.status().bytes_lost, 0, "{what}");
}

type Pack = fn(&[u8]) -> Vec<u8>;

const PACKERS: [(&str, Pack); 4] = [
    ("gz", |text| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }),
    ("xz", |text| {
        let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }),
    ("zst", |text| zstd::encode_all(text, 1).unwrap()),
    ("bz2", |text| {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }),
];

/// What a compressor does: the time of the last write is kept in seconds, the original removed.
fn pack(scene: &Scene, from: &str, to: &str, pack: Pack) {
    let text = fs::read(scene.path(from)).unwrap();
    let written = fs::metadata(scene.path(from)).unwrap().modified().unwrap();
    let seconds = written.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    fs::write(scene.path(to), pack(&text)).unwrap();
    let file = OpenOptions::new().write(true).open(scene.path(to)).unwrap();
    file.set_modified(std::time::UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
    scene.remove(from);
}

#[test]
fn a_file_is_found_under_any_name_and_beside_its_directory() {
    for place in
        ["logs/saved", "logs/2026-01-31/a.log", "logs/2026/01/31/x", "logs/old/a.log.1", "old/a.log.1", "z/odd"]
    {
        let mut scene = started();
        scene.write("logs/a.log", "f\n2\n");
        fs::create_dir_all(scene.path(place).parent().unwrap()).unwrap();
        scene.rename("logs/a.log", place);
        scene.write("logs/a.log", "3\n");
        scene.restart();
        assert_eq!(settled(&mut scene), ["2", "3", "half"], "{place}");
        assert_settled(&mut scene, place);
    }
}

#[test]
fn a_packed_file_is_found_under_any_name() {
    for (suffix, packer) in PACKERS {
        for name in [format!("logs/a.log.1.{suffix}"), format!("logs/odd.{suffix}"), "logs/odd".into()] {
            let mut scene = started();
            scene.write("logs/a.log", "f\n2\n");
            pack(&scene, "logs/a.log", &name, packer);
            scene.write("logs/a.log", "3\n");
            scene.restart();
            assert_eq!(settled(&mut scene), ["2", "3", "half"], "{name}");
            assert_settled(&mut scene, &name);
        }
    }
}

#[test]
fn where_rotation_goes_is_learned_while_it_is_watched() {
    // Two files come and go unseen, once the place is known; packed, so nothing but their names tells of them.
    for place in ["old/a.log.#", "old/a-2026010#.log", "old/2026-01-0#/a.log", "logs/odd-#-name"] {
        let mut scene = started();
        let path = |number: u32| place.replace('#', &number.to_string());
        let archive = |scene: &Scene, number: u32| {
            fs::create_dir_all(scene.path(&path(number)).parent().unwrap()).unwrap();
            scene.rename("logs/a.log", &path(number));
        };
        scene.write("logs/a.log", "f\n");
        archive(&scene, 1);
        scene.write("logs/a.log", "2\n");
        assert_eq!(scene.read(), ["half", "2"], "{place}");
        scene.restart();
        archive(&scene, 2);
        for number in [3, 4] {
            scene.write("logs/a.log", &format!("line {number}\n"));
            archive(&scene, number);
        }
        pack(&scene, &path(3), &(path(3) + ".zst"), PACKERS[2].1);
        scene.write("logs/a.log", "line 5\n");
        assert_eq!(settled(&mut scene), ["line 3", "line 4", "line 5"], "{place}");
        assert_settled(&mut scene, place);
    }
}

#[test]
fn the_directory_that_logrotate_is_told_is_looked_through() {
    let mut scene = started();
    let (logs, old) = (scene.path("logs"), scene.path("far/away/old"));
    fs::create_dir_all(&old).unwrap();
    let configuration = format!("{}/*.log {{\n  weekly\n  olddir {}\n}}\n", logs.display(), old.display());
    fs::write(scene.path("logrotate.conf"), configuration).unwrap();
    let positions = scene.tailer.positions();
    scene.write("logs/a.log", "f\n");
    scene.rename("logs/a.log", "far/away/old/a.log.2");
    scene.write("logs/a.log", "2\n");
    scene.rename("logs/a.log", "far/away/old/a.log.1");
    pack(&scene, "far/away/old/a.log.2", "far/away/old/a.log.2.gz", PACKERS[0].1);
    scene.write("logs/a.log", "3\n");
    let options = Options { logrotate: scene.path("logrotate.conf"), ..options() };
    scene.tailer = Tailer::resume(scene.sources.clone(), options, positions);
    assert_eq!(settled(&mut scene), ["2", "3", "half"]);
}

#[test]
fn another_log_is_never_mistaken_for_a_rotated_file() {
    // The same requests in two logs, of which one is rotated away for good.
    let mut scene = Scene::with_files(&["a.log", "b.log"], StartFrom::End, &[]);
    let lines = |scene: &Scene, from: u32, to: u32| {
        let text: String = (from..to).map(|number| format!("line {number:04}\n")).collect();
        scene.write("a.log", &text);
        scene.write("b.log", &text);
    };
    lines(&scene, 0, 100);
    assert_eq!(scene.read().len(), 200);
    lines(&scene, 100, 110);
    scene.rename("b.log", "b.log.1");
    scene.remove("a.log");
    scene.write("a.log", "new a\n");
    scene.write("b.log", "new b\n");
    scene.restart();
    assert_eq!(settled(&mut scene).len(), 10 + 2);
    assert_eq!(scene.status().bytes_lost, 0, "nobody saw the last ten lines of a.log");
}

#[test]
fn many_rotations_while_it_was_down_are_all_read() {
    let mut scene = Scene::new("a.log");
    scene.write("a.log", "0\n");
    assert_eq!(scene.read(), ["0"]);
    for number in 1..=200 {
        scene.rename("a.log", &format!("a.log.{}", 1000 - number));
        scene.write("a.log", &format!("{number}\n{number} again\n"));
    }
    scene.restart();
    let mut lines = Vec::new();
    for _ in 0..40 {
        lines.extend(scene.read());
        scene.wait();
    }
    assert_eq!(lines.len(), 400);
    assert_eq!((scene.status().bytes_lost, scene.status().files), (0, 1));
}

#[test]
fn names_need_not_be_text() {
    use std::os::unix::ffi::OsStrExt;
    let mut scene = Scene::new("*.log");
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.log");
    let path = scene.directory.path().join(name);
    append(&path).write_all(b"1\nhal").unwrap();
    assert_eq!(scene.read(), ["1"]);
    append(&path).write_all(b"f\n").unwrap();
    fs::rename(&path, scene.directory.path().join(std::ffi::OsStr::from_bytes(b"caf\xe9.log.1"))).unwrap();
    append(&path).write_all(b"2\n").unwrap();
    scene.restart();
    assert_eq!(settled(&mut scene), ["2", "half"]);
    assert_settled(&mut scene, "not text");
}

#[test]
fn positions_of_version_0_1_are_understood() {
    let mut scene = Scene::new("a.log");
    scene.write("a.log", "1\nhal");
    assert_eq!(scene.read(), ["1"]);
    let text = serde_json::to_string(&scene.tailer.positions()).unwrap();
    let mut json: serde_json::Value =
        serde_json::from_str(&text.replace("\"path\"", "\"home\"").replace("\"canonical_path\"", "\"real\"")).unwrap();
    json.as_object_mut().unwrap().remove("places");
    json["files"][0].as_object_mut().unwrap().remove("born_nanos");
    json["files"][0]["of a later version"] = true.into();
    json["of a later version"] = true.into();
    scene.write("a.log", "f\n");
    scene.rename("a.log", "a.log.1");
    scene.restart_from(serde_json::from_value(json).unwrap());
    assert_eq!(scene.read(), ["half"]);
    let role: crate::input::tail::positions::Role = serde_json::from_str("\"twin\"").unwrap();
    assert_eq!(role, crate::input::tail::positions::Role::Copy);
}

/// A file that was packed gives up its inode, and a directory that is made next gets it.
#[test]
fn what_has_got_the_inode_of_a_packed_file_hides_it_nowhere() {
    for is_directory in [true, false] {
        let mut scene = started();
        let mut positions = scene.tailer.positions();
        scene.write("logs/a.log", "f\n");
        scene.rename("logs/a.log", "logs/a.log.1");
        scene.gzip("logs/a.log.1");
        let heir = scene.path("logs/2026");
        match is_directory {
            true => fs::create_dir(&heir).unwrap(),
            false => drop(std::os::unix::net::UnixListener::bind(&heir).unwrap()),
        }
        positions.files[0].inode = Inode::of(&fs::metadata(&heir).unwrap());
        scene.restart_from(positions);
        assert_eq!(settled(&mut scene), ["half"], "a directory: {is_directory}");
    }
}
