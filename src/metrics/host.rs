//! Families of the kernel's queues, drops, limits and messages. Knows: their names. Does not know: where the kernel tells them.

use super::Scrape;
use super::family::{Family, Sink, counter, gauge};
use crate::poll::Listener;

const LISTENER: &[&str] = &["address", "port"];

/// What its sockets say.
pub(super) const SOCKETS: &[Family] = &[
    gauge(
        "hangup_listen_queue_length",
        LISTENER,
        "Connections waiting for accept(); sockets that share address and port are summed (ss -tln: Recv-Q).",
        |scrape, out| listeners(scrape, out, |listener| listener.length),
    ),
    gauge(
        "hangup_listen_queue_length_peak",
        LISTENER,
        "The longest that the accept queue was in the last 60 seconds, as seen twice a second.",
        |scrape, out| listeners(scrape, out, |listener| listener.length_peak),
    ),
    gauge(
        "hangup_listen_queue_limit",
        LISTENER,
        "Length at which the accept queue overflows: the lesser of the program's backlog and somaxconn (ss -tln: Send-Q).",
        |scrape, out| listeners(scrape, out, |listener| listener.limit),
    ),
    gauge(
        "hangup_tcp_connections",
        &["side", "port", "state"],
        "Connections of nginx's ports: with clients on those it listens on, with upstreams on those it connects to.",
        |scrape, out| {
            for row in scrape.readings.connections.iter().flatten() {
                out.integer(&[row.side.as_str(), &row.port.to_string(), row.state], row.count);
            }
        },
    ),
];

pub(super) const FAMILIES: &[Family] = &[
    counter(
        "hangup_netdev_receive_drop_total",
        &["device"],
        "Packets that a network device dropped on receiving.",
        |scrape, out| {
            for device in scrape.readings.netdev.iter().flatten() {
                out.integer(&[&device.device], device.drops);
            }
        },
    ),
    gauge(
        "hangup_sysctl",
        &["name"],
        "The kernel's limits and timeouts that decide whether a connection gets in, as sysctl prints them.",
        |scrape, out| {
            for sysctl in scrape.readings.sysctls.iter().flatten() {
                out.integer(&[sysctl.name], sysctl.value);
            }
        },
    ),
    counter(
        "hangup_kernel_messages_total",
        &["message"],
        "Messages of the kernel that tell of connections turned away, those its rate limit kept back included.",
        |scrape, out| {
            for (message, count) in scrape.readings.kernel_messages.iter().flat_map(|messages| messages.counts()) {
                out.integer(&[message], count);
            }
        },
    ),
];

fn listeners(scrape: &Scrape<'_>, out: &mut dyn Sink, value: fn(&Listener) -> u64) {
    for listener in scrape.readings.listeners.iter().flatten() {
        out.integer(&[&listener.place.address(), &listener.place.port()], value(listener));
    }
}
