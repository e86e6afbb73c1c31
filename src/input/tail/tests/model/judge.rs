//! The tailer over the logs: its rounds, ends and reloads, what it can know of a file, and so which lines it must deliver.

use super::world::{Content, Knowledge, World, line};
use super::*;

impl World {
    pub(super) fn round(&mut self) {
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

    pub(super) fn save(&mut self) {
        self.saved = (self.scene.tailer.positions(), self.delivered.clone(), self.known.clone());
    }

    /// What was delivered since the last save is forgotten along with the positions.
    pub(super) fn kill(&mut self) {
        let (positions, delivered, known) = self.saved.clone();
        self.scene.restart_from(positions);
        self.limit();
        (self.delivered, self.known) = (delivered, known);
        self.held.clear();
        self.excuse();
    }

    pub(super) fn reload(&mut self, without: bool) {
        if without {
            self.scene.tailer.reconfigure(Vec::new(), options());
            self.held.clear();
        }
        self.scene.tailer.reconfigure(self.scene.sources.clone(), options());
        self.limit();
        self.excuse();
    }

    /// Excuses the lines that nobody could find now, and whatever is written beside them.
    pub(super) fn excuse(&mut self) {
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

    pub(super) fn check(mut self) {
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
