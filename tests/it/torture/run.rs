//! One run: a site, its readers, the load, and the log turned over again and again.

use std::time::{Duration, Instant};

use super::load::{Load, Routes};
use super::outcome::Outcome;
use super::rotation::{EVERY, Keeps, Style};
use super::site::Site;
use super::subject::{Program, Subject};

/// A reader that is silent for so long has counted all it ever will. hangup gives a lost file up after 5 s.
pub const SETTLED: Duration = Duration::from_secs(8);
/// How often the driver of a run looks at what is due.
const TICK: Duration = Duration::from_millis(5);

pub struct Run {
    pub site: Site,
    pub subjects: Vec<Subject>,
    style: Style,
    asked_before: u64,
    pub written: Routes,
    pub rotations: u32,
}

impl Run {
    /// A site with its readers, and nothing written yet.
    pub fn start(style: Style, programs: &[Program]) -> Run {
        let site = Site::start();
        let subjects = programs.iter().map(|program| Subject::start(*program, &site)).collect();
        let asked_before = site.requests();
        Run { site, subjects, style, asked_before, written: Routes::new(), rotations: 0 }
    }

    /// Loads the site and rotates its log; `meanwhile` is called again and again, with the time so far.
    pub fn load(&mut self, rate: u32, time: Duration, mut meanwhile: impl FnMut(&mut [Subject], Duration)) {
        let load = Load::start(self.site.port, rate);
        self.style.prepare(&self.site);
        let (begun, site, style) = (Instant::now(), &self.site, self.style);
        self.rotations = std::thread::scope(|scope| {
            let rotating = scope.spawn(move || rotate(site, style, begun, time));
            while !rotating.is_finished() {
                meanwhile(&mut self.subjects, begun.elapsed());
                std::thread::sleep(TICK);
            }
            rotating.join().expect("all rotations")
        });
        self.written = load.stop();
    }

    /// The clients and nginx' own count agree: each request once, the proxied ones once more inside, the question,
    /// and those of other clients.
    #[track_caller]
    pub fn hold_ground_truth(&self, of_others: u64) {
        let counts = |kind: &str| {
            let of_kind = self.written.iter().filter(|(route, _)| route.starts_with(kind));
            of_kind.map(|(_, count)| count).sum::<u64>()
        };
        let asked = counts("/t/") + 2 * counts("/p/") + 1 + of_others;
        assert_eq!(self.site.requests() - self.asked_before, asked, "clients and stub_status differ");
    }

    /// What can be asked of a reader: what was written, or where nginx' own lines are gone, what is left of them.
    pub fn due(&self) -> Routes {
        if self.style.keeps() == Keeps::WhatIsCopied { self.site.on_disk() } else { self.written.clone() }
    }

    /// What a reader has counted once all that is due is, or it counts no more.
    pub fn counted(&self, subject: &Subject) -> Routes {
        settled(&self.due(), SETTLED, || subject.counted(&[]))
    }
}

/// The count once it holds all that is due, or has not grown for so long.
pub fn settled(due: &Routes, patience: Duration, count: impl Fn() -> Routes) -> Routes {
    let (mut counted, mut since) = (count(), Instant::now());
    while Outcome::of(due, &counted).lost > 0 && since.elapsed() < patience {
        std::thread::sleep(Duration::from_millis(50));
        let now = count();
        if now != counted {
            (counted, since) = (now, Instant::now());
        }
    }
    counted
}

fn rotate(site: &Site, style: Style, begun: Instant, time: Duration) -> u32 {
    let mut count = 0;
    while EVERY * (count + 1) < time {
        std::thread::sleep((EVERY * (count + 1)).saturating_sub(begun.elapsed()));
        count += 1;
        style.rotate(site, count);
    }
    count
}
