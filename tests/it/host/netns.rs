//! Two network namespaces with a wire between them, made and removed by the test. Needs root.

use std::fs::File;
use std::net::TcpListener;
use std::os::fd::AsFd;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use super::reader::Reader;

/// Whether this user may make namespaces. Says so where a test is passed over.
pub fn allowed() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        assert!(
            std::env::var_os("CI").is_none(),
            "making network namespaces needs root, and nothing is passed over in CI"
        );
        eprintln!("passed over: making network namespaces needs root");
    }
    root
}

/// Held by tests that change what the whole machine shares: conntrack's limits, the kernel log's rate limit.
pub fn machine_lock() -> File {
    let file = File::create(std::env::temp_dir().join("hangup-test-machine.lock")).expect("a lock file");
    file.lock().expect("locked");
    file
}

pub const SERVER: &str = "10.99.0.2";
const CLIENT: &str = "10.99.0.1";

/// A client's and a server's namespace.
pub struct Wire {
    pub client: Namespace,
    pub server: Namespace,
}

impl Wire {
    pub fn lay() -> Wire {
        let wire = Wire { client: Namespace::add("c"), server: Namespace::add("s") };
        let (client, server) = (&wire.client.name, &wire.server.name);
        run(&["ip", "link", "add", "wire", "netns", client, "type", "veth", "peer", "name", "wire", "netns", server]);
        for (namespace, address) in [(&wire.client, CLIENT), (&wire.server, SERVER)] {
            namespace.run(&["ip", "address", "add", &format!("{address}/24"), "dev", "wire"]);
            namespace.run(&["ip", "link", "set", "lo", "up"]);
            namespace.run(&["ip", "link", "set", "wire", "up"]);
        }
        wire
    }
}

pub struct Namespace {
    pub name: String,
}

static NUMBER: AtomicU32 = AtomicU32::new(0);

impl Namespace {
    pub fn add(role: &str) -> Namespace {
        let name = format!("hangup-{}-{}-{role}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        run(&["ip", "netns", "add", &name]);
        Namespace { name }
    }

    /// Runs a program inside; gives what it printed.
    pub fn run(&self, words: &[&str]) -> String {
        run(&[&["ip", "netns", "exec", &self.name], words].concat())
    }

    pub fn sysctl(&self, name: &str, value: u64) {
        self.run(&["sh", "-c", &format!("echo {value} > /proc/sys/{}", name.replace('.', "/"))]);
    }

    /// For what only newer kernels have.
    pub fn sysctl_where_known(&self, name: &str, value: u64) {
        if std::path::Path::new("/proc/sys").join(name.replace('.', "/")).exists() {
            self.sysctl(name, value);
        }
    }

    pub fn nft(&self, rules: &str) {
        self.run(&["nft", rules]);
    }

    /// Runs `act` on a thread that has entered the namespace; sockets made there stay there.
    pub fn inside<T: Send>(&self, act: impl FnOnce() -> T + Send) -> T {
        let namespace = File::open(format!("/run/netns/{}", self.name)).expect("the namespace");
        std::thread::scope(|scope| {
            let entered = scope.spawn(move || {
                // Changes only the calling thread, which ends here.
                move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network)).expect("setns");
                act()
            });
            entered.join().expect("no panic inside")
        })
    }

    pub fn reader(&self) -> Reader {
        Reader::start(&["ip", "netns", "exec", &self.name], |_| ())
    }

    /// A counter as `nstat` shows it, since the namespace was made.
    pub fn nstat(&self, name: &str) -> u64 {
        let text = self.run(&["nstat", "-asz", name]);
        let row = text.lines().find_map(|line| line.strip_prefix(name)).expect("a row");
        row.split_whitespace().next().and_then(|word| word.parse().ok()).expect("a number")
    }

    /// A counter as `conntrack -S` shows it, summed over the CPUs.
    pub fn conntrack_statistics(&self, name: &str) -> u64 {
        let text = self.run(&["conntrack", "-S"]);
        let cells = text.split_whitespace().filter_map(|cell| cell.strip_prefix(name)?.strip_prefix('='));
        cells.map(|value| value.parse::<u64>().expect("a number")).sum()
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = Command::new("ip").args(["netns", "delete", &self.name]).status();
    }
}

/// A listener with this backlog on which nobody accepts.
pub fn listen(address: &str, backlog: i32) -> TcpListener {
    let listener = TcpListener::bind(address).expect("a free address");
    // Of a socket that listens already it only changes the backlog.
    rustix::net::listen(&listener, backlog).expect("a socket");
    listener
}

fn run(words: &[&str]) -> String {
    let output = Command::new(words[0]).args(&words[1..]).output().unwrap_or_else(|error| panic!("{words:?}: {error}"));
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
