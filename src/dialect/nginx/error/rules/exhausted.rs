//! What of nginx ran out (sources: ngx_connection.c, ngx_event_accept.c, ngx_event_connect.c, ngx_alloc.c,
//! ngx_slab.c, ngx_files.c, ngx_http_limit_req_module.c, ngx_http_limit_conn_module.c).

use super::errno::{DISK_FULL, EADDRINUSE, EADDRNOTAVAIL, FILES, NO_MEMORY};
use super::{ACCEPT, Rule, any, path, start, word};
use crate::record::{Event, Level, Resource};

pub(in super::super) static RULES: &[Rule] = &[
    word("", " worker_connections are not enough", out_of(Resource::WorkerConnections)),
    any(ACCEPT, out_of(Resource::OpenFiles)).errno(FILES),
    start("socket() failed", out_of(Resource::OpenFiles)).errno(FILES),
    start("the new socket has number", out_of(Resource::OpenFiles)),
    path("open() \"", "\" failed", out_of(Resource::OpenFiles)).errno(FILES).at(SERIOUS),
    path("openat() \"", "\" failed", out_of(Resource::OpenFiles)).errno(FILES).at(SERIOUS),
    // connect() gives 99 and bind() 98 when no port is left; bind() with 99 is a wrong proxy_bind address.
    word("connect() to ", " failed", out_of(Resource::Ports)).errno(&[EADDRNOTAVAIL]),
    word("bind(", ") failed", out_of(Resource::Ports)).errno(&[EADDRINUSE]).during("connecting to upstream"),
    any(ACCEPT, out_of(Resource::Memory)).errno(NO_MEMORY),
    any(&["malloc(", "posix_memalign(", "memalign("], out_of(Resource::Memory)),
    start("ngx_slab_alloc() failed: no memory", out_of(Resource::Memory)),
    start("could not allocate node", out_of(Resource::Memory)),
    start("could not allocate new session", out_of(Resource::Memory)),
    // A dry run refuses nobody.
    start("limiting requests, dry run", Event::Routine),
    start("limiting requests", out_of(Resource::RequestRate)),
    start("limiting connections, dry run", Event::Routine),
    start("limiting connections", out_of(Resource::Connections)),
    path("open() \"", "\" failed", out_of(Resource::Disk)).errno(DISK_FULL).at(SERIOUS),
    path("mkdir() \"", "\" failed", out_of(Resource::Disk)).errno(DISK_FULL),
    path("pwrite() \"", "\" failed", out_of(Resource::Disk)).errno(DISK_FULL),
    path("pwrite() \"", "\" has written only ", out_of(Resource::Disk)),
    path("pwritev() \"", "\" failed", out_of(Resource::Disk)).errno(DISK_FULL),
    path("pwritev() \"", "\" has written only ", out_of(Resource::Disk)),
    path("write() \"", "\" failed", out_of(Resource::Disk)).errno(DISK_FULL),
];

/// A request path that says ` failed (24: ` is logged at error, as a missing file (ngx_http_static_module.c).
const SERIOUS: &[Level] = &[Level::Crit, Level::Alert, Level::Emerg];

const fn out_of(resource: Resource) -> Event {
    Event::Exhausted(resource)
}
