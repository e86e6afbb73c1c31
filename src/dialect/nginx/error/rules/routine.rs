//! What nginx says in everyday life: known, and no sign that anybody hung up.

use super::{Rule, any, start, word};
use crate::record::{Event, Level};

pub(in super::super) static RULES: &[Rule] = &[
    // Starts, reloads, worker exits; rewrite_log.
    start("", Event::Routine).at(&[Level::Debug, Level::Notice]),
    start("access forbidden by rule", Event::Routine),
    start("directory index of \"", Event::Routine),
    any(&["open() \"", "openat() \"", "stat() \"", "opendir() \""], Event::Routine).at(REQUEST),
    // index and autoindex: `"/path/index.html" is not found (2: …)`, `"…" is forbidden (13: …)`.
    start("\"", Event::Routine).at(REQUEST),
    start("user \"", Event::Routine).at(REQUEST),
    start("no user/password was provided for basic authentication", Event::Routine),
    start("rewrite or internal redirection cycle", Event::Routine),
    // Its failed upstream has an entry of its own.
    start("auth request unexpected status: ", Event::Routine),
    // The application's own words.
    start("FastCGI sent in stderr: ", Event::Routine),
    start("a client request body is buffered to a temporary file", Event::Routine),
    start("an upstream response is buffered to a temporary file", Event::Routine),
    start("delaying request", Event::Routine),
    start("delaying unauthorized request", Event::Routine),
    start("using uninitialized \"", Event::Routine),
    start("conflicting server name \"", Event::Routine),
    start("the \"listen ... http2\" directive is deprecated", Event::Routine),
    start("\"ssl_stapling\" ignored", Event::Routine),
    start("could not open error log file", Event::Routine),
    // stream: a session's beginning and end.
    word("client ", " connected to ", Event::Routine),
    word("proxy ", " connected to ", Event::Routine),
    any(&["client disconnected, bytes ", "upstream disconnected, bytes "], Event::Routine),
    any(&["udp timed out, packets ", "udp done, packets "], Event::Routine),
];

/// The levels of what one request asked for in vain; the same words at crit or above tell of a fault of the host.
const REQUEST: &[Level] = &[Level::Info, Level::Error];
