//! The logs on the disk, and what nginx, logrotate and people do to them. Knows where each line lies.

use super::*;

/// A line's number.
pub(super) type Number = usize;
/// What was written to one inode between two truncations.
pub(super) type Content = usize;

/// One log, as nginx and logrotate see it.
pub(super) struct Log {
    pub(super) name: String,
    pub(super) nginx: File,
    pub(super) half: bool,
    /// Where nginx writes, and where the path leads.
    pub(super) writing: Content,
    pub(super) live: Option<Content>,
    /// What is in the rotated files, the youngest first.
    pub(super) chain: Vec<Content>,
    pub(super) away: Option<(Content, String)>,
}

/// What a tailer knows of a content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Knowledge {
    /// Its file.
    File,
    /// And a whole line, by which a copy is known.
    Line,
}

pub(super) struct World {
    pub(super) scene: Scene,
    pub(super) setup: Setup,
    pub(super) logs: Vec<Log>,
    pub(super) contents: usize,
    /// Where each line was written, and whether it was written whole.
    pub(super) lines: BTreeMap<Number, (Content, bool)>,
    /// Contents that are not on the disk any more.
    pub(super) destroyed: BTreeSet<Content>,
    /// Contents that the tailer holds open.
    pub(super) held: BTreeSet<Content>,
    pub(super) known: BTreeMap<Content, Knowledge>,
    /// Contents whose files have names that tell nothing of their log, and those that are compressed.
    pub(super) odd: BTreeSet<Content>,
    pub(super) packed: BTreeSet<Content>,
    pub(super) beside: BTreeSet<Content>,
    pub(super) excused: BTreeSet<Number>,
    pub(super) delivered: Vec<String>,
    pub(super) saved: (Positions, Vec<String>, BTreeMap<Content, Knowledge>),
}

impl World {
    pub(super) fn new(setup: Setup) -> Self {
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

    pub(super) fn limit(&mut self) {
        if self.setup.tight {
            self.scene.tailer.options_mut().files_max = 2;
        }
    }

    pub(super) fn run(&mut self, log: usize, action: Action) {
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

    pub(super) fn write(&mut self, log: usize, half: bool) {
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

    pub(super) fn reopen(&mut self, log: usize) {
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
}

pub(super) fn line(number: Number) -> String {
    format!("{number:06} whole")
}
