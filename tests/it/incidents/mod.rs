//! Incidents end to end: each cause is produced for real, beside a hangup that a real Prometheus with the shipped rules
//! scrapes; the test is what a person would be told. `make incidents` runs it and writes docs/incidents.md.

mod causes;
mod load;
mod report;
mod scale;
mod stage;
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::host::netns::{Namespace, allowed, machine_lock};
use crate::support::wait_for;
use causes::{Act, INCIDENTS, Incident};
use watch::{Alert, Watch};

/// Two cores carry so many at a time without the clients' clocks suffering.
const AT_ONCE: usize = 5;
const AT_ONCE_AGAIN: usize = 2;

/// What one incident came to.
struct Outcome {
    incident: &'static Incident,
    /// With the time from the beginning of the trouble.
    arrived: BTreeMap<Alert, Duration>,
    inhibited: BTreeSet<Alert>,
}

#[test]
#[ignore = "takes minutes and root: make incidents"]
fn the_pager_tells_the_cause_and_nothing_else() {
    if !allowed() {
        return;
    }
    let mut outcomes: Vec<Outcome> = selected().chunks(AT_ONCE).flat_map(play_side_by_side).collect();
    play_again_what_went_wrong(&mut outcomes);
    let wrong: Vec<String> = outcomes.iter().filter_map(complaint).collect();
    report::write_incidents(&outcomes);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Where the machine has other work, scrapes are missed and clients leave late, and what then pages is that. So
/// whatever is wrong has a second chance with fewer beside it, and must be right then.
fn play_again_what_went_wrong(outcomes: &mut [Outcome]) {
    let mut wrong: Vec<_> = outcomes.iter_mut().filter(|outcome| complaint(outcome).is_some()).collect();
    for some in wrong.chunks_mut(AT_ONCE_AGAIN) {
        let incidents: Vec<_> = some.iter().map(|outcome| outcome.incident).collect();
        for (outcome, again) in some.iter_mut().zip(play_side_by_side(&incidents)) {
            eprintln!("played again: {}", complaint(outcome).unwrap_or_default());
            **outcome = again;
        }
    }
}

/// All of them, or those named in `INCIDENTS` (for whoever works on one).
fn selected() -> Vec<&'static Incident> {
    let named = std::env::var("INCIDENTS").unwrap_or_default();
    INCIDENTS.iter().filter(|incident| named.is_empty() || named.split(',').any(|name| name == incident.name)).collect()
}

/// Each in its own namespace, watched by one Prometheus.
fn play_side_by_side(incidents: &[&'static Incident]) -> Vec<Outcome> {
    let listeners: Vec<_> = incidents.iter().map(|_| TcpListener::bind("127.0.0.1:0").expect("a free port")).collect();
    let addresses = listeners.iter().map(|listener| listener.local_addr().expect("bound"));
    let targets: Vec<_> = incidents.iter().map(|incident| incident.name).zip(addresses).collect();
    let ready = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let ready = &ready;
        let start = |(incident, listener)| scope.spawn(move || play(incident, listener, ready));
        let plays: Vec<_> = incidents.iter().copied().zip(listeners).map(start).collect();
        // A target that is not there yet would be an incident of its own.
        wait_for("the stages", || (ready.load(Ordering::SeqCst) == incidents.len()).then_some(()));
        let watch = Watch::start(&targets);
        let mut inhibited = BTreeSet::new();
        while plays.iter().any(|play| !play.is_finished()) {
            inhibited.extend(watch.inhibited());
            std::thread::sleep(Duration::from_millis(500));
        }
        let began = plays.into_iter().map(|play| play.join().expect("the incident was played"));
        incidents.iter().zip(began).map(|(incident, began)| outcome(incident, began, &watch, &inhibited)).collect()
    })
}

fn play(incident: &Incident, listener: TcpListener, ready: &AtomicUsize) -> Instant {
    // The table's limit belongs to the whole machine.
    let _alone = (incident.act == Act::FullTable).then(machine_lock);
    let namespace = Namespace::add(incident.name);
    stage::play(incident, &namespace, listener, ready)
}

fn outcome(
    incident: &'static Incident,
    began: Instant,
    watch: &Watch,
    inhibited: &BTreeSet<(String, Alert)>,
) -> Outcome {
    let arrived = watch.arrived(incident.name).into_iter();
    let inhibited = inhibited.iter().filter(|(instance, _)| instance == incident.name);
    Outcome {
        incident,
        arrived: arrived.map(|(alert, at)| (alert, at.saturating_duration_since(began))).collect(),
        inhibited: inhibited.map(|(_, alert)| alert.clone()).collect(),
    }
}

/// What is wrong with an outcome.
fn complaint(outcome: &Outcome) -> Option<String> {
    let incident = outcome.incident;
    let arrived: Vec<(&str, &str)> = outcome.arrived.keys().map(|(name, severity)| (&**name, &**severity)).collect();
    let held_back = |name: &&&str| !outcome.inhibited.iter().any(|(inhibited, _)| inhibited == **name);
    let missing: Vec<_> = incident.inhibited.iter().filter(held_back).collect();
    (arrived != incident.reaches || !missing.is_empty()).then(|| {
        format!(
            "{}: {:?} arrived, not {:?}; not seen inhibited: {missing:?} (inhibited: {:?})",
            incident.name, outcome.arrived, incident.reaches, outcome.inhibited
        )
    })
}
