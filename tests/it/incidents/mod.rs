//! Incidents end to end: each cause is produced for real, beside a hangup that a real Prometheus with the shipped rules
//! scrapes; the test is what a person would be told. `make incidents` runs it and writes docs/incidents.md.

mod causes;
mod cutter;
mod diagnosed;
mod load;
mod report;
mod scale;
mod stage;
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::host::netns::{Namespace, allowed, machine_lock};
use crate::support::wait_for;
use causes::{Act, INCIDENTS, Incident};
use diagnosed::Diagnosed;
use watch::{Alert, Watch};

/// Played side by side on each core: with more, the clients' clocks and the scrapes suffer, and what pages is that.
const BESIDE_EACH_OTHER: usize = 1;

/// What one incident came to.
struct Outcome {
    incident: &'static Incident,
    /// With the time from the beginning of the trouble.
    arrived: BTreeMap<Alert, Duration>,
    inhibited: BTreeSet<Alert>,
    began: Instant,
    diagnosed: Diagnosed,
}

#[test]
#[ignore = "takes minutes and root: make incidents"]
fn the_pager_tells_the_cause_and_nothing_else() {
    if !allowed() {
        return;
    }
    let (at_once, runs) = (number("AT_ONCE", BESIDE_EACH_OTHER), number("RUNS", 1));
    let mut wrong = Vec::new();
    for run in 1..=runs {
        let outcomes: Vec<Outcome> = selected().chunks(at_once).flat_map(play_side_by_side).collect();
        wrong
            .extend(outcomes.iter().filter_map(complaint).map(|complaint| format!("run {run} of {runs}: {complaint}")));
        report::write_incidents(&outcomes);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Nothing has a second chance: a pager that is right the second time was wrong.
fn number(variable: &str, default: usize) -> usize {
    let given = std::env::var(variable).ok().filter(|text| !text.is_empty());
    given.map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{variable}={text} is no number")))
}

/// All of them, or those named in `INCIDENT`, with commas between (for whoever works on one).
fn selected() -> Vec<&'static Incident> {
    let named = std::env::var("INCIDENT").unwrap_or_default();
    let chosen = |incident: &&Incident| named.is_empty() || named.split(',').any(|name| name == incident.name);
    let selected: Vec<_> = INCIDENTS.iter().filter(chosen).collect();
    assert!(!selected.is_empty(), "there is no incident {named}");
    selected
}

/// Each in its own namespace, watched by one Prometheus.
fn play_side_by_side(incidents: &[&'static Incident]) -> Vec<Outcome> {
    let listeners: Vec<_> = incidents.iter().map(|_| TcpListener::bind("127.0.0.1:0").expect("a free port")).collect();
    let addresses = listeners.iter().map(|listener| listener.local_addr().expect("bound"));
    let targets: Vec<(&str, SocketAddr)> = incidents.iter().map(|incident| incident.name).zip(addresses).collect();
    let ready = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let ready = &ready;
        let start = |(incident, listener)| scope.spawn(move || play(incident, listener, ready));
        let plays: Vec<_> = incidents.iter().copied().zip(listeners).map(start).collect();
        // A target that is not there yet would be an incident of its own.
        wait_for("the stages", || (ready.load(Ordering::SeqCst) == incidents.len()).then_some(()));
        let watch = Watch::start(&targets);
        let mut inhibited = BTreeSet::new();
        let mut diagnosed: Vec<Diagnosed> = incidents.iter().map(|_| Diagnosed::default()).collect();
        while plays.iter().any(|play| !play.is_finished()) {
            inhibited.extend(watch.inhibited());
            let looked = diagnosed.iter_mut().zip(&targets).zip(&plays).filter(|(_, play)| !play.is_finished());
            looked.for_each(|((diagnosed, (_, address)), _)| diagnosed.look(*address));
            std::thread::sleep(Duration::from_millis(500));
        }
        let began = plays.into_iter().map(|play| play.join().expect("the incident was played"));
        let seen = incidents.iter().zip(began).zip(diagnosed);
        seen.map(|((incident, began), diagnosed)| outcome(incident, began, &watch, &inhibited, diagnosed)).collect()
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
    diagnosed: Diagnosed,
) -> Outcome {
    let arrived = watch.arrived(incident.name).into_iter();
    let inhibited = inhibited.iter().filter(|(instance, _)| instance == incident.name);
    Outcome {
        incident,
        arrived: arrived.map(|(alert, at)| (alert, at.saturating_duration_since(began))).collect(),
        inhibited: inhibited.map(|(_, alert)| alert.clone()).collect(),
        began,
        diagnosed,
    }
}

/// What is wrong with an outcome.
fn complaint(outcome: &Outcome) -> Option<String> {
    let complaints: Vec<String> = [of_pager(outcome), of_diagnosis(outcome)].into_iter().flatten().collect();
    (!complaints.is_empty()).then(|| complaints.join("; "))
}

/// The diagnosis names each cause, and no other that harms users; and it is no later than the pager.
fn of_diagnosis(outcome: &Outcome) -> Option<String> {
    let Outcome { incident, began, diagnosed, .. } = outcome;
    let named = diagnosed.named(*began);
    let paged = outcome.arrived.values().min().copied().unwrap_or(Duration::MAX);
    let in_time =
        |cause: &&&str| named.get(**cause).is_some_and(|after| *after <= paged.max(incident.evident + NAMED_WITHIN));
    let missing: Vec<_> = incident.named.iter().filter(|cause| !in_time(cause)).collect();
    let accused = diagnosed.accused();
    let wrong: Vec<_> =
        accused.iter().filter(|cause| ![incident.named, incident.also].concat().contains(cause)).collect();
    (!missing.is_empty() || !wrong.is_empty()).then(|| {
        let story = diagnosed.story(*began);
        format!("{}: the diagnosis misses {missing:?} and wrongly names {wrong:?} ({story})", incident.name)
    })
}

/// A minute, as far as the shipped windows are concerned; these are shorter, and their evidence takes as long as ever:
/// clients who leave after 5 s leave after 5 s.
const NAMED_WITHIN: Duration = Duration::from_secs(20);

fn of_pager(outcome: &Outcome) -> Option<String> {
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
