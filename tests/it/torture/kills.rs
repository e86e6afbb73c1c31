//! hangup killed at random moments and started again, as itself and as a real Prometheus sees it.
//!
//! Between two kills it is told to reload, and every other life has other buckets: neither may cost a line.

use std::time::Duration;

use super::rotation::Style;
use super::run::Run;
use super::subject::{Program, Subject};
use crate::support::prometheus::Prometheus;
use crate::support::wait_for;

/// SIGKILL at random moments, a new start a random moment later.
pub struct Killer {
    random: u64,
    between: Duration,
    next: Duration,
    /// When it is told to reload, if it is to be before the next kill.
    reload: Option<Duration>,
    pub kills: u32,
    pub down: Duration,
}

impl Killer {
    /// `between`: how long a reader lives on average. The same seed, the same moments.
    pub fn new(seed: u64, between: Duration) -> Killer {
        let (next, down) = (Duration::ZERO, Duration::ZERO);
        let mut killer = Killer { random: seed, between, next, reload: None, kills: 0, down };
        killer.next = killer.pick(between * 2);
        killer
    }

    pub fn look(&mut self, subjects: &mut [Subject], elapsed: Duration) {
        if self.reload.take_if(|due| *due <= elapsed).is_some() {
            subjects.iter().filter(|it| it.program == Program::Hangup).for_each(|it| it.signal(libc::SIGHUP));
        }
        if elapsed < self.next {
            return;
        }
        let down = self.pick(Duration::from_millis(600));
        subjects.iter_mut().for_each(Subject::kill);
        std::thread::sleep(down);
        subjects.iter_mut().for_each(Subject::restart);
        self.kills += 1;
        self.down += down;
        let lives = self.pick(self.between * 2);
        self.next = elapsed + down + lives;
        self.reload = Some(elapsed + down + self.pick(lives));
    }

    /// Up to `most` (a linear congruential generator: Knuth's MMIX).
    fn pick(&mut self, most: Duration) -> Duration {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        most.mul_f64((self.random >> 33) as f64 / f64::from(1_u32 << 31))
    }
}

/// One run under kills, with what hangup has counted itself and what `increase()` over the run adds up to, by subject.
pub struct Killed {
    pub run: Run,
    pub killer: Killer,
    pub seen: Vec<Seen>,
}

#[derive(Debug, Clone, Copy)]
pub struct Seen {
    /// The rises of the counter, as `increase()` adds them up: a fall is a new start from 0.
    pub rises: f64,
    /// The function's own result, which stretches the rises by up to one interval of scraping.
    pub increase: f64,
    pub falls: usize,
    /// Counters of any name that were seen to step back.
    pub resets: usize,
    pub samples: usize,
}

pub fn run(style: Style, programs: &[Program], rate: u32, time: Duration, mut killer: Killer) -> Killed {
    let mut run = Run::start(style, programs);
    let prometheus = scraping(&run.subjects);
    run.load(rate, time, |subjects, elapsed| killer.look(subjects, elapsed));
    run.hold_ground_truth(0);
    let seen = run.subjects.iter().map(|subject| {
        let counted = run.counted(subject).values().sum();
        seen(&prometheus, subject, counted)
    });
    let seen = seen.collect();
    Killed { run, killer, seen }
}

/// A Prometheus that has seen every counter before the load begins.
fn scraping(subjects: &[Subject]) -> Prometheus {
    let more = subjects.iter().skip(1).map(|subject| {
        format!("- job_name: {}\n  static_configs: [{{targets: ['{}']}}]\n", subject.name(), subject.addr())
    });
    let prometheus = Prometheus::scraping(&subjects[0].addr(), &[], &more.collect::<String>());
    for subject in subjects {
        wait_for("a first scrape", || prometheus.samples(subject.lines_metric()).first().copied());
    }
    prometheus
}

/// What is there once the newest sample is the reader's last count.
fn seen(prometheus: &Prometheus, subject: &Subject, counted: u64) -> Seen {
    let is_last = |samples: &Vec<f64>| samples.last() == Some(&(counted as f64));
    let samples = wait_for("a last scrape", || Some(prometheus.samples(subject.lines_metric())).filter(is_last));
    let steps = || samples.windows(2).map(|pair| (pair[0], pair[1]));
    let rises = steps().map(|(before, after)| if after < before { after } else { after - before }).sum();
    let falls = steps().filter(|(before, after)| after < before).count();
    let increase = prometheus.query(&format!("sum(increase({}[1h]))", subject.lines_metric()));
    let increase = increase.first().copied().unwrap_or(0.0);
    let resets = if subject.program == Program::Hangup { resets(prometheus) } else { 0 };
    Seen { rises, increase, falls, resets, samples: samples.len() }
}

/// The counters of what was logged, by any label. How saving itself went begins anew with each life, and the process's own
/// use of the machine; histograms do with other buckets.
pub fn resets(prometheus: &Prometheus) -> usize {
    let falls = prometheus.falls(r#"{__name__=~"hangup_.+_total",__name__!~"hangup_(state|web)_.+"}"#);
    falls.iter().for_each(|fall| println!("{fall}"));
    falls.len()
}

impl Seen {
    /// What nginx wrote is what `increase()` shows.
    #[track_caller]
    pub fn hold(&self, written: u64) {
        let written = written as f64;
        assert_eq!((self.falls, self.resets, self.rises), (0, 0, written), "{self:?}");
        // Prometheus stretches what it saw by half an interval at each end.
        let stretched = written * (1.0 + 1.5 / (self.samples - 1) as f64);
        assert!((written..=stretched).contains(&self.increase), "{self:?}");
    }
}
