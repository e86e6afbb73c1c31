//! Families of the hangup process: its version, its configuration, and the resources it takes, under the names that
//! every Prometheus client library uses. Knows: those names. Does not know: how the numbers are got.

use super::Scrape;
use super::family::{Family, Sink, counter, gauge};
use crate::poll::ProcessSample;

pub(super) const FAMILIES: &[Family] = &[
    gauge(
        "hangup_build_info",
        &["version", "revision"],
        "Always 1; the labels tell which hangup this is.",
        |scrape, out| match scrape.build.revision {
            Some(revision) => out.integer(&[scrape.build.version, revision], 1),
            None => out.integer(&[scrape.build.version], 1),
        },
    ),
    gauge(
        "hangup_config_reload_success",
        &[],
        "Whether the last attempt to load the configuration succeeded; after a failure the old one goes on.",
        |scrape, out| out.integer(&[], u64::from(scrape.reload.success)),
    ),
    gauge(
        "hangup_config_reload_success_timestamp_seconds",
        &[],
        "When the running configuration was loaded, in Unix seconds.",
        |scrape, out| out.float(&[], scrape.reload.success_timestamp_seconds),
    ),
    gauge(
        "hangup_nginx_config_read_timestamp_seconds",
        &[],
        "When nginx.conf was last read and held what hangup goes by, in Unix seconds; absent without one.",
        |scrape, out| {
            if let Some(seconds) = scrape.nginx_config_read {
                out.float(&[], seconds);
            }
        },
    ),
    counter(
        "hangup_web_connections_cut_total",
        &["reason"],
        "Connections to hangup that were ended before their client had its answer: crowded (a newcomer took the place), slow_request, stalled_reader, too_long, memory (unread answers held too much).",
        |scrape, out| scrape.connections_cut.iter().for_each(|(reason, count)| out.integer(&[reason], *count)),
    ),
    counter(
        "hangup_web_refused_total",
        &["reason"],
        "Requests to hangup that were refused by its web configuration file: password (none or a wrong one), busy (too many passwords waited to be checked), rate_limit, configuration (the file cannot be used); and connections with which no TLS came about: handshake.",
        |scrape, out| scrape.web_refused.iter().for_each(|(reason, count)| out.integer(&[reason], *count)),
    ),
    counter(
        "process_cpu_seconds_total",
        &[],
        "CPU time that hangup has used, in user and in kernel mode.",
        |scrape, out| process(scrape, out, |process| Some(process.cpu_seconds)),
    ),
    gauge("process_max_fds", &[], "How many file descriptors hangup may have open.", |scrape, out| {
        process(scrape, out, |process| process.max_fds.map(|fds| fds as f64))
    }),
    gauge("process_open_fds", &[], "File descriptors that hangup has open.", |scrape, out| {
        process(scrape, out, |process| Some(process.open_fds as f64))
    }),
    gauge("process_resident_memory_bytes", &[], "Memory of hangup that is in RAM.", |scrape, out| {
        process(scrape, out, |process| Some(process.resident_memory_bytes as f64))
    }),
    gauge("process_start_time_seconds", &[], "When hangup was started, in Unix seconds.", |scrape, out| {
        process(scrape, out, |process| Some(process.start_time_unix_seconds))
    }),
    gauge("process_threads", &[], "Threads of hangup.", |scrape, out| {
        process(scrape, out, |process| Some(process.threads as f64))
    }),
    gauge("process_virtual_memory_bytes", &[], "Address space that hangup has reserved.", |scrape, out| {
        process(scrape, out, |process| Some(process.virtual_memory_bytes as f64))
    }),
];

fn process(scrape: &Scrape<'_>, out: &mut dyn Sink, value: fn(&ProcessSample) -> Option<f64>) {
    if let Some(value) = scrape.readings.process.as_ref().and_then(value) {
        out.float(&[], value);
    }
}
