//! How plain paths are treated at the moment: healthy, slow, flaky, down …
//! Knows: moods, a switch all connections share, a schedule. Does not know: sockets.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use clap::ValueEnum;

use super::behaviour::Behaviour;
use crate::demo::random::Random;
use crate::demo::span;

/// How the whole backend feels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Mood {
    /// 5–40 ms.
    Healthy,
    /// 3–8 s: longer than people wait.
    Slow,
    /// A third of the requests fail: 503, a reset, or no answer at all.
    Flaky,
    /// Never answers.
    Hanging,
    /// Closes every connection before the head.
    Down,
    /// Answers every request with 503.
    Overloaded,
}

/// One turn of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    pub lasts: Duration,
    pub mood: Mood,
}

/// The present mood, shared by all connections.
#[derive(Debug, Clone)]
pub struct MoodSwitch {
    present: Arc<AtomicU8>,
}

impl std::fmt::Display for Mood {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(["healthy", "slow", "flaky", "hanging", "down", "overloaded"][*self as usize])
    }
}

impl MoodSwitch {
    pub fn new(mood: Mood) -> MoodSwitch {
        MoodSwitch { present: Arc::new(AtomicU8::new(mood as u8)) }
    }

    pub fn set(&self, mood: Mood) {
        self.present.store(mood as u8, Ordering::Relaxed);
    }

    pub fn get(&self) -> Mood {
        Mood::value_variants()[usize::from(self.present.load(Ordering::Relaxed))]
    }
}

/// What a plain request gets in this mood.
pub fn treat(mood: Mood, random: &mut Random) -> Behaviour {
    let answer_in = |low, high, random: &mut Random| Behaviour::Delay {
        delay: Duration::from_millis(random.between(low, high)),
        bytes: random.between(200, 4_000),
    };
    match mood {
        Mood::Healthy => answer_in(5, 40, random),
        Mood::Slow => answer_in(3_000, 8_000, random),
        Mood::Hanging => Behaviour::Hang,
        Mood::Down => Behaviour::Close,
        Mood::Overloaded => Behaviour::Status { status: 503 },
        Mood::Flaky => match random.between(0, 8) {
            0 => Behaviour::Status { status: 503 },
            1 => Behaviour::Reset,
            2 => Behaviour::Hang,
            _ => answer_in(5, 40, random),
        },
    }
}

/// Reads `60s healthy,30s slow`.
pub fn parse_schedule(text: &str) -> Result<Arc<[Turn]>, String> {
    let turns: Arc<[Turn]> = text.split(',').map(parse_turn).collect::<Result<_, _>>()?;
    if turns.iter().map(|turn| turn.lasts).sum::<Duration>().is_zero() {
        return Err("the turns of a schedule must last some time together".to_owned());
    }
    Ok(turns)
}

fn parse_turn(text: &str) -> Result<Turn, String> {
    let (lasts, mood) = text.trim().split_once(' ').ok_or_else(|| format!("write `{text}` like `60s healthy`"))?;
    Ok(Turn { lasts: span::parse(lasts)?, mood: Mood::from_str(mood.trim(), true)? })
}

/// Walks through the turns over and over; ends never.
pub async fn take_turns(turns: &[Turn], mood: &MoodSwitch) {
    loop {
        for turn in turns {
            mood.set(turn.mood);
            println!("mood {} for {:?}", turn.mood, turn.lasts);
            tokio::time::sleep(turn.lasts).await;
        }
    }
}
