//! Logs that are still being written, looked at again and again: what the last hour of them says, for a person who has
//! no hangup running. Knows: where each log was read up to. Does not know: how a log is read, how an answer looks.
//!
//! What was written while a log was replaced may be missed: who wants each line runs `hangup serve`.

use std::cmp::Reverse;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use indicatif::ProgressBar;

use super::Options;
use super::choice::Choice;
use super::logs;
use super::read::input::input;
use super::read::part::Part;
use super::read::{Job, Read as Counted, one};
use crate::diagnosis::{Answer, Facts, History, LogState, NotVisible};
use crate::record::Signal;
use crate::tally::{Abandoned, Tally};

/// Of a log that is longer, only its end is read: a busy server's last hour may be missing its beginning.
const FIRST_BYTES: u64 = 512 << 20;

/// As many as a running hangup shows.
const ABANDONED_MAX: usize = 50;

/// Logs, and what was counted of them.
pub struct Live {
    options: Options,
    logs: Vec<LiveLog>,
    counted: Counted,
    /// Whether entries of an error log were read: they have no time zone, so they count from now on only.
    entries: bool,
    /// The last abandoned requests, the newest first.
    abandoned: Vec<Abandoned>,
}

struct LiveLog {
    path: PathBuf,
    is_error: bool,
    file: File,
    /// What is before it is counted.
    read_to: u64,
}

impl Live {
    /// Opens the logs that `options` names and reads the last hour of them. The first that cannot be read ends it.
    pub fn open(options: Options) -> Result<Live> {
        let counted =
            Counted { tally: Tally::new(options.tally.clone()), history: History::recent(), logs: Vec::new() };
        let mut live = Live { options, logs: Vec::new(), counted, entries: false, abandoned: Vec::new() };
        let access = live.options.files.clone().into_iter().map(|path| (path, false));
        let named: Vec<_> =
            access.chain(live.options.error_logs.clone().into_iter().map(|path| (path, true))).collect();
        for (path, is_error) in named {
            let name = path.display().to_string();
            live.add(path, is_error).with_context(|| name)?;
        }
        Ok(live)
    }

    fn add(&mut self, path: PathBuf, is_error: bool) -> Result<()> {
        let of = input(&path, is_error, &self.options, 1)?;
        if !of.parts.iter().all(|part| matches!(part, Part::Piece(..))) {
            bail!("only plain files grow; for others there is `hangup report`");
        }
        let file = File::open(&path)?;
        let size = file.metadata()?.len();
        let is_error = is_error || matches!(of.log.choice, Choice::Error(_));
        let read_to = if is_error { size } else { first_line_after(&file, size.saturating_sub(FIRST_BYTES))? };
        self.logs.push(LiveLog { path, is_error, file, read_to });
        self.counted.logs.push(of.log);
        Ok(())
    }

    /// Reads what was written since the last look, and tells what the last hour says.
    pub fn look(&mut self, now_ms: i64, abandoned: bool) -> Result<Answer> {
        for at in 0..self.logs.len() {
            self.read(at, now_ms).with_context(|| self.logs[at].path.display().to_string())?;
        }
        let long_after_seconds = f64::from(self.options.tally.long_after_ms) / 1000.0;
        let visible = logs::sight(&self.counted)
            .map(|sight| Signal::ALL.into_iter().filter(|signal| signal.is_visible(sight)).collect())
            .unwrap_or_default();
        let facts = Facts {
            long_after_seconds,
            visible,
            error_log: self.entries,
            normal: self.options.tally.normal.clone(),
            ..Facts::default()
        };
        let abandoned = if abandoned { self.abandoned.clone() } else { Vec::new() };
        let answer = Answer::of(&self.counted.history, &facts, now_ms);
        Ok(Answer {
            hangup: env!("CARGO_PKG_VERSION").to_owned(),
            not_visible: self.not_visible(),
            logs: self.states(),
            ..answer.with_people(&self.counted.tally, now_ms, abandoned)
        })
    }

    fn read(&mut self, at: usize, now_ms: i64) -> Result<()> {
        self.read_on(at, now_ms)?;
        let log = &self.logs[at];
        let (Ok(now), held) = (log.path.metadata(), log.file.metadata()?) else { return Ok(()) };
        let replaced = (now.dev(), now.ino()) != (held.dev(), held.ino());
        if replaced {
            self.logs[at].file = File::open(&self.logs[at].path)?;
        }
        if replaced || held.len() < self.logs[at].read_to {
            self.logs[at].read_to = 0;
            self.read_on(at, now_ms)?;
        }
        Ok(())
    }

    /// Counts the whole lines that are there by now.
    fn read_on(&mut self, at: usize, now_ms: i64) -> Result<()> {
        let LiveLog { path, is_error, file, read_to } = &mut self.logs[at];
        let end = last_line_before(file, *read_to, file.metadata()?.len())?;
        if end <= *read_to {
            return Ok(());
        }
        // What was empty when it was opened has lines to be known by now.
        if matches!(self.counted.logs[at].choice, Choice::Empty) {
            self.counted.logs[at] = input(path, *is_error, &self.options, 1)?.log;
            *is_error |= matches!(self.counted.logs[at].choice, Choice::Error(_));
        }
        let mut from = file.try_clone()?;
        from.seek(SeekFrom::Start(*read_to))?;
        let part = Part::Once(Box::new(from.take(end - *read_to)));
        *read_to = end;
        let job = Job { log: at, part };
        let mut of_part = one(job, &self.counted.logs, &self.options, &ProgressBar::hidden(), History::recent())?;
        if *is_error {
            of_part.history.observe(&of_part.tally, now_ms);
            self.entries = true;
        }
        self.abandoned.extend(of_part.tally.last_abandoned());
        self.abandoned.sort_by_key(|one| Reverse(one.unix_ms));
        self.abandoned.truncate(ABANDONED_MAX);
        self.counted.tally.merge(&of_part.tally);
        self.counted.history.merge(&of_part.history);
        Ok(())
    }

    fn not_visible(&self) -> Vec<NotVisible> {
        let blind = logs::rows(&self.counted).into_iter().flat_map(|row| {
            let named = row.blind.into_iter().filter_map(|(signal, column)| Some((signal, column?)));
            let of_row = named.map(|(signal, column)| NotVisible {
                log: row.path.clone(),
                signal: signal.question().to_owned(),
                needs: format!("{column} in its format"),
            });
            of_row.collect::<Vec<_>>()
        });
        let host = NotVisible {
            log: "the host".to_owned(),
            signal: "the connection tracking table, accept queues, connection slots, lost packets".to_owned(),
            needs: "a running hangup (`hangup serve`)".to_owned(),
        };
        let entries = NotVisible {
            log: "error logs".to_owned(),
            signal: "what they said before this began".to_owned(),
            needs: "a running hangup (`hangup serve`)".to_owned(),
        };
        blind.chain([host, entries]).collect()
    }

    fn states(&self) -> Vec<LogState> {
        let rows = logs::rows(&self.counted).into_iter().map(|row| {
            let (unfit, all) = (row.lines.unparsed + row.lines.too_long, row.lines.total());
            let format = row.format.map_or_else(String::new, |format| format!(", format {format}"));
            LogState {
                name: row.path,
                state: if unfit * 2 > all { "down" } else { "up" }.to_owned(),
                sentence: match unfit {
                    0 => format!("{all} lines read{format}"),
                    _ => format!("{unfit} of {all} lines do not fit{format}"),
                },
            }
        });
        rows.collect()
    }
}

/// Where the first whole line at or behind a place begins.
fn first_line_after(file: &File, place: u64) -> io::Result<u64> {
    if place == 0 {
        return Ok(0);
    }
    let (mut block, mut at) = ([0; 4096], place - 1);
    loop {
        let read = file.read_at(&mut block, at)?;
        match memchr::memchr(b'\n', &block[..read]) {
            Some(newline) => return Ok(at + newline as u64 + 1),
            None if read == 0 => return Ok(at),
            None => at += read as u64,
        }
    }
}

/// Where the last whole line between two places ends; `from` where there is none.
fn last_line_before(file: &File, from: u64, to: u64) -> io::Result<u64> {
    let (mut block, mut end) = ([0; 4096], to);
    while end > from {
        let begin = end.saturating_sub(block.len() as u64).max(from);
        #[expect(clippy::cast_possible_truncation, reason = "a part of the block")]
        let part = &mut block[..(end - begin) as usize];
        // It was emptied meanwhile.
        if file.read_exact_at(part, begin).is_err() {
            return Ok(from);
        }
        if let Some(newline) = memchr::memrchr(b'\n', part) {
            return Ok(begin + newline as u64 + 1);
        }
        end = begin;
    }
    Ok(from)
}
