//! What is not looked at while nothing happens, and what ends that.

use super::*;

#[test]
fn a_wake_is_heard_however_short_a_time_after_a_look() {
    let mut scene = Scene::new("a.log");
    scene.write("a.log", "0\n");
    assert_eq!(scene.read(), ["0"]);
    scene.tailer.options_mut().look_every = Duration::from_secs(1);
    scene.tailer.options_mut().idle_check_every = Duration::from_secs(100);
    scene.round();
    scene.rename("a.log", "a.log.1");
    scene.write("a.log", "new\n");
    assert!(scene.read().is_empty());
    scene.tailer.hurry();
    assert_eq!(scene.read(), ["new"]);
    scene.now += Duration::from_secs(10);
    scene.round();
    scene.write("a.log", "later\n");
    scene.now += Duration::from_millis(1);
    assert!(scene.read().is_empty(), "idle files are looked at less often");
    scene.tailer.hurry();
    assert_eq!(scene.read(), ["later"]);
}

/// At rest nothing is done for each log, and whatever happens ends the rest.
#[test]
fn unchanged_directories_are_not_looked_through() {
    let mut scene = Scene::with_files(&["*.log", "new/*.log"], StartFrom::End, &[("a.log", "")]);
    scene.tailer.options_mut().look_at_all_every = Duration::from_secs(3600);
    fs::create_dir(scene.path("new")).unwrap();
    rest(&mut scene, &["", "new"]);
    scene.write("a.log", "1\n");
    assert_eq!(scene.read(), ["1"]);
    let mut nginx = scene.open("a.log");
    rest(&mut scene, &["", "new"]);
    scene.rename("a.log", "a.log.1");
    scene.write("a.log", "2\n");
    nginx.write_all(b"late\n").unwrap();
    assert_eq!(scene.read(), ["late", "2"]);
    rest(&mut scene, &["", "new"]);
    scene.write("new/b.log", "3\n");
    assert_eq!(scene.read(), ["3"]);
    scene.remove("a.log");
    scene.round();
    let files: Vec<_> = scene.tailer.status().iter().map(|status| (status.up, status.files)).collect();
    assert_eq!(files, [(false, 1), (true, 1)]);
}

/// Nothing has happened in these directories for so long that nothing has to be looked at.
fn rest(scene: &mut Scene, directories: &[&str]) {
    scene.wait();
    scene.read();
    scene.wait();
    scene.read();
    let long_ago = std::time::SystemTime::now() - Duration::from_secs(60);
    for directory in directories {
        File::open(scene.path(directory)).unwrap().set_modified(long_ago).unwrap();
    }
    let rests = (0..10).any(|_| {
        let before = scene.tailer.revision();
        scene.round();
        scene.tailer.revision() == before
    });
    assert!(rests);
}

#[test]
fn of_many_files_those_that_are_silent_are_looked_at_seldom_and_the_touched_at_once() {
    let mut scene = Scene::new("*.log");
    for number in 0..250 {
        append(&scene.path(&format!("{number}.log"))).write_all(b"1\n").unwrap();
    }
    assert_eq!(scene.read().len(), 250);
    scene.tailer.options_mut().idle_check_every = Duration::from_secs(1);
    scene.now += Duration::from_secs(100);
    scene.round();
    scene.write("7.log", "2\n");
    scene.write("8.log", "3\n");
    scene.now += Duration::from_secs(2);
    scene.tailer.touch(&scene.path("8.log"));
    assert_eq!(scene.read(), ["3"]);
    scene.now += Duration::from_millis(500);
    assert!(scene.read().is_empty());
    scene.now += Duration::from_millis(500);
    assert_eq!(scene.read(), ["2"]);
}
