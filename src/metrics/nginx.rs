//! Families of nginx itself: its stub_status page, under the names of nginx-prometheus-exporter so that dashboards made
//! for that one keep working, and what nginx.conf sets. Knows: those names. Does not know: how the page is fetched.

use super::Scrape;
use super::family::{Family, Sink, counter, gauge, unknown};
use crate::poll::StubReading;

/// As nginx-prometheus-exporter has it: no label for one page, its address for several.
const ADDRESS: &[&str] = &["addr"];

pub(super) const FAMILIES: &[Family] = &[
    gauge("nginx_up", ADDRESS, "Whether the last poll of the stub_status page succeeded.", |scrape, out| {
        each(scrape, out, |_, page| page.polled_once.then_some(u64::from(page.status.is_some())))
    }),
    unknown("nginx_connections_accepted", ADDRESS, "Connections that nginx accepted.", |scrape, out| {
        each(scrape, out, |_, page| Some(page.status?.accepts))
    }),
    gauge(
        "nginx_connections_active",
        ADDRESS,
        "Client connections that are open, the waiting ones included.",
        |scrape, out| each(scrape, out, |_, page| Some(page.status?.active)),
    ),
    unknown(
        "nginx_connections_handled",
        ADDRESS,
        "Connections that nginx accepted and had a slot for.",
        |scrape, out| each(scrape, out, |_, page| Some(page.status?.handled)),
    ),
    gauge(
        "nginx_connections_reading",
        ADDRESS,
        "Connections on which nginx is reading the request's head.",
        |scrape, out| each(scrape, out, |_, page| Some(page.status?.reading)),
    ),
    gauge("nginx_connections_waiting", ADDRESS, "Idle connections that wait for a request.", |scrape, out| {
        each(scrape, out, |_, page| Some(page.status?.waiting))
    }),
    gauge(
        "nginx_connections_writing",
        ADDRESS,
        "Connections whose request is being answered, waiting for an upstream included.",
        |scrape, out| each(scrape, out, |_, page| Some(page.status?.writing)),
    ),
    counter("nginx_http_requests_total", ADDRESS, "Requests that nginx took.", |scrape, out| {
        each(scrape, out, |_, page| Some(page.status?.requests))
    }),
    counter(
        "hangup_nginx_connections_dropped_total",
        ADDRESS,
        "Connections that nginx accepted and dropped for want of a slot (accepts less handled), through its restarts.",
        |scrape, out| each(scrape, out, |scrape, page| scrape.tally.dropped_connections(&page.address)),
    ),
    gauge(
        "hangup_nginx_connections_limit",
        &[],
        "Connection slots that nginx.conf allows (worker_connections times worker_processes); a proxied request takes two.",
        |scrape, out| {
            if let Some(limit) = scrape.conf.connections_limit {
                out.integer(&[], limit);
            }
        },
    ),
    gauge(
        "hangup_nginx_proxied_requests_limit",
        &[],
        "Requests that nginx can proxy at once: half of the slots, as each takes one towards the client and one towards the upstream.",
        |scrape, out| {
            if let Some(limit) = scrape.conf.connections_limit {
                out.integer(&[], limit / 2);
            }
        },
    ),
    gauge(
        "hangup_nginx_limit",
        &["directive"],
        "Limits of nginx's processes as nginx.conf sets them, or nginx's default; `auto` is counted out.",
        |scrape, out| {
            for (directive, limit) in &scrape.conf.limits {
                out.integer(&[directive], *limit);
            }
        },
    ),
    gauge(
        "hangup_nginx_listen_backlog",
        &["address", "port"],
        "Accept queue that nginx.conf asks for on each listening address; net.core.somaxconn bounds what it gets.",
        |scrape, out| {
            for listen in &scrape.conf.backlogs {
                out.integer(&[&listen.address, &listen.port], listen.backlog);
            }
        },
    ),
    gauge(
        "hangup_nginx_timeout_seconds",
        &["directive", "server", "location"],
        "Timeouts that nginx.conf sets, or nginx's default where it sets none; with a location where that one has another.",
        |scrape, out| {
            for timeout in &scrape.conf.timeouts {
                let labels = [&*timeout.directive, &*timeout.server, timeout.location.as_deref().unwrap_or_default()];
                out.float(if timeout.location.is_some() { &labels } else { &labels[..2] }, timeout.seconds);
            }
        },
    ),
    gauge(
        "hangup_upstream_keepalive_timeout_seconds",
        &["upstream"],
        "For how long nginx keeps an idle connection to an upstream open (keepalive_timeout of the upstream block); where the upstream keeps it shorter, requests meet a connection that is just being closed.",
        |scrape, out| {
            for (upstream, seconds) in &scrape.conf.keepalives {
                out.float(&[upstream], *seconds);
            }
        },
    ),
];

/// A value of each page that has it; with the page's address where there are several.
fn each(scrape: &Scrape<'_>, out: &mut dyn Sink, value: fn(&Scrape<'_>, &StubReading) -> Option<u64>) {
    let pages = &scrape.readings.stub_status;
    for page in pages {
        let labels = [page.address.as_str()];
        let labels = if pages.len() > 1 { &labels[..] } else { &[] };
        if let Some(value) = value(scrape, page) {
            out.integer(labels, value);
        }
    }
}
