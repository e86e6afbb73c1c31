//! An nginx host as Debian's package lays it out, with one site of its own, in a temporary directory.

use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::process::Process;
use super::{free_port, wait_for};

/// A copy of /etc/nginx with a site, and its logs with Debian's owner and mode.
pub struct Host {
    pub dir: tempfile::TempDir,
    pub port: u16,
    pub status_port: u16,
}

const SITE: &str = r#"log_format shop '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
    '"$http_referer" "$http_user_agent" rt=$request_time uct=$upstream_connect_time '
    'uht=$upstream_header_time urt=$upstream_response_time us=$upstream_status ua=$upstream_addr '
    'done=$request_completion';

server {
    listen PORT;
    server_name shop.example;
    access_log /var/log/nginx/shop.access.log shop;
    error_log /var/log/nginx/shop.error.log info;
    proxy_read_timeout 7s;
    location / { return 200 hello; }
    location /down/ { proxy_pass http://127.0.0.1:1; }
}

server {
    listen 127.0.0.1:STATUS;
    access_log off;
    location = /stub_status { stub_status; allow 127.0.0.1; deny all; }
}
"#;

/// nginx's first process, which takes the others along.
pub struct Master(Process);

impl Drop for Master {
    fn drop(&mut self) {
        self.0.terminate();
    }
}

/// The lines of [`SITE`] on which these stand.
pub const ACCESS_LOG_LINE: u32 = 9;
pub const ERROR_LOG_LINE: u32 = 10;
pub const STUB_STATUS_LINE: u32 = 19;

const LOGS: [&str; 4] = ["access.log", "error.log", "shop.access.log", "shop.error.log"];

impl Host {
    /// With the paths that Debian's files name; a namespace must make them lead here.
    pub fn in_place() -> Host {
        let host = Host { dir: tempfile::tempdir().expect("a directory"), port: 80, status_port: 8081 };
        host.lay_out();
        host
    }

    /// With all paths below the temporary directory and free ports, without Debian's default site.
    pub fn moved() -> Host {
        let host = Host { dir: tempfile::tempdir().expect("a directory"), port: free_port(), status_port: free_port() };
        host.lay_out();
        std::fs::remove_file(host.etc().join("sites-enabled/default")).expect("Debian enables it");
        for file in ["nginx.conf", "sites-available/shop"] {
            let path = host.etc().join(file);
            let text = std::fs::read_to_string(&path).expect("text");
            let below = |text: String, path: &str| text.replace(path, &format!("{}{path}", host.dir.path().display()));
            let text = ["/etc/nginx", "/var/log/nginx", "/run/nginx.pid"].into_iter().fold(text, below);
            std::fs::write(path, text).expect("writable");
        }
        let enabled = host.etc().join("sites-enabled/shop");
        std::fs::remove_file(&enabled).expect("there");
        symlink(host.etc().join("sites-available/shop"), enabled).expect("linkable");
        host
    }

    /// Debian's nginx on the moved tree.
    pub fn start(&self) -> Master {
        let conf = self.etc().join("nginx.conf");
        let nginx = Process::spawn(Command::new("/usr/sbin/nginx").args(["-g", "daemon off;", "-c"]).arg(conf));
        wait_for("nginx to listen", || std::net::TcpStream::connect(("127.0.0.1", self.port)).ok());
        Master(nginx)
    }

    pub fn etc(&self) -> PathBuf {
        self.dir.path().join("etc/nginx")
    }

    pub fn log(&self) -> PathBuf {
        self.dir.path().join("var/log/nginx")
    }

    pub fn addr(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    fn lay_out(&self) {
        for dir in ["etc", "var/log/nginx", "var/lib/nginx", "run"] {
            std::fs::create_dir_all(self.dir.path().join(dir)).expect("a directory");
        }
        let copied = Command::new("cp").arg("-a").arg("/etc/nginx").arg(self.dir.path().join("etc")).status();
        assert!(copied.expect("cp").success(), "/etc/nginx; `make tools` installs nginx");
        let site = SITE.replace("PORT", &self.port.to_string()).replace("STATUS", &self.status_port.to_string());
        std::fs::write(self.etc().join("sites-available/shop"), site).expect("writable");
        symlink("/etc/nginx/sites-available/shop", self.etc().join("sites-enabled/shop")).expect("linkable");
        let mode = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode));
        mode(self.dir.path(), 0o755).expect("ours");
        for name in LOGS {
            let path = self.log().join(name);
            std::fs::write(&path, "").expect("writable");
            mode(&path, 0o640).expect("ours");
            chown(&path, Some(id("/etc/passwd", "www-data")), Some(id("/etc/group", "adm"))).expect("root may");
        }
    }
}

/// The number of a user or group.
fn id(database: &str, name: &str) -> u32 {
    let text = std::fs::read_to_string(database).expect("readable");
    let line = text.lines().find(|line| line.split(':').next() == Some(name)).expect("Debian has it");
    line.split(':').nth(2).and_then(|id| id.parse().ok()).expect("a number")
}
