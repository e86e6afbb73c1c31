//! Paths that lead to the output of a process: each process that opens such a path gets its own.

use std::fs::read_link;
use std::path::{Path, PathBuf};

/// What a process writes to its own output by.
const OUTPUTS: &[&str] = &["/dev/stdout", "/dev/stderr", "/dev/fd", "/proc/self/fd"];

/// The output that a chain of links leads to. `None`: it leads elsewhere.
pub fn output(path: &Path) -> Option<PathBuf> {
    Some(linked_to(path)).filter(|target| is_output(target))
}

/// In one sentence, for whoever wants that log read.
pub fn explain_output(path: &Path, output: &Path) -> String {
    format!(
        "{} is a link to {}, the output of whichever process opens it (a container's, where nginx does): what nginx \
         writes there cannot be read by this path; log to a file instead, or read the container's output",
        path.display(),
        output.display()
    )
}

fn is_output(path: &Path) -> bool {
    OUTPUTS.iter().any(|output| path.starts_with(output))
}

/// Where a chain of links leads, but never past an output: what that leads to depends on who looks.
pub fn linked_to(path: &Path) -> PathBuf {
    /// As many as the kernel follows.
    const LINKS_MAX: usize = 40;
    let mut at = path.to_owned();
    for _ in 0..LINKS_MAX {
        let Some(target) = read_link(&at).ok().filter(|_| !is_output(&at)) else { break };
        at = at.parent().unwrap_or(Path::new("/")).join(target);
    }
    at
}
