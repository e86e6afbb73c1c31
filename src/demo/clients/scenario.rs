//! What can go wrong between clients and nginx, as a table: one row per cause the diagnosis can name.
//! Knows: which plans make which trouble. Does not know: how plans are carried out.
//!
//! Paths are those of `hangup demo upstream` behind nginx's `/`. Two causes need locations of their own:
//! `/blackhole/` proxied to its `--blackhole` address and `/down/` to a port nobody listens on.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use super::plan::{Leaving, Parting, Plan, Sending};

/// One row: what it shows, what it needs, and who visits at a given total rate.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    pub name: &'static str,
    pub what: &'static str,
    pub needs: &'static str,
    pub plans: fn(f64) -> Vec<Plan>,
}

const PLAIN: &str = "needs nothing but the upstream behind /";
const BLACKHOLE: &str = "needs /blackhole/ proxied to the upstream's --blackhole address";

pub const SCENARIOS: &[Scenario] = &[
    Scenario { name: "healthy", what: "patient readers, a closed tab now and then", needs: PLAIN, plans: healthy },
    Scenario {
        name: "slow-upstream",
        what: "people leave after 1 to 4 seconds of waiting",
        needs: PLAIN,
        plans: slow_upstream,
    },
    Scenario {
        name: "intermediary-timeout",
        what: "something between cuts every request at 5 s, on all endpoints",
        needs: PLAIN,
        plans: intermediary_timeout,
    },
    Scenario {
        name: "aggressive-client-timeout",
        what: "one kind of client gives up at its default of 3 s and comes again",
        needs: PLAIN,
        plans: aggressive_client_timeout,
    },
    Scenario {
        name: "probe-noise",
        what: "a health probe at 127.0.0.2 with 300 ms of patience",
        needs: PLAIN,
        plans: probe_noise,
    },
    Scenario {
        name: "network-disconnect",
        what: "early resets from many addresses",
        needs: "the upstream behind /; 127.0.0.x sources only where the server is on loopback",
        plans: network_disconnect,
    },
    Scenario {
        name: "connection-exhaustion",
        what: "more connections than nginx has slots",
        needs: "needs small worker_connections (about 64) to show at a low rate",
        plans: connection_exhaustion,
    },
    Scenario {
        name: "slow-clients",
        what: "heads and uploads that never finish",
        needs: "shows when client_header_timeout and client_body_timeout (60 s by default) end",
        plans: slow_clients,
    },
    Scenario {
        name: "connect-timeout",
        what: "the upstream does not answer the handshake",
        needs: BLACKHOLE,
        plans: connect_timeout,
    },
    Scenario {
        name: "upstream-down",
        what: "nobody listens where the upstream should be",
        needs: "needs /down/ proxied to a port without a listener",
        plans: upstream_down,
    },
    Scenario {
        name: "conntrack-exhaustion",
        what: "many short connections, faster than conntrack forgets them",
        needs: "kernel trouble, as root on a machine of your own: connection tracking on, nf_conntrack_max below the rate times 120 s",
        plans: many_connections,
    },
    Scenario {
        name: "accept-queue-overflow",
        what: "the backend's accept queue is full",
        needs: "kernel trouble: needs /blackhole/ proxied to the upstream's --blackhole address, whose queue is full for real",
        plans: connect_timeout,
    },
];

/// Other names people know a cause by.
const ALIASES: &[(&str, &str)] = &[("lb-timeout", "intermediary-timeout"), ("slowloris", "slow-clients")];

/// For the command line.
pub fn names() -> Vec<&'static str> {
    SCENARIOS.iter().map(|s| s.name).chain(ALIASES.iter().map(|(alias, _)| *alias)).chain(["all"]).collect()
}

/// The rows a name stands for.
pub fn chosen(name: &str) -> Vec<Scenario> {
    let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, name)| name);
    SCENARIOS.iter().filter(|s| name == "all" || s.name == name).copied().collect()
}

/// Routes as a shop has them; the query asks the upstream for a treatment.
fn shop(treatment: &str) -> Vec<String> {
    ["/", "/products/17", "/products/4711", "/cart", "/checkout/88", "/api/orders/1001", "/api/search", "/account"]
        .iter()
        .map(|path| if treatment.is_empty() { (*path).to_owned() } else { format!("{path}?do={treatment}") })
        .collect()
}

fn forever(name: &'static str, rate: f64) -> Plan {
    Plan { name, rate, visits: u64::MAX, ..Plan::default() }
}

fn readers(rate: f64) -> Plan {
    Plan { paths: shop(""), requests_per_visit: 4, user_agent: BROWSER, ..forever("readers", rate / 4.0) }
}

fn leaver(name: &'static str, rate: f64, treatment: &str, patience_millis: u64) -> Plan {
    let leaving = Leaving::After(Duration::from_millis(patience_millis));
    Plan { paths: shop(treatment), leaving, user_agent: BROWSER, ..forever(name, rate) }
}

const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

fn healthy(rate: f64) -> Vec<Plan> {
    let downloads = Plan {
        paths: vec!["/bytes/16000000".to_owned()],
        leaving: Leaving::InBody { bytes: 5_000 },
        ..forever("closed downloads", rate * 0.002)
    };
    vec![readers(rate), leaver("closed tabs", rate * 0.002, "delay/3000", 800), downloads]
}

fn slow_upstream(rate: f64) -> Vec<Plan> {
    let patience = [1200, 2100, 2800, 3900];
    let names = ["leave after 1.2 s", "leave after 2.1 s", "leave after 2.8 s", "leave after 3.9 s"];
    let leavers = patience.iter().zip(names).map(|(millis, name)| leaver(name, rate * 0.15, "delay/8000", *millis));
    let patient = Plan { paths: shop("delay/4500"), ..forever("patient", rate * 0.2) };
    let uploads = Plan {
        method: "POST",
        sending: Sending::Whole { body: 2_000 },
        ..leaver("orders left behind", rate * 0.05, "upload&delay=8000", 2_500)
    };
    leavers.chain([patient, uploads, readers(rate * 0.15)]).collect()
}

fn intermediary_timeout(rate: f64) -> Vec<Plan> {
    vec![readers(rate * 0.8), leaver("cut at 5 s", rate * 0.2, "delay/9000", 5_000)]
}

fn aggressive_client_timeout(rate: f64) -> Vec<Plan> {
    let impatient =
        Plan { user_agent: "python-requests/2.32.3", ..leaver("default of 3 s", rate * 0.2, "delay/6000", 3_000) };
    vec![readers(rate * 0.8), impatient]
}

fn probe_noise(rate: f64) -> Vec<Plan> {
    let probe = Plan {
        paths: vec!["/healthz?do=delay/1500".to_owned()],
        leaving: Leaving::After(Duration::from_millis(300)),
        sources: vec![Ipv4Addr::new(127, 0, 0, 2).into()],
        user_agent: "kube-probe/1.33",
        ..forever("probe", rate * 0.2)
    };
    vec![readers(rate * 0.8), probe]
}

fn network_disconnect(rate: f64) -> Vec<Plan> {
    let resets = Plan {
        parting: Parting::Rst,
        sources: (10..=250).map(|n| IpAddr::from(Ipv4Addr::new(127, 0, 0, n))).collect(),
        ..leaver("early resets", rate * 0.3, "delay/2000", 60)
    };
    vec![readers(rate * 0.7), resets]
}

fn connection_exhaustion(rate: f64) -> Vec<Plan> {
    vec![leaver("crowd", rate * 4.0, "delay/5000", 8_000), readers(rate * 0.2)]
}

fn slow_clients(rate: f64) -> Vec<Plan> {
    let heads = Plan { sending: Sending::PartOfHead, ..forever("heads that never end", rate * 0.3) };
    let uploads = Plan {
        method: "POST",
        paths: vec!["/upload".to_owned()],
        sending: Sending::PartOfBody { body: 100_000, sent: 1_000 },
        ..forever("uploads that never end", rate * 0.1)
    };
    let gone = Plan { leaving: Leaving::After(Duration::from_millis(300)), ..uploads.clone() };
    vec![heads, uploads, Plan { name: "uploads left behind", ..gone }, readers(rate * 0.5)]
}

fn connect_timeout(rate: f64) -> Vec<Plan> {
    let patient = Plan { paths: vec!["/blackhole/1".to_owned()], ..forever("patient", rate * 0.2) };
    let leaving = Leaving::After(Duration::from_millis(1_500));
    let impatient = Plan { name: "leave after 1.5 s", leaving, ..patient.clone() };
    vec![patient, impatient, readers(rate * 0.6)]
}

fn upstream_down(rate: f64) -> Vec<Plan> {
    vec![Plan { paths: vec!["/down/1".to_owned()], ..forever("turned away", rate * 0.5) }, readers(rate * 0.5)]
}

fn many_connections(rate: f64) -> Vec<Plan> {
    vec![Plan { paths: shop(""), ..forever("short visits", rate * 4.0) }]
}
