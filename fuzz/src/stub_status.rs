//! Any answer where a status page should be. What was read, written as nginx writes it, reads the same.

use hangup::dialect::nginx::stub_status::parse;

pub fn check(body: &[u8]) {
    let Ok(read) = parse(body) else { return };
    let written = format!(
        "Active connections: {} \nserver accepts handled requests\n {} {} {} \nReading: {} Writing: {} Waiting: {} \n",
        read.active, read.accepts, read.handled, read.requests, read.reading, read.writing, read.waiting
    );
    assert_eq!(parse(written.as_bytes()), Ok(read));
}
