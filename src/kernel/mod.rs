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
pub mod tcp_info;
pub mod upstream_paths;

/// A counter of the kernel's and the metric family it becomes: all that anybody has to know about it.
#[derive(Debug)]
pub struct Counter<Column> {
    /// Where the kernel shows it: a name or a position.
    pub kernel: Column,
    pub name: &'static str,
    /// `hangup_…_total`.
    pub family: &'static str,
    /// One sentence.
    pub help: &'static str,
}

/// A table of counters, `column, name, help;` a row, in families that begin with one word.
macro_rules! counters {
    ($(#[$doc:meta])* $table:ident: $column:ty, $group:literal { $($kernel:expr, $name:literal, $help:literal;)* }) => {
        $(#[$doc])*
        pub const $table: &[$crate::kernel::Counter<$column>] = &[$($crate::kernel::Counter {
            kernel: $kernel,
            name: $name,
            family: concat!("hangup_", $group, "_", $name, "_total"),
            help: $help,
        }),*];
    };
}
use counters;

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
