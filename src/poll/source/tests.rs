//! Sources that fail, panic, hang and come back.

use std::sync::mpsc;

use super::*;
use crate::poll::latest::HANGING_AFTER;

type Attempt = fn() -> Result<u64, Miss>;

const SOON: Pace = Pace::Every(Duration::from_millis(1));

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
    let _stop = start(&latest, "it", SOON, ask, |_, _| ());
    // The first look comes before the first attempt.
    states.iter().skip(1).take(attempts.len()).collect()
}

fn panics() -> Result<u64, Miss> {
    panic!("on purpose")
}

#[test]
fn every_attempt_leaves_a_state_and_none_ends_the_source() {
    let states = states(&[
        || Ok(1),
        || Err(Miss::new(Reason::Refused, "refused")),
        panics,
        || Err(Miss::new(Reason::Absent, "not here")),
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
        Ok(())
    };
    let works = move || done.send(()).map_err(|_| Miss::new(Reason::Other, "the test is over"));
    let _stops = [start(&latest, "hangs", SOON, hangs, |_, _| ()), start(&latest, "works", SOON, works, |_, _| ())];
    asked.recv().expect("it is asked");
    (0..3).for_each(|_| finished.recv().expect("it goes on"));
    let later = latest.read_as_of(Instant::now() + HANGING_AFTER + Duration::from_secs(1));
    let hanging = &later.sources[0];
    assert!(
        !hanging.up && hanging.error.as_deref().is_some_and(|error| error.contains("has not answered for")),
        "{hanging:?}"
    );
    assert!(!latest.all_polled_once(), "the one that hangs has had no first round");
    drop(hold);
}

#[test]
fn a_dropped_source_stops() {
    let latest = Latest::default();
    let (alive, gone) = mpsc::channel();
    let stop =
        start(&latest, "it", SOON, move || alive.send(()).map_err(|_| Miss::new(Reason::Other, "over")), |_, _| ());
    gone.recv().expect("it runs");
    drop(stop);
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
        if next % 2 == 1 { Ok(next) } else { Err(Miss::new(Reason::Other, "every other time")) }
    };
    let _stop = start(&latest, "it", SOON, ask, move |_, value| {
        let _ = store.send(value);
    });
    assert_eq!(stored.iter().take(3).collect::<Vec<_>>(), [Some(1), None, Some(3)]);
}
