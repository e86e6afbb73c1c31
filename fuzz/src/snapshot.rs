//! Any snapshot. One that is accepted can be gone on from: followed, counted, exported and kept again.
//! The input: a snapshot as it is, and the payload of one whose header fits.

use super::ingest::classic;
use hangup::input::tail::{Options as Tail, Source, StartFrom, Tailer};
use hangup::state::{Found, Snapshot};
use hangup::tally::{Counted, Options, Tally};
use std::time::Instant;

/// As src/state/snapshot.rs lays it out.
const MAGIC: &[u8] = b"hangup\r\n";
const VERSION: u32 = 3;
/// Few, so that a snapshot is short.
const BOUNDS_MS: [u32; 1] = [100];

pub fn check(bytes: &[u8]) {
    accept(bytes);
    let header = [
        MAGIC,
        &VERSION.to_le_bytes(),
        &crc32fast::hash(&[&VERSION.to_le_bytes(), bytes].concat()).to_le_bytes(),
        &(bytes.len() as u64).to_le_bytes(),
    ];
    accept(&[&header.concat(), bytes].concat());
}

fn accept(bytes: &[u8]) {
    let Ok(Found { sequence, positions, counts }) = Found::<Counted>::from_bytes(bytes) else { return };
    // The files it names are foreign: only what lies in a directory without any is looked for.
    let sources = vec![Source { pattern: "/nowhere/a.log".to_owned(), from: StartFrom::End }];
    let mut tailer = Tailer::resume(sources, Tail::default(), positions.clone());
    tailer.round(1 << 20, Instant::now(), |_, _| panic!("no file, no line"));
    let _ = (tailer.status(), tailer.positions());
    let Ok(counts) = counts else { return };
    let options = Options { bounds_ms: BOUNDS_MS.to_vec(), ..Options::default() };
    classic(&Tally::restore(options, &counts).0);
    let kept = Snapshot { sequence, positions, counts }.to_bytes().expect("what was read can be written");
    assert!(Found::<Counted>::from_bytes(&kept).is_ok_and(|found| found.counts.is_ok()));
}
