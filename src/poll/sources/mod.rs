//! The sources of the host, each a file, and the table of them all.

mod connections;
mod conntrack;
mod kernel_log;
mod listen_queue;
mod netdev;
mod process;
mod softnet;
mod sysctl;
mod tcp;

use super::source::{Row, row};

pub(super) use connections::ConnectionCounter;

/// In the order in which they are shown. A new source adds its file, and its line here.
pub(super) const SOURCES: &[Row] = &[
    row::<conntrack::ConntrackTable>(),
    row::<tcp::TcpCounters>(),
    row::<softnet::Softnet>(),
    row::<netdev::Netdev>(),
    row::<sysctl::Sysctls>(),
    row::<process::OwnProcess>(),
    row::<listen_queue::Listeners>(),
    row::<connections::ConnectionCounter>(),
    row::<kernel_log::KernelLog>(),
];
