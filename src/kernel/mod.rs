//! The kernel's side of a hang-up. Knows: the layout of /proc texts, of kernel log lines and of netlink answers.
//! Does not know: where /proc is, when it is read, what a metric is called.

pub mod connections;
pub mod conntrack;
pub mod listen_queue;
pub mod messages;
pub mod netdev;
pub mod netstat;
pub mod sock_diag;
pub mod softnet;
pub mod sysctl;

/// A counter under the name it is told by: the kernel's own word in snake case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    pub name: &'static str,
    pub value: u64,
}

/// A text that is not laid out as the kernel lays it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotUnderstood(pub &'static str);

/// One decimal number and nothing else, as the files below /proc/sys hold it.
pub fn number(text: &str) -> Result<u64, NotUnderstood> {
    text.trim().parse().map_err(|_| NotUnderstood("expected one decimal number"))
}

#[cfg(test)]
mod tests;
