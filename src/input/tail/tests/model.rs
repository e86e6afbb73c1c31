//! Arbitrary sequences of what nginx, logrotate, people and a killer do to some logs, against a model that knows where each
//! line lies and which of them nobody could find.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;

#[derive(Clone, Copy, Debug)]
enum Action {
    /// nginx writes a line; `true`: but only half of it, for now.
    Write(bool),
    /// logrotate moves the chain up by one.
    Rename,
    /// Somebody moves the file to a name that tells nothing, or into another directory.
    MoveAway(Place),
    /// logrotate makes the new file.
    Create,
    /// nginx is told to open its log.
    Reopen,
    Copytruncate,
    Truncate,
    Delete,
    /// logrotate compresses what nginx is not writing to.
    Gzip,
    /// Somebody compresses what was moved away last.
    GzipAway,
    Round,
    Save,
    Kill,
    /// The configuration is read again; `true`: a moment ago, the logs were not in it.
    Reload(bool),
    /// Longer than the time after which a silent file is let go.
    Wait,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    SameDirectory,
    Below,
    Dated,
    Beside,
}

fn place() -> impl Strategy<Value = Place> {
    prop_oneof![Just(Place::SameDirectory), Just(Place::Below), Just(Place::Dated), Just(Place::Beside)]
}

/// What is done, and to which log.
fn step() -> impl Strategy<Value = (usize, Action)> {
    let action = prop_oneof![
        8 => any::<bool>().prop_map(Action::Write),
        3 => Just(Action::Rename),
        2 => place().prop_map(Action::MoveAway),
        2 => Just(Action::Create),
        4 => Just(Action::Reopen),
        2 => Just(Action::Copytruncate),
        1 => Just(Action::Truncate),
        1 => Just(Action::Delete),
        2 => Just(Action::Gzip),
        1 => Just(Action::GzipAway),
        6 => Just(Action::Round),
        2 => Just(Action::Save),
        2 => Just(Action::Kill),
        1 => any::<bool>().prop_map(Action::Reload),
        2 => Just(Action::Wait),
    ];
    (0..LOGS_MAX, action)
}

/// A line's number.
type Number = usize;
/// What was written to one inode between two truncations.
type Content = usize;

const LOGS_MAX: usize = 3;
const NAMES: [&str; LOGS_MAX] = ["a.log", "b.log", "c.log"];

/// How the logs are followed.
#[derive(Clone, Copy, Debug)]
struct Setup {
    logs: usize,
    glob: bool,
    /// Fewer descriptors than logs.
    tight: bool,
}

/// One log, as nginx and logrotate see it.
struct Log {
    name: String,
    nginx: File,
    half: bool,
    /// Where nginx writes, and where the path leads.
    writing: Content,
    live: Option<Content>,
    /// What is in the rotated files, the youngest first.
    chain: Vec<Content>,
    away: Option<(Content, String)>,
}

/// What a tailer knows of a content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Knowledge {
    /// Its file.
    File,
    /// And a whole line, by which a copy is known.
    Line,
}

struct World {
    scene: Scene,
    setup: Setup,
    logs: Vec<Log>,
    contents: usize,
    /// Where each line was written, and whether it was written whole.
    lines: BTreeMap<Number, (Content, bool)>,
    /// Contents that are not on the disk any more.
    destroyed: BTreeSet<Content>,
    /// Contents that the tailer holds open.
    held: BTreeSet<Content>,
    known: BTreeMap<Content, Knowledge>,
    /// Contents whose files have names that tell nothing of their log, and those that are compressed.
    odd: BTreeSet<Content>,
    packed: BTreeSet<Content>,
    beside: BTreeSet<Content>,
    excused: BTreeSet<Number>,
    delivered: Vec<String>,
    saved: (Positions, Vec<String>, BTreeMap<Content, Knowledge>),
}

impl World {
    fn new(setup: Setup) -> Self {
        let mut scene = Scene::new("logs/none");
        for directory in ["logs/old", "beside"] {
            fs::create_dir_all(scene.path(directory)).unwrap();
        }
        let names: Vec<String> = NAMES.iter().take(setup.logs).map(|name| format!("logs/{name}")).collect();
        names.iter().for_each(|name| scene.write(name, ""));
        let pattern =
            |name: &String| scene.path(name).to_string_lossy().into_owned() + if setup.glob { "*" } else { "" };
        scene.sources = names.iter().map(|it| Source { pattern: pattern(it), from: StartFrom::End }).collect();
        scene.tailer = Tailer::new(scene.sources.clone(), options());
        let log = |(live, name): (usize, String)| Log {
            nginx: scene.open(&name),
            name,
            half: false,
            writing: live,
            live: Some(live),
            chain: Vec::new(),
            away: None,
        };
        let logs: Vec<Log> = names.into_iter().enumerate().map(log).collect();
        let mut world = Self {
            saved: (scene.tailer.positions(), Vec::new(), BTreeMap::new()),
            scene,
            setup,
            contents: logs.len(),
            logs,
            lines: BTreeMap::new(),
            destroyed: BTreeSet::new(),
            held: BTreeSet::new(),
            known: BTreeMap::new(),
            odd: BTreeSet::new(),
            packed: BTreeSet::new(),
            beside: BTreeSet::new(),
            excused: BTreeSet::new(),
            delivered: Vec::new(),
        };
        world.limit();
        world.round();
        world.save();
        world
    }

    fn limit(&mut self) {
        if self.setup.tight {
            self.scene.tailer.options_mut().files_max = 2;
        }
    }

    fn run(&mut self, log: usize, action: Action) {
        let log = log % self.logs.len();
        let (live, writing) = (self.logs[log].live, self.logs[log].writing);
        match action {
            Action::Write(half) => self.write(log, half),
            Action::Rename if live.is_some() => self.rename(log),
            Action::MoveAway(place) if live.is_some() => self.move_away(log, place),
            Action::Create if live.is_none() => self.create(log),
            Action::Reopen => self.reopen(log),
            Action::Copytruncate | Action::Truncate if live.is_some() => self.cut(log, action),
            Action::Delete if live.is_some() => self.delete(log),
            Action::Gzip => self.gzip(log),
            Action::GzipAway => self.gzip_away(log),
            Action::Round => self.round(),
            Action::Save => self.save(),
            Action::Kill => self.kill(),
            Action::Reload(without) => self.reload(without),
            Action::Wait if live == Some(writing) && self.all_reopened() => self.scene.wait(),
            _ => {}
        }
    }

    fn all_reopened(&self) -> bool {
        self.logs.iter().all(|log| log.live == Some(log.writing))
    }

    fn write(&mut self, log: usize, half: bool) {
        self.complete(log);
        let number = self.lines.len();
        let log = &mut self.logs[log];
        self.lines.insert(number, (log.writing, !half));
        write!(log.nginx, "{}", if half { format!("{number:06} ") } else { line(number) + "\n" }).unwrap();
        log.half = half;
        self.excuse();
    }

    fn complete(&mut self, log: usize) {
        if std::mem::take(&mut self.logs[log].half) {
            writeln!(self.logs[log].nginx, "rest").unwrap();
        }
    }

    fn shift(&self, log: usize) {
        let name = &self.logs[log].name;
        for age in (1..40).rev() {
            for suffix in ["", ".gz"] {
                let old = format!("{name}.{age}{suffix}");
                if self.scene.path(&old).exists() {
                    self.scene.rename(&old, &format!("{name}.{}{suffix}", age + 1));
                }
            }
        }
    }

    fn rename(&mut self, log: usize) {
        self.shift(log);
        let name = self.logs[log].name.clone();
        self.scene.rename(&name, &format!("{name}.1"));
        let moved = self.logs[log].live.take().unwrap();
        self.logs[log].chain.insert(0, moved);
    }

    /// What nobody knew of cannot be found there.
    fn move_away(&mut self, log: usize, place: Place) {
        let moved = self.logs[log].live.take().unwrap();
        let to = match place {
            Place::SameDirectory => format!("logs/odd{moved}"),
            Place::Below => format!("logs/old/odd{moved}"),
            Place::Dated => {
                fs::create_dir_all(self.scene.path(&format!("logs/2026/{moved}"))).unwrap();
                format!("logs/2026/{moved}/x")
            }
            Place::Beside => format!("beside/odd{moved}"),
        };
        self.scene.rename(&self.logs[log].name, &to);
        self.odd.insert(moved);
        if place == Place::Beside {
            self.beside.insert(moved);
        }
        self.logs[log].away = Some((moved, to));
        self.excuse();
    }

    fn create(&mut self, log: usize) {
        self.scene.write(&self.logs[log].name, "");
        self.logs[log].live = Some(self.contents);
        self.contents += 1;
    }

    fn reopen(&mut self, log: usize) {
        self.complete(log);
        if self.logs[log].live.is_none() {
            self.create(log);
        }
        let log = &mut self.logs[log];
        log.nginx = self.scene.open(&log.name);
        log.writing = log.live.unwrap();
    }

    /// Lines that are neither delivered nor copied go with the content.
    fn cut(&mut self, log: usize, action: Action) {
        self.complete(log);
        let (name, old) = (self.logs[log].name.clone(), self.logs[log].live.unwrap());
        if matches!(action, Action::Copytruncate) {
            self.shift(log);
            self.scene.copy(&name, &format!("{name}.1"));
            self.logs[log].chain.insert(0, old);
        } else {
            self.destroyed.insert(old);
            self.held.remove(&old);
            self.excuse();
        }
        self.scene.truncate(&name);
        let new = self.contents;
        self.contents += 1;
        let log = &mut self.logs[log];
        log.live = Some(new);
        if log.writing == old {
            log.writing = new;
        }
        if self.held.contains(&old) {
            self.held.insert(new);
        }
        // It has the file of the old one.
        if self.known.contains_key(&old) {
            self.known.insert(new, Knowledge::File);
        }
    }

    fn delete(&mut self, log: usize) {
        self.scene.remove(&self.logs[log].name);
        self.destroyed.extend(self.logs[log].live.take());
        self.excuse();
    }

    fn gzip(&mut self, log: usize) {
        let log = &self.logs[log];
        let name = format!("{}.1", log.name);
        if self.scene.path(&name).exists() && log.live == Some(log.writing) {
            self.scene.gzip(&name);
            self.packed.extend(log.chain.first());
        }
    }

    fn gzip_away(&mut self, log: usize) {
        let Some((content, path)) = self.logs[log].away.take() else { return };
        if self.logs[log].writing == content {
            self.logs[log].away = Some((content, path));
            return;
        }
        self.scene.gzip(&path);
        self.packed.insert(content);
        self.excuse();
    }

    fn round(&mut self) {
        self.delivered.extend(self.scene.read());
        if self.setup.tight {
            // Some files wait for their turn.
            for _ in 0..10 {
                self.delivered.extend(self.scene.read());
            }
        }
        for live in self.logs.iter().filter_map(|log| log.live) {
            self.held.insert(live);
            let has_line = self.lines.values().any(|(content, whole)| *content == live && *whole);
            self.known.insert(live, if has_line { Knowledge::Line } else { Knowledge::File });
        }
        // Others are known, too, and are read when they have something new.
        let written: Vec<Content> = self.lines.values().filter(|it| it.1).map(|it| it.0).collect();
        let readable = |content: &Content| !self.destroyed.contains(content) || self.held.contains(content);
        for (content, knowledge) in &mut self.known {
            if written.contains(content) && readable(content) {
                *knowledge = Knowledge::Line;
            }
        }
    }

    fn save(&mut self) {
        self.saved = (self.scene.tailer.positions(), self.delivered.clone(), self.known.clone());
    }

    /// What was delivered since the last save is forgotten along with the positions.
    fn kill(&mut self) {
        let (positions, delivered, known) = self.saved.clone();
        self.scene.restart_from(positions);
        self.limit();
        (self.delivered, self.known) = (delivered, known);
        self.held.clear();
        self.excuse();
    }

    fn reload(&mut self, without: bool) {
        if without {
            self.scene.tailer.reconfigure(Vec::new(), options());
            self.held.clear();
        }
        self.scene.tailer.reconfigure(self.scene.sources.clone(), options());
        self.limit();
        self.excuse();
    }

    /// Excuses the lines that nobody could find now, and whatever is written beside them.
    fn excuse(&mut self) {
        for (number, (content, _)) in &self.lines {
            if !self.is_findable(*content) && !self.delivered.contains(&line(*number)) {
                self.excused.insert(*number);
            }
        }
    }

    fn is_findable(&self, content: Content) -> bool {
        let is_held = self.held.contains(&content);
        if self.destroyed.contains(&content) {
            // Few descriptors: a removed file may have to give up its own.
            return is_held && !self.setup.tight;
        }
        let knowledge = self.known.get(&content);
        match (self.odd.contains(&content), self.packed.contains(&content)) {
            (false, _) => true,
            (true, false) => is_held || knowledge.is_some(),
            // Beside the log's directory, what begins like it may be of another log.
            (true, true) => {
                (is_held && !self.setup.tight)
                    || (knowledge == Some(&Knowledge::Line) && !self.beside.contains(&content))
            }
        }
    }

    fn check(mut self) {
        for log in 0..self.logs.len() {
            self.reopen(log);
            self.write(log, false);
        }
        for _ in 0..4 {
            self.round();
            self.scene.wait();
        }
        let unique: BTreeSet<&String> = self.delivered.iter().collect();
        assert_eq!(unique.len(), self.delivered.len(), "delivered twice: {:?}", self.delivered);
        for number in self.lines.keys().filter(|number| !self.excused.contains(number)) {
            let either = [line(*number), format!("{number:06} rest")];
            let is_there = either.iter().any(|it| unique.contains(it));
            assert!(is_there, "line {number} was not delivered: {:?}", self.delivered);
        }
    }
}

fn line(number: Number) -> String {
    format!("{number:06} whole")
}

fn setup() -> impl Strategy<Value = Setup> {
    (1..=LOGS_MAX, any::<bool>(), prop::bool::weighted(0.3)).prop_map(|(logs, glob, tight)| Setup { logs, glob, tight })
}

/// The suite plays the same few sequences each time, as each takes some milliseconds and a suite must be repeatable:
/// `PROPTEST_CASES` asks for so many others. (Open: one in some thousands loses a line without newline at the end of a
/// file that is packed while hangup is down. `PROPTEST_RNG_SEED=499` has one.)
fn config() -> ProptestConfig {
    let usual = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_some() {
        return usual;
    }
    ProptestConfig { cases: 100, rng_seed: RngSeed::Fixed(1), ..usual }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_line_that_can_be_found_is_delivered_once(
        setup in setup(),
        steps in proptest::collection::vec(step(), 1..80),
    ) {
        let mut world = World::new(setup);
        for (log, action) in steps {
            world.run(log, action);
        }
        world.check();
    }
}
