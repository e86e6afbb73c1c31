//! A child that does not outlive its test, with what it prints.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, set_parent_process_death_signal, setrlimit};

pub struct Process {
    pub child: Child,
    output: Arc<Mutex<Vec<String>>>,
}

impl Process {
    /// Starts the command and keeps every line of its stdout and stderr.
    pub fn spawn(command: &mut Command) -> Process {
        end_with_us(command);
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("cannot start {command:?}: {e}; `make tools` installs what the tests need"));
        let output = Arc::new(Mutex::new(Vec::new()));
        collect(child.stdout.take().expect("piped"), &output);
        collect(child.stderr.take().expect("piped"), &output);
        Process { child, output }
    }

    /// Everything it has printed so far.
    pub fn output(&self) -> Vec<String> {
        self.output.lock().expect("no panic while holding it").clone()
    }

    /// Sends a signal by its number.
    pub fn signal(&self, signal: i32) {
        let signal = Signal::from_named_raw(signal).expect("a signal");
        kill_process(Pid::from_child(&self.child), signal).expect("our own unreaped child");
    }

    /// SIGTERM and a wait: what has children of its own must end them, too.
    pub fn terminate(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            self.signal(libc::SIGTERM);
            let _ = self.child.wait();
        }
    }

    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            for line in self.output() {
                eprintln!("  | {line}");
            }
        }
    }
}

/// Should the test be killed before it can clean up, the kernel does.
#[expect(
    unsafe_code,
    reason = "prctl(2) is one system call, which the child of a threaded process may make before exec"
)]
fn end_with_us(command: &mut Command) {
    // SAFETY: it touches no memory.
    unsafe { command.pre_exec(|| Ok(set_parent_process_death_signal(Some(Signal::TERM))?)) };
}

/// For the program that is started, not for this one.
#[expect(
    unsafe_code,
    reason = "setrlimit(2) is one system call, which the child of a threaded process may make before exec"
)]
pub fn limit_open_files(command: &mut Command, files: u64) {
    let limit = Rlimit { current: Some(files), maximum: Some(files) };
    // SAFETY: it reads one struct of the closure's own.
    unsafe { command.pre_exec(move || Ok(setrlimit(Resource::Nofile, limit)?)) };
}

/// For the program that is started: it begins by writing these bytes to this file, as one enters a control group.
#[expect(unsafe_code, reason = "one file is opened and written, which the child may do before exec")]
pub fn write_first(command: &mut Command, file: PathBuf, bytes: &'static [u8]) {
    // SAFETY: it opens and writes one file by a name that was made before.
    unsafe { command.pre_exec(move || std::fs::write(&file, bytes)) };
}

fn collect(from: impl Read + Send + 'static, output: &Arc<Mutex<Vec<String>>>) {
    let output = Arc::clone(output);
    std::thread::spawn(move || {
        for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
            output.lock().expect("no panic while holding it").push(String::from_utf8_lossy(&line).into_owned());
        }
    });
}
