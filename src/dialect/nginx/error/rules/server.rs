//! How nginx itself failed, or refused to start: a worker that died, a configuration that it would not take, a system
//! call that the host refused, its own checks (sources: ngx_process.c, ngx_process_cycle.c, ngx_cycle.c,
//! ngx_connection.c, ngx_files.c, ngx_http_file_cache.c and the modules' configuration).

use super::{Rule, SERIOUS, any_call_failed, configuration_line, later, start, word};
use crate::record::{Event, Level, ServerFailure};

pub(in super::super) static RULES: &[Rule] = &[
    // Its requests have no line anywhere.
    word("worker process ", " exited on signal", failure(ServerFailure::WorkerDied)),
    word("worker process ", " exited with ", failure(ServerFailure::WorkerDied)).at(SERIOUS),
    // Said beside one of those above, of the same process.
    later(&["could not respawn ", "nginx coredump by signal "], "", failure(ServerFailure::Internal)),
    word("cache manager process ", " exited on signal", failure(ServerFailure::Internal)),
    word("cache loader process ", " exited on signal", failure(ServerFailure::Internal)),
    word("unknown process ", " exited on signal", failure(ServerFailure::Internal)),
    // nginx warns of these and goes on.
    later(&["setsockopt(", "getsockopt(", "getrlimit(", "sigaction("], " failed, ignored", Event::Routine),
    any_call_failed(failure(ServerFailure::System)).at(&[Level::Crit, Level::Alert]),
    start(SYSTEM, failure(ServerFailure::System)).at(SERIOUS),
    start(INTERNAL, failure(ServerFailure::Internal)).at(&[Level::Crit, Level::Alert]),
    start(&["cache file \""], failure(ServerFailure::Internal)).at(SERIOUS),
    start(AT_START, failure(ServerFailure::Configuration)).at(&[Level::Emerg]),
    any_call_failed(failure(ServerFailure::System)).at(&[Level::Emerg]),
    // nginx says the last word when it does not start, or keeps the configuration it has.
    start(&[""], failure(ServerFailure::Configuration)).at(&[Level::Emerg]),
    configuration_line(Event::Routine).at(&[Level::Warn]),
];

/// The calls that fail for what the configuration says.
const AT_START: &[&str] =
    &["bind() to ", "listen() to ", "open() \"", "mkdir() \"", "getpwnam(", "getgrnam(", "SSL_", "BIO_", "PEM_"];

const SYSTEM: &[&str] = &[
    "unable to save zone to ",
    "failed to restore zone ",
    "failed to create BPF map",
    "failed to load BPF program",
    "quic bpf ",
    "aio operation took too long",
    "thread operation took too long",
    "invalid descriptor #",
];

/// Of alert level and above: what should not happen, and points to a bug of nginx or of a module.
const INTERNAL: &[&str] = &[
    "open socket #",
    "aborting",
    "ignore long locked inactive cache entry ",
    "stalled cache updating",
    "shared memory zone \"",
    "zero size buf in ",
    "negative size buf in ",
    "bad buf in output chain",
    "file buf in ",
    "header already sent",
    "http request count is zero",
    "http request already closed",
    "http finalize non-active request",
    "http postpone filter ",
    "http lua fake request ",
    "the http output chain is empty",
    "the stream output chain is empty",
    "the same buf was used in ",
    "subrequest: \"",
    "connection already closed",
    "duplicate last buf in save filter",
    "busy buffers after request body flush",
    "negative request body rest",
    "body already in file",
    "http2 negative window update",
    "http2 preread buffer overflow",
    "receive buffer overrun",
    "no space in http2 body buffer",
    "no buffer space in ",
    "no upstream configuration",
    "range in overlapped buffers",
    "recycled buffer in pipe out chain",
    "request reference counter overflow",
    "too large pipelined header after reading body",
    "too large header to copy",
    "too small buffer for ",
    "gzip filter failed to use preallocated memory",
    "fastcgi request ",
    "scgi request ",
    "uwsgi request ",
    "lua failed to run timer ",
    "lua pending timer counter ",
    "quic ",
    "unexpected ",
    "invalid ",
    "ignoring stale global SSL error",
];

const fn failure(kind: ServerFailure) -> Event {
    Event::ServerFailure(kind)
}
