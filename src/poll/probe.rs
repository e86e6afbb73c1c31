//! Tries every source once, for `hangup check`. Knows: all sources. Does not know: how the result is worded around.

use super::kernel_log::KernelLog;
use super::miss::Miss;
use super::options::Options;
use super::proc_root::ProcRoot;
use super::sockets::{ConnectionCounter, Listeners};
use super::stub_status::Page;
use super::{conntrack, host, own_runtime};

/// One source: a sentence on what it gives, or why not and what to grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    pub source: String,
    pub result: Result<String, Miss>,
}

/// Asks each source in turn; waits for none longer than its timeout.
pub fn probe(options: &Options) -> Vec<Probe> {
    let root = ProcRoot::new(&options.proc_root, options.network_of);
    let mut probes = vec![
        of("conntrack", conntrack::ask(&root), |it| {
            let limit = it.entries_limit.map_or("an unknown limit".to_owned(), |limit| limit.to_string());
            let counters = if it.counters.is_empty() { "; this kernel shows no counters of drops" } else { "" };
            format!("{} of {limit} entries{counters}", it.entries.unwrap_or_default())
        }),
        of("tcp", host::tcp(&root), |it| format!("{} counters", it.len())),
        of("softnet", host::softnet(&root), |it| format!("{} counters", it.len())),
        of("netdev", host::netdev(&root), |it| format!("{} devices", it.len())),
        of("sysctl", host::sysctls(&root), |it| format!("{} limits", it.len())),
        of("listen_queue", Listeners::of(options).ask(), |it| format!("{} listeners", it.len())),
        of("connections", ConnectionCounter::of(options).ask(), |_| {
            format!("{} ports of nginx and its upstreams", options.listen_ports.len() + options.upstream_ports.len())
        }),
        of("kernel_log", KernelLog::of(options).source(), |from| format!("read from {from}")),
    ];
    probes.extend(options.stub_status.iter().map(|address| {
        let answer = own_runtime().and_then(|runtime| {
            let page = Page::new(address.clone(), options.stub_status_timeout)?;
            runtime.block_on(page.ask())
        });
        of(&format!("stub_status {address}"), answer, |it| format!("{} active connections", it.active))
    }));
    probes
}

fn of<T>(source: &str, answer: Result<T, Miss>, say: impl FnOnce(T) -> String) -> Probe {
    Probe { source: source.to_owned(), result: answer.map(say) }
}
