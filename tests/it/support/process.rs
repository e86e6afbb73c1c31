//! A child that does not outlive its test, with what it prints.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

pub struct Process {
    pub child: Child,
    output: Arc<Mutex<Vec<String>>>,
}

impl Process {
    /// Starts the command and keeps every line of its stdout and stderr.
    pub fn spawn(command: &mut Command) -> Process {
        // SAFETY: prctl(2) is one system call, which the child of a threaded process may make before exec, and
        // touches no memory. Should the test be killed before it can clean up, the kernel does.
        unsafe { command.pre_exec(|| ended_with(libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGTERM))) };
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
        // SAFETY: kill(2) takes two integers and touches no memory of ours; the pid is our own unreaped child.
        let sent = unsafe { libc::kill(self.child.id() as i32, signal) };
        assert_eq!(sent, 0, "cannot signal pid {}", self.child.id());
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

fn ended_with(result: i32) -> std::io::Result<()> {
    if result == 0 { Ok(()) } else { Err(std::io::Error::last_os_error()) }
}

fn collect(from: impl Read + Send + 'static, output: &Arc<Mutex<Vec<String>>>) {
    let output = Arc::clone(output);
    std::thread::spawn(move || {
        for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
            output.lock().expect("no panic while holding it").push(String::from_utf8_lossy(&line).into_owned());
        }
    });
}
