//! Sources that fail, panic, hang and come back.

use std::sync::mpsc;

use super::*;
use crate::poll::attempt::contained;
use crate::poll::latest::{HANGING_AFTER, Latest};
use crate::poll::readings::{Readings, SourceStatus};

/// A source that is one function, and stores with another.
struct Scripted<A, S>(A, S);

impl<A, S> Ask for Scripted<A, S>
where
    A: FnMut() -> Result<u64, PollError> + Send,
    S: Fn(Option<u64>) + Send,
{
    fn attempt(&mut self, slot: &Slot) {
        let began = slot.begin();
        let result = contained(&mut self.0).flatten();
        slot.end(began, result, |_: &mut Readings, sample| (self.1)(sample));
    }

    fn probe(&mut self) -> Result<String, PollError> {
        unreachable!("only `hangup check` does that")
    }

    fn interval(&self, options: &Options) -> Duration {
        options.host_interval
    }

    fn reconfigure(&mut self, old: &Options, new: &Options) -> bool {
        old.proc_root != new.proc_root
    }
}

fn start(sources: Vec<Planned>) -> Schedule {
    Schedule::start(sources, Arc::default())
}

/// Asked again and again, at once.
fn planned(
    latest: &Latest,
    name: &str,
    ask: impl FnMut() -> Result<u64, PollError> + Send + 'static,
    store: impl Fn(Option<u64>) + Send + 'static,
) -> Planned {
    let source = Box::new(Scripted(ask, store));
    Planned { slot: Slot::new(latest, name), interval: Duration::from_millis(1), source, options: Arc::default() }
}

type Attempt = fn() -> Result<u64, PollError>;

/// Runs a source through these attempts, and gives its state after each.
fn states(attempts: &'static [Attempt]) -> Vec<SourceStatus> {
    let latest = Latest::default();
    let (seen, states) = mpsc::channel();
    let looking = latest.clone();
    let mut next = 0;
    let ask = move || {
        let _ = seen.send(looking.read().sources[0].clone());
        next += 1;
        attempts[(next - 1) % attempts.len()]()
    };
    let _running = start(vec![planned(&latest, "it", ask, |_| ())]);
    // The first look comes before the first attempt.
    states.iter().skip(1).take(attempts.len()).collect()
}

fn panics() -> Result<u64, PollError> {
    panic!("on purpose")
}

#[test]
fn every_attempt_leaves_a_state_and_none_ends_the_source() {
    let states = states(&[
        || Ok(1),
        || Err(PollError::new(Reason::Refused, "refused")),
        panics,
        || Err(PollError::new(Reason::Absent, "not here")),
        || Ok(2),
    ]);
    let shown: Vec<_> =
        states.iter().map(|it| (it.up, it.available, it.error.as_deref().unwrap_or_default())).collect();
    let panicked = "hangup itself failed here, please report it: on purpose";
    let expected = [
        (true, true, ""),
        (false, true, "refused"),
        (false, true, panicked),
        (false, false, "not here"),
        (true, true, ""),
    ];
    assert_eq!(shown, expected);
    assert!(states.iter().all(|it| it.polled_once && it.last_success_unix_seconds.is_some()));
}

#[test]
fn a_source_that_hangs_is_down_and_stops_no_other() {
    let latest = Latest::default();
    let (hold, held) = mpsc::channel::<()>();
    let (done, finished) = mpsc::channel();
    let (asking, asked) = mpsc::channel();
    let hangs = move || {
        let _ = asking.send(());
        let _ = held.recv();
        Ok(0)
    };
    let works = move || done.send(()).map_or(Err(PollError::new(Reason::Other, "the test is over")), |()| Ok(1));
    let running = start(vec![planned(&latest, "hangs", hangs, |_| ()), planned(&latest, "works", works, |_| ())]);
    asked.recv().expect("it is asked");
    running.watch(Instant::now());
    assert!(asked.try_recv().is_err(), "not asked a second time meanwhile");
    running.watch(Instant::now() + HELD_UP_MAX);
    (0..3).for_each(|_| finished.recv().expect("it goes on"));
    let later = latest.read_as_of(Instant::now() + HANGING_AFTER + Duration::from_secs(1));
    let hanging = &later.sources[0];
    assert!(
        !hanging.up && hanging.error.as_deref().is_some_and(|error| error.contains("has not answered for")),
        "{hanging:?}"
    );
    assert!(!latest.all_polled_once(), "the one that hangs has had no first round");
    drop(hold);
    asked.recv().expect("it is asked again, by the thread that goes on");
    finished.recv().expect("and so is the other");
    assert!(latest.all_polled_once());
}

#[test]
fn a_dropped_source_stops() {
    let latest = Latest::default();
    let (alive, gone) = mpsc::channel();
    let ask = move || alive.send(()).map_or(Err(PollError::new(Reason::Other, "over")), |()| Ok(1));
    let running = start(vec![planned(&latest, "it", ask, |_| ())]);
    gone.recv().expect("it runs");
    drop(running);
    // The channel ends when the thread has ended and dropped its side.
    assert!(gone.iter().count() < 1_000_000);
}

#[test]
fn a_failed_attempt_takes_the_old_value_away() {
    let latest = Latest::default();
    let (store, stored) = mpsc::channel();
    let mut next = 0;
    let ask = move || {
        next += 1;
        if next % 2 == 1 { Ok(next) } else { Err(PollError::new(Reason::Other, "every other time")) }
    };
    let keep = move |sample| {
        let _ = store.send(sample);
    };
    let _running = start(vec![planned(&latest, "it", ask, keep)]);
    assert_eq!(stored.iter().take(3).collect::<Vec<_>>(), [Some(1), None, Some(3)]);
}

/// Those of one interval are asked in one go, however they drift: an idle host is woken once for all of them.
#[test]
fn sources_that_are_nearly_due_are_asked_along() {
    let latest = Latest::default();
    let start = Instant::now();
    let due = |ms| start + Duration::from_millis(ms);
    let waiting = [(1000, 5000), (1080, 5000), (1200, 5000), (1020, 500)].map(|(at, interval)| {
        let planned = planned(&latest, "it", || Ok(1), |_| ());
        (due(at), Planned { interval: Duration::from_millis(interval), ..planned })
    });
    let mut state = State { waiting: waiting.into(), options: Arc::default(), in_charge: 0, busy_since: None };
    let mut taken = |now| std::iter::from_fn(|| state.take_due(now)).count();
    // The caller sleeps until the first is due; a little early is allowed.
    assert_eq!(taken(due(899)), 0);
    assert_eq!(taken(due(1010)), 3);
    assert_eq!(taken(due(1099)), 0);
    assert_eq!(taken(due(1200)), 1);
}

#[test]
fn other_options_hurry_only_what_they_make_another_thing() {
    let latest = Latest::default();
    let mut it = planned(&latest, "it", || Ok(1), |_| ());
    let now = Instant::now();
    let later = now + Duration::from_secs(1000);
    let options = |root: &str, seconds| {
        Arc::new(Options { proc_root: root.into(), host_interval: Duration::from_secs(seconds), ..Options::default() })
    };
    it.options = options("/proc", 900);
    it.interval = Duration::from_secs(900);
    let mut check = |options: &Arc<Options>, interval, expected: Instant| {
        assert_eq!(it.reconfigure(options, later, now), expected);
        assert_eq!(it.interval, Duration::from_secs(interval));
    };
    let same = options("/proc", 900);
    check(&same, 900, later);
    check(&same, 900, later);
    check(&options("/proc", 2000), 2000, later);
    check(&options("/proc", 5), 5, now + Duration::from_secs(5));
    check(&options("/host/proc", 5), 5, now);
}
