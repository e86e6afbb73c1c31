//! An nginx whose log directory may be turned over under it, and what its files hold.

use std::fs;
use std::io::Read;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::load::Routes;
use crate::support::nginx::log_format;
use crate::support::process::Process;
use crate::support::{free_port, http, wait_for};

pub struct Site {
    dir: tempfile::TempDir,
    pub port: u16,
    inner_port: u16,
    status_port: u16,
    process: Process,
}

impl Site {
    pub fn start() -> Site {
        Site::with("")
    }

    /// With these servers besides, that ask for `@PORT@` and `@DIR@`.
    pub fn with(servers: &str) -> Site {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let (port, inner_port, status_port) = (free_port(), free_port(), free_port());
        fs::create_dir(dir.path().join("logs")).expect("writable");
        // Workers run as nobody and reopen the log themselves.
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).expect("our own");
        let conf = dir.path().join("nginx.conf");
        let servers = servers.replace("@PORT@", &port.to_string()).replace("@DIR@", &dir.path().to_string_lossy());
        fs::write(&conf, conf_text(dir.path(), [port, inner_port, status_port], &servers)).expect("writable");
        let process = Process::spawn(Command::new("/usr/sbin/nginx").arg("-p").arg(dir.path()).arg("-c").arg(&conf));
        let site = Site { dir, port, inner_port, status_port, process };
        wait_for("nginx to listen", || TcpStream::connect(("127.0.0.1", port)).ok());
        site
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub fn conf(&self) -> PathBuf {
        self.dir().join("nginx.conf")
    }

    pub fn logs(&self) -> PathBuf {
        self.dir().join("logs")
    }

    pub fn log(&self) -> PathBuf {
        self.logs().join("access.log")
    }

    /// Rewrites nginx.conf with more servers, and lets nginx take it.
    pub fn add_servers(&self, servers: &str) {
        let ports = [self.port, self.inner_port, self.status_port];
        fs::write(self.conf(), conf_text(self.dir(), ports, servers)).expect("writable");
        self.process.signal(libc::SIGHUP);
    }

    /// Makes nginx open its logs anew (USR1), which it does in its own time.
    pub fn reopen(&self) {
        self.process.signal(libc::SIGUSR1);
    }

    /// `requests` of stub_status, this question included.
    pub fn requests(&self) -> u64 {
        let page = http::get(&format!("127.0.0.1:{}", self.status_port), "/").expect("stub_status").text();
        let numbers = page.lines().nth(2).expect("a third line").split_whitespace();
        numbers.last().and_then(|number| number.parse().ok()).expect("a number")
    }

    /// What stands in the files of the log's directory and its siblings now, compressed or not.
    pub fn on_disk(&self) -> Routes {
        let mut routes = Routes::new();
        let logs = fs::read_dir(self.dir()).expect("readable").map(|entry| entry.expect("an entry").path());
        for file in logs.filter(|path| path.is_dir()).flat_map(|dir| fs::read_dir(dir).expect("readable")) {
            let path = file.expect("an entry").path();
            // A symbolic link leads to a file that is there too.
            if path.symlink_metadata().is_ok_and(|it| it.is_file()) && path.to_string_lossy().contains("access") {
                count(&content(&path), &mut routes);
            }
        }
        routes
    }
}

fn content(path: &Path) -> Vec<u8> {
    let bytes = fs::read(path).expect("readable");
    if path.extension().is_none_or(|extension| extension != "gz") {
        return bytes;
    }
    let mut plain = Vec::new();
    flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut plain).expect("what gzip wrote");
    plain
}

fn count(log: &[u8], routes: &mut Routes) {
    for line in String::from_utf8_lossy(log).lines() {
        let route = line.split_once("\"GET ").and_then(|(_, rest)| rest.split_once(" HTTP/1.1\""));
        *routes.entry(route.map_or(line, |(route, _)| route).to_owned()).or_default() += 1;
    }
}

impl Drop for Site {
    /// SIGKILL would leave the workers without their master, and running.
    fn drop(&mut self) {
        self.process.terminate();
    }
}

fn conf_text(dir: &Path, [port, inner_port, status_port]: [u16; 3], servers: &str) -> String {
    let (dir, log_format) = (dir.display(), log_format());
    format!(
        "daemon off;\npid {dir}/nginx.pid;\nerror_log {dir}/error.log error;\nworker_processes 2;\n\
         worker_rlimit_nofile 10000;\nevents {{ worker_connections 512; }}\nhttp {{\n{log_format}\naccess_log off; server_names_hash_max_size 16384;\n\
         client_body_temp_path {dir}/body; proxy_temp_path {dir}/proxy; fastcgi_temp_path {dir}/fastcgi;\n\
         uwsgi_temp_path {dir}/uwsgi; scgi_temp_path {dir}/scgi;\n\
         keepalive_requests 1000000000; keepalive_timeout 1h;\n\
         server {{ listen 127.0.0.1:{port}; server_name shop.example; access_log {dir}/logs/access.log hangup;\n\
         location /t/ {{ return 204; }}\nlocation /p/ {{ proxy_pass http://127.0.0.1:{inner_port}; }} }}\n\
         server {{ listen 127.0.0.1:{inner_port}; location / {{ return 204; }} }}\n\
         server {{ listen 127.0.0.1:{status_port}; location / {{ stub_status; }} }}\n{servers}\n}}\n"
    )
}
