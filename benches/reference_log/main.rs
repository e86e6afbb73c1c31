//! Writes a reference log, always the same bytes for the same arguments, and beside it what is exactly in it:
//! `reference_log FORMAT LINES FILE` makes FILE and FILE.totals.json.
//! Knows: what nginx writes, from its documentation. Does not use hangup: the totals must not come from what they check.

mod format;
mod random;
mod request;
mod totals;

use std::fs::File;
use std::io::{BufWriter, Error, Write};

use format::Format;
use random::Random;
use request::{Site, Traffic};
use totals::Totals;

/// One line in so many is no access line at all (`JUNK`), and one in so many is empty.
const JUNK_EVERY: u64 = 5_000;
const EMPTY_EVERY: u64 = 20_000;
/// Always the same, so that a shorter log is the beginning of a longer one.
const SEED: u64 = 499;
const JUNK: &str = "2026/11/21 14:17:26 [notice] somebody else wrote into this file";

fn main() -> Result<(), Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [format, lines, path] = arguments.as_slice() else { return Err(usage()) };
    let format = Format::named(format).ok_or_else(usage)?;
    let lines: u64 = lines.parse().map_err(|_| usage())?;
    let totals = write_log(format, lines, &mut BufWriter::with_capacity(1 << 20, File::create(path)?))?;
    let mut beside = File::create(format!("{path}.totals.json"))?;
    serde_json::to_writer_pretty(&mut beside, &totals.of(format))?;
    writeln!(beside)
}

fn usage() -> Error {
    Error::other("usage: reference_log kv|combined|json LINES FILE")
}

fn write_log(format: Format, lines: u64, out: &mut impl Write) -> Result<Totals, Error> {
    let (site, mut random, mut totals) = (Site::new(), Random::new(SEED), Totals::default());
    let mut traffic = Traffic::new(&site);
    for number in 1..=lines {
        if number % EMPTY_EVERY == 0 {
            totals.skipped += 1;
            writeln!(out)?;
        } else if number % JUNK_EVERY == 0 {
            totals.unparsed += 1;
            writeln!(out, "{JUNK}")?;
        } else {
            let request = traffic.next(&mut random);
            totals.add(&request, format);
            format.write(&request, out)?;
        }
    }
    out.flush()?;
    Ok(totals)
}
