//! Lines, budgets and where to begin.

use super::*;

#[test]
fn a_file_that_is_there_is_begun_at_its_end_or_its_start() {
    for (from, expected) in [(StartFrom::End, &["new"][..]), (StartFrom::Start, &["old", "new"])] {
        let mut scene = Scene::with_files(&["a.log"], from, &[("a.log", "old\n")]);
        scene.write("a.log", "new\n");
        assert_eq!(scene.read(), expected);
    }
}

#[test]
fn the_half_line_at_the_end_is_read_whole_once_it_is_complete() {
    let mut scene = Scene::with_files(&["a.log"], StartFrom::End, &[("a.log", "old\nhal")]);
    scene.write("a.log", "f\n");
    assert_eq!(scene.read(), ["half"]);
}

#[test]
fn a_file_that_appears_later_is_read_from_its_first_byte() {
    let mut scene = Scene::new("a.log");
    assert!(scene.read().is_empty());
    assert!(scene.status().error.unwrap().ends_with("a.log does not exist yet"));
    scene.write("a.log", "1\n2\n");
    assert_eq!(scene.read(), ["1", "2"]);
    let status = scene.status();
    assert_eq!((status.up, status.error, status.bytes_read, status.unread_bytes), (true, None, 4, 0));
}

#[test]
fn a_partial_line_waits_for_its_end() {
    let mut scene = Scene::new("a.log");
    scene.write("a.log", "par");
    assert!(scene.read().is_empty());
    assert_eq!(scene.status().unread_bytes, 3);
    scene.write("a.log", "tial\nnext\nand");
    assert_eq!(scene.read(), ["partial", "next"]);
}

#[test]
fn any_bytes_are_a_line_but_leading_nuls() {
    let mut scene = Scene::new("a.log");
    scene.open("a.log").write_all(b"\n\0\r\n\xff\xfe\n").unwrap();
    assert_eq!(scene.read(), ["", "\r", "\u{fffd}\u{fffd}"]);
}

#[test]
fn a_long_line_is_told_once_however_it_comes() {
    let max = Options::default().line_bytes_max;
    let mut scene = Scene::new("a.log");
    scene.write("a.log", &"x".repeat(max));
    assert!(scene.read().is_empty());
    scene.write("a.log", "\n");
    assert_eq!(scene.read()[0].len(), max);
    for _ in 0..20 {
        scene.write("a.log", &"y".repeat(max));
        scene.round();
    }
    scene.write("a.log", "y\nshort\n");
    assert_eq!(scene.read(), ["TOO LONG", "short"]);
    scene.write("a.log", &format!("{}\nshort\n", "z".repeat(10 * max)));
    assert_eq!(scene.read(), ["TOO LONG", "short"]);
}

#[test]
fn the_budget_is_shared_and_the_rest_comes_later() {
    let mut scene = Scene::new("*.log");
    let big = "0123456789\n".repeat(200_000);
    scene.write("a.log", &big);
    scene.write("b.log", "b\n");
    let round = scene.tailer.round(1, scene.now, |_, line| scene.lines.push(text(line)));
    assert!(round.more && round.bytes < 300_000, "{round:?}");
    scene.tailer.round(1, scene.now, |_, line| scene.lines.push(text(line)));
    assert!(scene.lines.contains(&"b".to_owned()), "a busy file must not starve another");
    while scene.tailer.round(1, scene.now, |_, line| scene.lines.push(text(line))).more {}
    assert_eq!(scene.lines.len(), 200_001);
}

#[test]
fn a_file_named_twice_is_read_once() {
    let mut scene = Scene::with_files(&["a.log", "*.log", "link.log"], StartFrom::End, &[]);
    scene.write("a.log", "1\n");
    fs::hard_link(scene.path("a.log"), scene.path("hard.log")).unwrap();
    std::os::unix::fs::symlink(scene.path("a.log"), scene.path("link.log")).unwrap();
    assert_eq!(scene.read(), ["1"]);
    scene.write("a.log", "2\n");
    assert_eq!(scene.read(), ["2"]);
    let up: Vec<_> = scene.tailer.status().iter().map(|log| (log.up, log.bytes_read)).collect();
    assert_eq!(up, [(true, 4), (true, 0), (true, 0)]);
}

#[test]
fn a_glob_finds_files_that_come_later() {
    let mut scene = Scene::with_files(&["*.log"], StartFrom::End, &[("a.log", "old\n")]);
    scene.write("b.log", "b\n");
    scene.write("b.txt", "no\n");
    assert_eq!(scene.read(), ["b"]);
    scene.write("a.log", "a\n");
    assert_eq!(scene.read(), ["a"]);
}

/// What [`Lines`] is told, in order.
#[derive(Default)]
struct Recorded(Vec<String>);

impl Lines for Recorded {
    fn line(&mut self, _: usize, line: Line<'_>) {
        self.0.push(format!("{line:?}"));
    }
    fn pause(&mut self) {
        self.0.push("pause".to_owned());
    }
}

#[test]
fn who_takes_the_lines_can_let_go_before_each_look_at_a_file() {
    let mut scene = Scene::with_files(&["a.log", "b.log"], StartFrom::Start, &[]);
    scene.write("a.log", "1\n2\n");
    scene.write("b.log", "3\n");
    let mut told = Recorded::default();
    scene.tailer.round_for(BUDGET, scene.now, &mut told);
    let is_line = |told: &String| told != "pause";
    assert_eq!(told.0.iter().filter(|it| is_line(it)).count(), 3, "{:?}", told.0);
    assert!(!is_line(&told.0[0]) && !is_line(told.0.last().unwrap()), "{:?}", told.0);
    // Lines of one read come together; between those of two files there is a pause.
    assert_eq!(told.0.split(|it| !is_line(it)).filter(|lines| !lines.is_empty()).count(), 2, "{:?}", told.0);
}
