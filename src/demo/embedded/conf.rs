//! The nginx.conf that an nginx behaving like the demo would have: hangup finds everything through it.
//! Knows: nginx's directives. Does not know: what happens under this configuration.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::bail;

use super::access_line::LOG_FORMAT;
use super::site::{
    BODY_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS, FAIL_TIMEOUT_MILLIS, HEADER_TIMEOUT_MILLIS, MAX_FAILS, SERVER_NAME,
    SERVERS, STATUS_PATH, UPSTREAM, WORKER_CONNECTIONS, WORKERS,
};

pub(super) fn text(dir: &Path, status: SocketAddr) -> anyhow::Result<String> {
    let dir = dir.display().to_string();
    if dir.contains(['"', '\\', '$', '\n']) {
        bail!("`{dir}` cannot be written into an nginx.conf; choose a --dir without quotes, backslashes and dollars");
    }
    let fail_timeout = FAIL_TIMEOUT_MILLIS / 1000;
    let servers: String = SERVERS
        .iter()
        .map(|server| format!("        server {server} max_fails={MAX_FAILS} fail_timeout={fail_timeout}s;\n"))
        .collect();
    let connect = CONNECT_TIMEOUT_MILLIS / 1000;
    let (header, body) = (HEADER_TIMEOUT_MILLIS / 1000, BODY_TIMEOUT_MILLIS / 1000);
    Ok(format!(
        "# Written by `hangup demo`: what an nginx that leaves the traces beside this file would be configured like.\n\
         worker_processes {WORKERS};\n\
         error_log \"{dir}/error.log\" info;\n\
         pid \"{dir}/nginx.pid\";\n\n\
         events {{\n    worker_connections {WORKER_CONNECTIONS};\n}}\n\n\
         http {{\n    log_format hangup '{LOG_FORMAT}';\n    access_log \"{dir}/access.log\" hangup;\n\n    \
             client_header_timeout {header}s;\n    client_body_timeout {body}s;\n    \
             proxy_connect_timeout {connect}s;\n    proxy_read_timeout 30s;\n    proxy_next_upstream error;\n\n    \
             upstream {UPSTREAM} {{\n{servers}        keepalive 16;\n    }}\n\n    \
             server {{\n        listen {status};\n        server_name {SERVER_NAME};\n\n        \
                 location / {{\n            proxy_pass http://{UPSTREAM};\n        }}\n        \
                 location /assets/ {{\n            root \"{dir}\";\n        }}\n        \
                 location = {STATUS_PATH} {{\n            stub_status;\n            access_log off;\n        }}\n    }}\n}}\n"
    ))
}
