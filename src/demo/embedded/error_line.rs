//! Writes one error-log line.
//! Knows: the order of what follows a message (ngx_http_log_error_handler in ngx_http_request.c).
//! Does not know: files, or which messages there are.

use std::io::{self, Write};

use time::UtcDateTime;
use time::format_description::StaticFormatDescription;
use time::macros::format_description;

use super::exchange::{Exchange, Note};
use super::site;

const TIME: StaticFormatDescription = format_description!(version = 2, "[year]/[month]/[day] [hour]:[minute]:[second]");

/// The process ids of the workers the demo does not have.
const FIRST_WORKER_PID: u64 = 4_711;

pub(super) fn write(x: &Exchange, note: &Note, now: UtcDateTime, out: &mut Vec<u8>) -> io::Result<()> {
    let pid = FIRST_WORKER_PID + x.connection % site::WORKERS;
    let time = now.format(TIME).map_err(io::Error::other)?;
    write!(out, "{time} [{}] {pid}#{pid}: ", note.level)?;
    if note.bare {
        return writeln!(out, "{}", note.message);
    }
    write!(out, "*{} {}, client: {}, server: {}", x.connection, note.message, x.client, site::SERVER_NAME)?;
    if x.target.is_empty() {
        return writeln!(out);
    }
    write!(out, ", request: \"{} {} HTTP/1.1\"", x.method, x.target)?;
    if let Some(server) = note.server {
        write!(out, ", upstream: \"http://{server}{}\"", x.target)?;
    }
    write!(out, ", host: \"{}\"", site::SERVER_NAME)?;
    if !x.referer.is_empty() {
        write!(out, ", referrer: \"{}\"", x.referer)?;
    }
    writeln!(out)
}
