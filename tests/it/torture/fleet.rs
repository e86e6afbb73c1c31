//! Many sites, each with a log of its own, and all logs rotated together: what `sharedscripts` does.

use std::fs;
use std::time::{Duration, Instant};

use super::kills::{self, Killer};
use super::load::{Load, Routes};
use super::outcome::Outcome;
use super::rotation::EVERY;
use super::run::settled;
use super::site::Site;
use super::subject::{Program, Subject};
use crate::support::prometheus::Prometheus;
use crate::support::wait_for;

/// How long nginx goes on writing to the renamed files.
const REOPENED_AFTER: Duration = Duration::from_millis(300);

/// A thousand logs that are turned over every second are a backlog for a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Fleet {
    pub sites: u64,
    pub rate: u32,
    pub time: Duration,
}

/// What came of it, and how many counters a real Prometheus saw stepping back.
#[derive(Debug)]
pub struct Result {
    pub outcome: Outcome,
    pub rotations: u32,
    pub kills: u32,
    pub resets: usize,
    pub lost_bytes: f64,
}

impl Fleet {
    pub fn run(&self, mut killer: Option<Killer>) -> Result {
        let server = |site| {
            format!(
                "server {{ listen 127.0.0.1:@PORT@; server_name {site}.example; access_log @DIR@/logs/{site}.log hangup;\n\
                 location / {{ return 204; }} }}\n"
            )
        };
        let site = Site::with(&(0..self.sites).map(server).collect::<String>());
        // Many servers have many series, and what is counted here is lines by log.
        let mut subjects = [Subject::with(Program::Hangup, &site, &["--limits.servers=1"])];
        let prometheus = Prometheus::scraping(&subjects[0].addr(), &[], "");
        wait_for("a first scrape", || prometheus.samples("hangup_log_lines_total").first().copied());
        let load = Load::of_sites(site.port, self.rate, self.sites);
        let (begun, mut rotations, mut next, mut reopen) = (Instant::now(), 0, EVERY, None);
        while begun.elapsed() < self.time {
            killer.iter_mut().for_each(|killer| killer.look(&mut subjects, begun.elapsed()));
            if reopen.take_if(|due| *due <= begun.elapsed()).is_some() {
                site.reopen();
            }
            if begun.elapsed() > next && reopen.is_none() {
                rotations += 1;
                self.rename_all(&site, rotations);
                reopen = Some(begun.elapsed() + REOPENED_AFTER);
                next = begun.elapsed() + EVERY;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let written = load.stop();
        let counted = settled(&written, PATIENCE, || counted(&subjects[0]));
        assert_eq!(on_disk(&site), written, "clients and disk differ");
        // The last count has to be seen, too.
        std::thread::sleep(Duration::from_secs(2));
        Result {
            outcome: Outcome::of(&written, &counted),
            rotations,
            kills: killer.map_or(0, |killer| killer.kills),
            resets: kills::resets(&prometheus),
            lost_bytes: subjects[0].scrape().sum("hangup_log_lost_bytes_total", &[]),
        }
    }

    fn rename_all(&self, site: &Site, number: u32) {
        for log in 0..self.sites {
            let path = site.logs().join(format!("{log}.log"));
            wait_for("nginx to make the log", || fs::rename(&path, path.with_extension(format!("log.{number}"))).ok());
        }
    }
}

/// Lines of each site in its log and what was rotated away.
fn on_disk(site: &Site) -> Routes {
    let mut lines = Routes::new();
    for entry in fs::read_dir(site.logs()).expect("readable") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let Some((site, _)) = name.split_once(".log") else { continue };
        let count = fs::read(&path).expect("readable").iter().filter(|byte| **byte == b'\n').count() as u64;
        if count > 0 {
            *lines.entry(format!("{site}.example")).or_default() += count;
        }
    }
    lines
}

/// Lines by site.
fn counted(subject: &Subject) -> Routes {
    let scrape = subject.scrape();
    let samples = scrape.select("hangup_log_lines_total", &[("result", "parsed")]);
    let number = |path: &str| path.rsplit('/').next()?.strip_suffix(".log")?.parse::<u64>().ok();
    let site = |path: &str| Some(format!("{}.example", number(path)?));
    let of_sites = samples.filter(|sample| sample.value > 0.0);
    of_sites.filter_map(|sample| Some((site(&sample.labels["log"])?, sample.value as u64))).collect()
}
