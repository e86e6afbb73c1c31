//! What of nginx or its host ran out (sources: ngx_connection.c, ngx_event_accept.c, ngx_event_connect.c,
//! ngx_process.c, ngx_alloc.c, ngx_slab.c, ngx_shmem.c, ngx_files.c, ngx_thread_pool.c, ngx_http_log_module.c,
//! ngx_http_limit_req_module.c, ngx_http_limit_conn_module.c, Tengine's ngx_http_sysguard_module.c).

use super::errno::{ADDRESS_IN_USE, AGAIN, DISK_FULL, FILES, NO_MEMORY, WINDOWS_DISK_FULL};
use super::{ACCEPT, REQUEST, Rule, SERIOUS, SOCKET_CALLS, any_call_failed, later, start, word};
use crate::record::{Event, Resource};

pub(in super::super) static RULES: &[Rule] = &[
    word("", " worker_connections are not enough", out_of(Resource::WorkerConnections)),
    start(ACCEPT, out_of(Resource::OpenFiles)).errno(FILES),
    start(SOCKETS, out_of(Resource::OpenFiles)).errno(FILES),
    start(&["the new socket has number"], out_of(Resource::OpenFiles)),
    any_call_failed(out_of(Resource::OpenFiles)).errno(FILES).at(SERIOUS),
    later(&["lua pipe "], "failed", out_of(Resource::OpenFiles)).errno(FILES),
    word("bind(", ") failed", out_of(Resource::Ports)).errno(ADDRESS_IN_USE).during("connecting to upstream"),
    // RLIMIT_NPROC, or the limit of the container's pids.
    start(&["fork() failed", "pthread_create() failed", "lua pipe fork() failed"], out_of(Resource::Processes))
        .errno(AGAIN),
    later(&["thread pool \""], "\" queue overflow", out_of(Resource::Processes)),
    start(MEMORY, out_of(Resource::Memory)),
    start(ACCEPT, out_of(Resource::Memory)).errno(NO_MEMORY),
    start(SOCKETS, out_of(Resource::Memory)).errno(NO_MEMORY),
    start(SOCKET_CALLS, out_of(Resource::Memory)).errno(NO_MEMORY).at(REQUEST),
    any_call_failed(out_of(Resource::Memory)).errno(NO_MEMORY).at(SERIOUS),
    later(&["cannot add new server to upstream \""], "memory exhausted", out_of(Resource::Memory)),
    // A dry run refuses nobody.
    start(&["limiting requests, dry run", "limiting connections, dry run"], Event::Routine),
    start(&["limiting requests"], out_of(Resource::RequestRate)),
    later(&["sysguard "], " limited, current:", out_of(Resource::RequestRate)),
    start(&["limiting connections", "limit: too many connections"], out_of(Resource::Connections)),
    start(FILE_CALLS, out_of(Resource::Disk)).errno(DISK_FULL).at(SERIOUS),
    start(WINDOWS_FILE_CALLS, out_of(Resource::Disk)).errno(WINDOWS_DISK_FULL).at(SERIOUS),
    later(FILE_CALLS, "has written only ", out_of(Resource::Disk)).at(SERIOUS),
    later(&["write() to \"", "write() \""], "\" was incomplete", out_of(Resource::Disk)),
];

/// Calls that make a socket or another descriptor; no request's text stands in them.
const SOCKETS: &[&str] =
    &["socket() ", "WSASocketW() ", "socketpair() ", "eventfd() ", "epoll_create() ", "pipe() ", "kqueue() "];

const MEMORY: &[&str] = &[
    "malloc(",
    "realloc(",
    "posix_memalign(",
    "memalign(",
    "ngx_slab_alloc() failed: no memory",
    // A node of a cache, of limit_req or of limit_conn, a TLS session, a stapled response.
    "could not allocate ",
    "shpool alloc failed",
    "init peer connection addr_text failed: no memory",
    "no memory",
    "OOM / ",
    "shm_add_",
    "handler::shm_add_",
    "dump_restore_add_node::ngx_slab_alloc_locked() failed",
];

/// The calls that write to a disk.
const FILE_CALLS: &[&str] = &[
    "open() ",
    "openat() ",
    "mkdir() ",
    "rename() ",
    "ftruncate() ",
    "write() ",
    "writev() ",
    "pwrite() ",
    "pwritev() ",
    "aio_write() ",
    "unable to save zone to ",
];
const WINDOWS_FILE_CALLS: &[&str] = &["CreateFile() ", "WriteFile() ", "CreateDirectory() ", "SetEndOfFile() "];

const fn out_of(resource: Resource) -> Event {
    Event::Exhausted(resource)
}
