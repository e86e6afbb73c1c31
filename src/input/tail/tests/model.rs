//! Arbitrary sequences of what nginx, logrotate and a killer do, against a model that knows where each line lies.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

#[derive(Clone, Copy, Debug)]
enum Action {
    /// nginx writes a line; `true`: but only half of it, for now.
    Write(bool),
    /// logrotate moves the chain up by one.
    Rename,
    /// logrotate makes the new file.
    Create,
    /// nginx is told to open its log.
    Reopen,
    Copytruncate,
    Truncate,
    Delete,
    /// logrotate compresses what nginx is not writing to.
    Gzip,
    Round,
    Save,
    Kill,
    /// Longer than the time after which a silent file is let go.
    Wait,
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        8 => any::<bool>().prop_map(Action::Write),
        3 => Just(Action::Rename),
        2 => Just(Action::Create),
        4 => Just(Action::Reopen),
        2 => Just(Action::Copytruncate),
        1 => Just(Action::Truncate),
        1 => Just(Action::Delete),
        2 => Just(Action::Gzip),
        6 => Just(Action::Round),
        2 => Just(Action::Save),
        2 => Just(Action::Kill),
        2 => Just(Action::Wait),
    ]
}

/// A line's number.
type Number = usize;
/// What was written to one inode between two truncations.
type Content = usize;

const LIVE: &str = "a.log";

struct World {
    scene: Scene,
    nginx: File,
    half: bool,
    contents: usize,
    /// Where nginx writes, and where the path leads.
    writing: Content,
    live: Option<Content>,
    lines: BTreeMap<Number, Content>,
    /// Contents that are not on the disk any more, and those the tailer holds open.
    destroyed: BTreeSet<Content>,
    held: BTreeSet<Content>,
    excused: BTreeSet<Number>,
    delivered: Vec<String>,
    saved: (Positions, Vec<String>),
}

impl World {
    fn new(pattern: &str) -> Self {
        let scene = Scene::with_files(&[pattern], StartFrom::End, &[(LIVE, "")]);
        let (nginx, saved) = (scene.open(LIVE), (scene.tailer.positions(), Vec::new()));
        Self {
            scene,
            nginx,
            half: false,
            contents: 0,
            writing: 0,
            live: Some(0),
            lines: BTreeMap::new(),
            destroyed: BTreeSet::new(),
            held: BTreeSet::from([0]),
            excused: BTreeSet::new(),
            delivered: Vec::new(),
            saved,
        }
    }

    fn run(&mut self, action: Action) {
        match action {
            Action::Write(half) => self.write(half),
            Action::Rename if self.live.is_some() => self.rename(),
            Action::Create if self.live.is_none() => self.create(),
            Action::Reopen => self.reopen(),
            Action::Copytruncate | Action::Truncate if self.live.is_some() => self.cut(action),
            Action::Delete if self.live.is_some() => self.delete(),
            Action::Gzip => self.gzip(),
            Action::Round => self.round(),
            Action::Save => self.saved = (self.scene.tailer.positions(), self.delivered.clone()),
            Action::Kill => self.kill(),
            Action::Wait if self.live == Some(self.writing) => self.scene.wait(),
            _ => {}
        }
    }

    fn write(&mut self, half: bool) {
        if std::mem::take(&mut self.half) {
            writeln!(self.nginx, "rest").unwrap();
        }
        let number = self.lines.len();
        self.lines.insert(number, self.writing);
        write!(self.nginx, "{}", if half { format!("{number:06} ") } else { line(number) + "\n" }).unwrap();
        self.half = half;
        self.excuse_unreachable();
    }

    fn complete(&mut self) {
        if std::mem::take(&mut self.half) {
            writeln!(self.nginx, "rest").unwrap();
        }
    }

    fn shift(&self) {
        for age in (1..40).rev() {
            for suffix in ["", ".gz"] {
                let name = format!("{LIVE}.{age}{suffix}");
                if self.scene.path(&name).exists() {
                    self.scene.rename(&name, &format!("{LIVE}.{}{suffix}", age + 1));
                }
            }
        }
    }

    fn rename(&mut self) {
        self.shift();
        self.scene.rename(LIVE, &format!("{LIVE}.1"));
        self.live = None;
    }

    fn create(&mut self) {
        self.scene.write(LIVE, "");
        self.contents += 1;
        self.live = Some(self.contents);
    }

    fn reopen(&mut self) {
        self.complete();
        if self.live.is_none() {
            self.create();
        }
        self.nginx = self.scene.open(LIVE);
        self.writing = self.live.unwrap();
    }

    /// Lines that are neither delivered nor copied go with the content.
    fn cut(&mut self, action: Action) {
        self.complete();
        let old = self.live.unwrap();
        if matches!(action, Action::Copytruncate) {
            self.shift();
            self.scene.copy(LIVE, &format!("{LIVE}.1"));
        } else {
            self.destroyed.insert(old);
            self.held.remove(&old);
            self.excuse_unreachable();
        }
        self.scene.truncate(LIVE);
        self.contents += 1;
        self.live = Some(self.contents);
        if self.writing == old {
            self.writing = self.contents;
        }
        if self.held.contains(&old) {
            self.held.insert(self.contents);
        }
    }

    fn delete(&mut self) {
        self.scene.remove(LIVE);
        self.destroyed.extend(self.live.take());
        self.excuse_unreachable();
    }

    fn gzip(&mut self) {
        let name = format!("{LIVE}.1");
        if self.scene.path(&name).exists() && self.live == Some(self.writing) {
            self.scene.gzip(&name);
        }
    }

    fn round(&mut self) {
        self.delivered.extend(self.scene.read());
        self.held.extend(self.live);
    }

    /// What was delivered since the last save is forgotten along with the positions.
    fn kill(&mut self) {
        let (positions, delivered) = self.saved.clone();
        self.scene.restart_from(positions);
        self.delivered = delivered;
        self.held.clear();
        self.excuse_unreachable();
    }

    fn excuse_unreachable(&mut self) {
        for (number, content) in &self.lines {
            let gone = self.destroyed.contains(content) && !self.held.contains(content);
            if gone && !self.delivered.contains(&line(*number)) {
                self.excused.insert(*number);
            }
        }
    }

    fn check(mut self) {
        self.reopen();
        self.write(false);
        for _ in 0..3 {
            self.round();
            self.scene.wait();
        }
        let unique: BTreeSet<&String> = self.delivered.iter().collect();
        assert_eq!(unique.len(), self.delivered.len(), "delivered twice: {:?}", self.delivered);
        for number in self.lines.keys().filter(|number| !self.excused.contains(number)) {
            let either = [line(*number), format!("{number:06} rest")];
            assert!(
                either.iter().any(|it| unique.contains(it)),
                "line {number} was not delivered: {:?}",
                self.delivered
            );
        }
    }
}

fn line(number: Number) -> String {
    format!("{number:06} whole")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_recoverable_line_is_delivered_once(
        glob in any::<bool>(),
        actions in proptest::collection::vec(action(), 1..60),
    ) {
        let mut world = World::new(if glob { "a.log*" } else { LIVE });
        for action in actions {
            world.run(action);
        }
        world.check();
    }
}
