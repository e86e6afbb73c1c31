//! What nginx says in everyday life: known, and no sign that anybody hung up or that anything ran out.

use super::{REQUEST, Rule, later, start, word};
use crate::record::{Event, Level};

pub(in super::super) static RULES: &[Rule] = &[
    // Starts, reloads, orderly exits; rewrite_log.
    start(&[""], Event::Routine).at(&[Level::Debug, Level::Notice]),
    start(FILES, Event::Routine).at(REQUEST),
    // index and autoindex: `"/path/index.html" is not found (2: …)`, `"…" is forbidden (13: …)`.
    start(&["\""], Event::Routine).at(&[Level::Info, Level::Error, Level::Warn]),
    word("", " worker_connections exceed open file resource limit", Event::Routine),
    start(REFUSED, Event::Routine),
    // The application's own words.
    start(APPLICATION, Event::Routine),
    start(SPOOLED, Event::Routine),
    start(SHUTDOWN, Event::Routine),
    start(STARTING, Event::Routine).at(&[Level::Info, Level::Warn, Level::Alert]),
    start(CONTENT, Event::Routine).at(REQUEST),
    start(MAIL, Event::Routine).at(REQUEST),
    start(RTMP, Event::Routine).at(&[Level::Info]),
    // Background work of modules: discovery of servers, statistics, certificates.
    start(MODULES, Event::Routine).at(&[Level::Info, Level::Warn, Level::Error]),
    // stream: a session's beginning and end.
    word("client ", " connected to ", Event::Routine),
    word("proxy ", " connected to ", Event::Routine),
    later(&["*"], " connected to ", Event::Routine).at(&[Level::Info]),
    start(SESSION, Event::Routine),
];

/// The calls that serve a file or a directory, of Unix and of Windows.
const FILES: &[&str] = &[
    "open() \"",
    "openat() \"",
    "stat() \"",
    "lstat() \"",
    "opendir() \"",
    "realpath() \"",
    "unlink() \"",
    "mkdir() \"",
    "rename() \"",
    "CreateFile() \"",
    "GetFileAttributesEx() \"",
    "OpenEvent(\"",
    "DELETE \"",
    "PUT ",
    "MKCOL ",
];

const REFUSED: &[&str] = &[
    "access forbidden by ",
    "directory index of \"",
    "user \"",
    "no user/password was provided for basic authentication",
    // Its failed upstream has an entry of its own.
    "auth request unexpected status: ",
    "rewrite or internal redirection cycle",
    "ModSecurity: ",
    "[client ",
    "NAXSI_",
    "unsafe URI \"",
];

const APPLICATION: &[&str] = &[
    "FastCGI sent in stderr: ",
    "[lua] ",
    "lua entry thread aborted",
    "lua user thread aborted",
    "lua handler aborted",
    "lua: ",
    "lua tcp socket connections count mismatched",
    "failed to run ",
    "failed to load ",
    "attempt to ",
    "js: ",
    "js exception: ",
    "call_sv(\"",
];

const SPOOLED: &[&str] = &[
    "a client request body is buffered to a temporary file",
    "an upstream response is buffered to a temporary file",
    "delaying request",
    "delaying unauthorized request",
    "cache lock timeout",
];

const SHUTDOWN: &[&str] =
    &["closing active connections due to worker shutdown timeout", "disconnected on shutdown", "shutdown timeout"];

const STARTING: &[&str] = &[
    "using uninitialized \"",
    "conflicting server name \"",
    "the \"listen ... http2\" directive is deprecated",
    "could not build optimal ",
    "the number of \"worker_processes\" ",
    "nginx was built with ",
    "low address bits of ",
    "detected a LuaJIT version ",
    "detected an old version of OpenResty's LuaJIT",
    "JIT compiler does not support pattern",
    "waitpid() failed",
    "could not open error log file",
];

/// What one answer's content or one location's settings could not do.
const CONTENT: &[&str] = &[
    "using uninitialized \"",
    "the rewritten URI has a zero length",
    "could not find named location",
    "no handler found",
    "subrequests cycle ",
    "invalid $limit_rate ",
    "the value of the \"",
    "unexpected \"",
    "unknown charset ",
    "invalid SSI command",
    "image filter: ",
    "duplicate mp4 ",
    "start time is out mp4 ",
    "end time is out mp4 ",
    "no mp4 ",
    "inflate() ",
    "libxml2 error",
    "not well formed XML document",
    "xslt",
    "key: \"",
    "cache \"",
    "cache file \"",
    "shutdown() failed",
    "too many SSI command parameters",
    "connection upgrade in subrequest",
    "cannot load certificate",
    "password is truncated",
];

const MAIL: &[&str] =
    &["client login failed", "client connected", "proxied session done", "client logged in", "no password available"];

const RTMP: &[&str] = &[
    "connect: app=",
    "createStream",
    "publish: name=",
    "play: name=",
    "deleteStream",
    "disconnect",
    "live: ",
    "relay: ",
    "notify: ",
    "exec: ",
];

const MODULES: &[&str] = &[
    "ACME ",
    "[dyups] ",
    "[WARN] upsync",
    "upsync_",
    "display_",
    "processing Docker ",
    "http upstream check ",
    "sticky: ",
    "keepalive slice: ",
    "nchan: ",
];

const SESSION: &[&str] = &[
    "client disconnected",
    "upstream disconnected",
    "udp client ",
    "udp upstream disconnected",
    "udp proxy ",
    "udp timed out",
    "udp done",
];
