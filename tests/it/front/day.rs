//! A day of abuse on one process: every attack in turn, and at last all of them at once.

use super::crowd::{Crowd, Manner};
use super::{SCRAPE_MAX, Victim, crowd_size, lasting};
use crate::floods::word;

/// Made-up paths in the hands of squatters, each asked often enough to become a route.
const SQUATTED: u64 = 400;
/// Lines of a flood between two scrapes.
const FLOOD: u64 = 2_000;
/// Clients that do not read. Many more find no place and come back, as those of the dripping crowd do.
const READERS: usize = 70;

/// What is done before a scrape, the how manieth this is being given.
type Act = fn(&mut Victim, u64);

const ATTACKS: [(&str, &[Manner], &[Act]); 7] = [
    ("a flood of values", &[], &[flood]),
    ("squatters", &[], &[squat]),
    ("dripping requests", &[Manner::Drip], &[]),
    ("readers that do not read", &[Manner::Deaf, Manner::Sip], &[]),
    ("reloads", &[], &[reload]),
    ("rotations", &[], &[rotate]),
    ("all at once", &[Manner::Drip, Manner::Deaf, Manner::Sip], &[flood, squat, reload, rotate]),
];

#[test]
fn one_process_stays_exact_small_and_answering_through_all_of_it() {
    let mut victim = Victim::start(&["--web.enable-lifecycle"]);
    for (attack, crowds, acts) in ATTACKS {
        let size = |manner| if matches!(manner, Manner::Drip) { crowd_size() } else { READERS };
        let crowds: Vec<_> =
            crowds.iter().map(|manner| Crowd::of(size(*manner), *manner, &victim.hangup.addr)).collect();
        let mut round = 0;
        let slowest = victim.scrape_while(lasting() / 2, |victim| {
            round += 1;
            acts.iter().for_each(|act| act(victim, round));
        });
        drop(crowds);
        println!("{attack}: the slowest scrape {slowest:?} over one beside it, {} KiB", victim.peak_memory_kib());
        assert!(slowest < SCRAPE_MAX, "{attack}: {slowest:?}");
        victim.hold_exact();
        victim.hold_few_series();
        victim.hold_small();
    }
    let warnings = victim.hangup.process.output().iter().filter(|line| line.contains("level=warn")).count();
    assert!(warnings <= 10, "{:#?}", victim.hangup.process.output());
}

/// Every value that a client chooses is new.
fn flood(victim: &mut Victim, round: u64) {
    let hostile = |number: u64| {
        let [method, path, name, agent] = [59, 60, 61, 62].map(|bit| word(number ^ 1 << bit));
        format!(
            "10.9.{}.{} - {name} [26/Nov/2026:10:00:00 +0000] \"{method} /{path}?{name} HTTP/1.1\" 499 0 \"-\" \"{agent}\"\n",
            number % 256,
            number / 256 % 256,
        )
    };
    let lines: String = (round * FLOOD..(round + 1) * FLOOD).map(hostile).collect();
    victim.write_lines(&lines);
}

fn squat(victim: &mut Victim, round: u64) {
    for number in 0..40 {
        victim.write(&format!("/{}", word((round * 40 + number) % SQUATTED)), 25);
    }
}

fn reload(victim: &mut Victim, _: u64) {
    assert_eq!(victim.hangup.post("/-/reload").status, 200);
}

fn rotate(victim: &mut Victim, _: u64) {
    victim.write("/orders", 100);
    victim.rotate();
    victim.write("/orders", 100);
}
