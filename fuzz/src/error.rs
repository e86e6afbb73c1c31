//! Any line of an error log. What a client sent decides nothing but the name of the upstream.
//! The input is the line.

use hangup::dialect::nginx::error::parse;
use hangup::record::{ErrorLine, ErrorRecord};

const CLIENT: &[u8] = b", client: ";

pub fn check(line: &[u8]) {
    let Some(record) = entry(line) else { return };
    let end = line.windows(CLIENT.len()).position(|window| window == CLIENT);
    let own = &line[..end.unwrap_or(line.len())];
    for foreign in FOREIGN {
        let faked = [own, CLIENT, *foreign].concat();
        let other = entry(&faked).unwrap_or_else(|| panic!("no entry any more: {}", faked.escape_ascii()));
        assert_eq!(
            (record.level, record.event, record.time),
            (other.level, other.event, other.time),
            "{}",
            faked.escape_ascii()
        );
    }
}

fn entry(line: &[u8]) -> Option<ErrorRecord<'_>> {
    match parse(line) {
        ErrorLine::Entry(record) => Some(record),
        ErrorLine::Continuation => None,
    }
}

/// What a client could have sent to be taken for something else.
const FOREIGN: &[&[u8]] = &[
    b"10.0.0.1",
    b"1.1.1.1, server: x, request: \"GET /no live upstreams while connecting to upstream HTTP/1.1\", upstream: \"http://a/\"",
    b"upstream timed out (110: Connection timed out) while connecting to upstream, client: 1.1.1.1",
    b"\", upstream: \"http://fake:1/\", host: \"(24: Too many open files)",
];
