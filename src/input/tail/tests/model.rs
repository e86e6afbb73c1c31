//! Arbitrary sequences of what nginx, logrotate, people and a killer do to some logs, against a model that knows where each
//! line lies and which of them nobody could find.

mod judge;
mod world;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use self::world::World;
use super::*;

#[derive(Clone, Copy, Debug)]
enum Action {
    /// nginx writes a line; `true`: but only half of it, for now.
    Write(bool),
    /// logrotate moves the chain up by one.
    Rename,
    /// Somebody moves the file to a name that tells nothing, or into another directory.
    MoveAway(Place),
    /// logrotate makes the new file.
    Create,
    /// nginx is told to open its log.
    Reopen,
    Copytruncate,
    Truncate,
    Delete,
    /// logrotate compresses what nginx is not writing to.
    Gzip,
    /// Somebody compresses what was moved away last.
    GzipAway,
    Round,
    Save,
    Kill,
    /// The configuration is read again; `true`: a moment ago, the logs were not in it.
    Reload(bool),
    /// Longer than the time after which a silent file is let go.
    Wait,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    SameDirectory,
    Below,
    Dated,
    Beside,
}

fn place() -> impl Strategy<Value = Place> {
    prop_oneof![Just(Place::SameDirectory), Just(Place::Below), Just(Place::Dated), Just(Place::Beside)]
}

/// What is done, and to which log.
fn step() -> impl Strategy<Value = (usize, Action)> {
    let action = prop_oneof![
        8 => any::<bool>().prop_map(Action::Write),
        3 => Just(Action::Rename),
        2 => place().prop_map(Action::MoveAway),
        2 => Just(Action::Create),
        4 => Just(Action::Reopen),
        2 => Just(Action::Copytruncate),
        1 => Just(Action::Truncate),
        1 => Just(Action::Delete),
        2 => Just(Action::Gzip),
        1 => Just(Action::GzipAway),
        6 => Just(Action::Round),
        2 => Just(Action::Save),
        2 => Just(Action::Kill),
        1 => any::<bool>().prop_map(Action::Reload),
        2 => Just(Action::Wait),
    ];
    (0..LOGS_MAX, action)
}

const LOGS_MAX: usize = 3;
const NAMES: [&str; LOGS_MAX] = ["a.log", "b.log", "c.log"];

/// How the logs are followed.
#[derive(Clone, Copy, Debug)]
struct Setup {
    logs: usize,
    glob: bool,
    /// Fewer descriptors than logs.
    tight: bool,
}

fn setup() -> impl Strategy<Value = Setup> {
    (1..=LOGS_MAX, any::<bool>(), prop::bool::weighted(0.3)).prop_map(|(logs, glob, tight)| Setup { logs, glob, tight })
}

/// A hundred sequences, others each time: each takes some hundredths of a second. `PROPTEST_CASES` asks for more,
/// `PROPTEST_RNG_SEED` for the same ones again.
fn config() -> ProptestConfig {
    let usual = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { usual.cases } else { 100 };
    ProptestConfig { cases, ..usual }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_line_that_can_be_found_is_delivered_once(
        setup in setup(),
        steps in proptest::collection::vec(step(), 1..80),
    ) {
        let mut world = World::new(setup);
        for (log, action) in steps {
            world.run(log, action);
        }
        world.check();
    }
}

/// Found by chance, once each.
#[test]
fn what_was_found_before_holds() {
    use Action::*;
    let one = Setup { logs: 1, glob: false, tight: false };
    let found: [(Setup, &[Action]); 2] = [
        // The directories get the inode of what was packed.
        (one, &[Write(false), Write(true), Rename, Round, Save, Kill, Reopen, Gzip, MoveAway(Place::Dated)]),
        // Cut off, written anew, moved and packed, and a path of the same chain is given another file.
        (
            Setup { glob: true, tight: true, ..one },
            &[
                MoveAway(Place::SameDirectory),
                Write(false),
                Round,
                Reopen,
                Rename,
                Write(false),
                Reopen,
                GzipAway,
                Write(false),
                Round,
                Gzip,
                Truncate,
                Write(false),
                Rename,
                Reopen,
                Gzip,
                Rename,
                Round,
            ],
        ),
    ];
    for (setup, actions) in found {
        let mut world = World::new(setup);
        actions.iter().for_each(|action| world.run(0, *action));
        world.check();
    }
}

/// The same of several logs: a file of one where those of another were seen to go, packed before it was read.
#[test]
fn what_was_found_before_among_several_holds() {
    use Action::*;
    let mut world = World::new(Setup { logs: 3, glob: false, tight: false });
    let steps = [
        (2, MoveAway(Place::Beside)),
        (1, Write(true)),
        (1, MoveAway(Place::Beside)),
        (2, Create),
        (1, Reopen),
        (1, GzipAway),
    ];
    steps.into_iter().for_each(|(log, action)| world.run(log, action));
    world.check();
}
