//! What goes wrong in each incident, and what somebody must then hear of, and only of.

use std::time::Duration;

use hangup::demo::clients::plan::{Leaving, Plan};
use hangup::demo::clients::scenario::chosen;

use super::stage::{Stage, swallow, track_upstream};

/// One row of the table in docs/incidents.md.
pub struct Incident {
    pub name: &'static str,
    /// What really happens.
    pub what: &'static str,
    /// Requests a second.
    pub rate: f64,
    /// More of nginx's server block, and of what stands beside it.
    pub server: &'static str,
    pub http: &'static str,
    /// More of its `listen`.
    pub listen: &'static str,
    pub prepare: fn(&Stage<'_>),
    pub act: Act,
    pub plans: fn(f64) -> Vec<Plan>,
    /// All that may reach a receiver: alert and severity.
    pub reaches: &'static [(&'static str, &'static str)],
    /// What must have fired and been held back.
    pub inhibited: &'static [&'static str],
    /// The causes that the diagnosis must name; of those that harm users it may name no other.
    pub named: &'static [&'static str],
    /// Causes that may be named beside them, as they say the same less exactly.
    pub also: &'static [&'static str],
    /// How long the trouble lasts (the slowest rule of most takes 5 minutes of window and 10 of `for`, which is 45 s here), and
    /// after what part of it the evidence is there.
    pub lasts: Duration,
    pub evident: Duration,
    /// The finest stretch of the diagnosis. Its windows are as much shorter as those of the rules, but for what happens
    /// by a clock that no factor makes faster.
    pub resolution: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    Nothing,
    /// nginx reloads, the upstream restarts.
    Deploy,
    /// The conntrack table has no room for new connections.
    FullTable,
    /// A proxy in front of nginx that restarts so often.
    Cuts(Duration),
}

const CALM: Incident = Incident {
    name: "",
    what: "",
    rate: 40.0,
    server: "",
    http: "",
    listen: "",
    prepare: |_| (),
    act: Act::Nothing,
    plans: |rate| (chosen("healthy")[0].plans)(rate),
    reaches: &[],
    inhibited: &[],
    named: &[],
    also: &[],
    lasts: Duration::from_secs(60),
    evident: Duration::ZERO,
    resolution: "2s",
};

pub const INCIDENTS: &[Incident] = &[
    Incident { name: "healthy", what: "normal background: closed tabs, under 1 %", ..CALM },
    Incident { name: "deploy", what: "nginx reloads, the upstream restarts", act: Act::Deploy, ..CALM },
    Incident {
        name: "slow-upstream",
        what: "an upstream that takes 8 s, users who leave after 1 to 4",
        plans: |rate| (chosen("slow-upstream")[0].plans)(rate),
        reaches: &[("NginxClientsImpatient", "page")],
        inhibited: &["NginxAbandonmentOutage", "NginxClientsAbandoning"],
        named: &["slow_upstream"],
        ..CALM
    },
    Incident {
        name: "upstream-timeouts",
        what: "an upstream that never answers; nginx gives up after 2 s",
        server: "proxy_read_timeout 2s;",
        plans: hanging,
        reaches: &[("NginxUpstreamTimeouts", "page")],
        inhibited: &["NginxGatewayErrors", "NginxAbandonmentOutage"],
        named: &["upstream_timeouts"],
        // The first leave before nginx gives up for the first time.
        also: &["slow_upstream"],
        ..CALM
    },
    Incident {
        name: "intermediary-timeout",
        what: "a balancer that cuts at 5 s, on all endpoints, 4 % of the requests",
        rate: 80.0,
        plans: |rate| {
            let cut = leaving_at_5s(rate * 0.02, EVERYWHERE);
            vec![readers(rate * 0.96), Plan { user_agent: APP, ..cut.clone() }, Plan { user_agent: BROWSER, ..cut }]
        },
        reaches: &[("TimeoutsMisaligned", "ticket")],
        inhibited: &["NginxTimeoutCliff", "NginxClientsAbandoning"],
        named: &["intermediary_timeout"],
        ..CALM
    },
    Incident {
        name: "aggressive-client-timeout",
        what: "one kind of client gives up at its default of 5 s, on its one endpoint",
        plans: |rate| {
            let app = leaving_at_5s(rate * 0.3, &["/api/orders?do=delay/9000"]);
            vec![readers(rate * 0.7), Plan { user_agent: APP, ..app }]
        },
        reaches: &[("NginxTimeoutCliff", "page")],
        inhibited: &["NginxAbandonmentOutage", "NginxClientsAbandoning"],
        named: &["aggressive_client_timeout"],
        ..CALM
    },
    Incident {
        name: "probe-noise",
        what: "a health probe with 300 ms of patience, a fifth of all requests",
        plans: |rate| (chosen("probe-noise")[0].plans)(rate),
        reaches: &[("NginxProbeNoise", "info")],
        named: &["probe_noise"],
        ..CALM
    },
    Incident {
        name: "network-disconnect",
        what: "resets after 60 ms from many addresses",
        plans: |rate| (chosen("network-disconnect")[0].plans)(rate),
        reaches: &[("NginxClientsCutOff", "page")],
        inhibited: &["NginxAbandonmentOutage", "NginxClientsAbandoning"],
        named: &["network_disconnect"],
        ..CALM
    },
    Incident {
        name: "connection-exhaustion",
        what: "more clients than nginx has connection slots",
        plans: |rate| (chosen("connection-exhaustion")[0].plans)(rate),
        reaches: &[("NginxConnectionsDropped", "page")],
        named: &["connection_exhaustion"],
        ..CALM
    },
    Incident {
        name: "slow-clients",
        what: "heads and uploads that never finish",
        server: "client_header_timeout 4s; client_body_timeout 4s;",
        plans: |rate| (chosen("slow-clients")[0].plans)(rate),
        reaches: &[("NginxSlowClients", "ticket")],
        named: &["slow_clients"],
        ..CALM
    },
    Incident {
        name: "connect-timeout",
        what: "a firewall swallows the SYNs to the upstream",
        server: "proxy_connect_timeout 2s;",
        prepare: swallow,
        plans: |rate| connecting(rate, "/swallowed/1"),
        reaches: &[("NginxUpstreamConnectTimeouts", "page")],
        inhibited: &["NginxGatewayErrors", "NginxAbandonmentOutage"],
        named: &["connect_timeout"],
        ..CALM
    },
    Incident {
        name: "conntrack-exhaustion",
        what: "the conntrack table is full",
        server: "proxy_connect_timeout 2s;",
        prepare: track_upstream,
        act: Act::FullTable,
        plans: |rate| connecting(rate, "/"),
        reaches: &[("ConntrackDropping", "page")],
        inhibited: &["NginxUpstreamConnectTimeouts", "NginxGatewayErrors", "ConntrackNearlyFull"],
        named: &["conntrack_exhaustion"],
        ..CALM
    },
    Incident {
        name: "accept-queue-overflow",
        what: "an upstream on this host whose accept queue is full",
        server: "proxy_connect_timeout 2s;",
        plans: |rate| connecting(rate, "/blackhole/1"),
        reaches: &[("AcceptQueueOverflowing", "page")],
        inhibited: &["NginxUpstreamConnectTimeouts", "NginxGatewayErrors"],
        named: &["accept_queue_overflow"],
        ..CALM
    },
    Incident {
        name: "upstream-down",
        what: "nobody listens where the upstream should be",
        plans: |rate| (chosen("upstream-down")[0].plans)(rate),
        reaches: &[("NginxUpstreamDown", "page")],
        inhibited: &["NginxGatewayErrors"],
        named: &["upstream_down"],
        ..CALM
    },
    Incident {
        name: "servers-marked-down",
        what: "both servers of an upstream refuse, and max_fails takes them out: no live upstreams",
        server: "location /gone/ { proxy_pass http://gone; }",
        http: "upstream gone { server 127.0.0.1:901 max_fails=1; server 127.0.0.1:903 max_fails=1; }",
        plans: |rate| connecting(rate, "/gone/1"),
        reaches: &[("NginxUpstreamDown", "page")],
        inhibited: &["NginxGatewayErrors"],
        named: &["upstream_down"],
        ..CALM
    },
    Incident {
        name: "closed-early",
        what: "an upstream that closes the connection under one request in ten, as a keep-alive race does",
        plans: |rate| vec![readers(rate * 0.9), plan("closed on", rate * 0.1, &["/account?do=close"])],
        reaches: &[("NginxGatewayErrors", "page")],
        ..CALM
    },
    Incident {
        name: "two-causes",
        what: "one upstream is down, and a third of the users of another is cut off at once",
        plans: |rate| {
            let cut_off = (chosen("network-disconnect")[0].plans)(rate * 0.7);
            cut_off.into_iter().chain([plan("refused", rate * 0.3, &["/down/1"])]).collect()
        },
        reaches: &[("NginxClientsCutOff", "page"), ("NginxUpstreamDown", "page")],
        inhibited: &["NginxGatewayErrors", "NginxAbandonmentOutage"],
        named: &["network_disconnect", "upstream_down"],
        ..CALM
    },
    Incident {
        name: "two-upstreams",
        what: "one upstream is down and another takes 8 s, on routes of one server",
        plans: |rate| {
            let slow = (chosen("slow-upstream")[0].plans)(rate * 0.7);
            slow.into_iter().chain([plan("refused", rate * 0.3, &["/down/1"])]).collect()
        },
        reaches: &[("NginxUpstreamDown", "page")],
        inhibited: &["NginxGatewayErrors", "NginxClientsImpatient"],
        named: &["slow_upstream", "upstream_down"],
        ..CALM
    },
    Incident {
        name: "keepalive-race",
        what: "an upstream closes kept connections just as nginx sends one POST in ten on them",
        server: "location /kept/ { proxy_pass http://kept; proxy_http_version 1.1; proxy_set_header Connection ''; }",
        http: "upstream kept { server UPSTREAM; keepalive 32; keepalive_timeout 45s; }",
        plans: |rate| {
            let orders = Plan { method: "POST", ..plan("orders", rate * 0.1, &["/kept/orders?do=close"]) };
            vec![plan("readers", rate * 0.9, &["/kept/", "/kept/cart", "/kept/account"]), orders]
        },
        reaches: &[("NginxGatewayErrors", "page")],
        named: &["keepalive_race"],
        ..CALM
    },
    Incident {
        name: "cuts-every-10s",
        what: "a proxy in front of nginx that restarts every 10 s",
        act: Act::Cuts(Duration::from_secs(10)),
        // It tells who the clients are.
        listen: " proxy_protocol",
        server: "set_real_ip_from 127.0.0.1; real_ip_header proxy_protocol;",
        plans: |rate| vec![readers(rate * 0.5), plan("wait", rate * 0.5, &["/api/report?do=delay/900"])],
        reaches: &[("NginxClientsCutOff", "ticket")],
        inhibited: &["NginxClientsAbandoning"],
        named: &["periodic_cuts"],
        // Until there are beats enough to be a rhythm: nine, as chance puts a fifth of the seconds on one.
        also: &["network_disconnect"],
        lasts: Duration::from_secs(125),
        evident: Duration::from_secs(95),
        resolution: "5s",
        ..CALM
    },
    Incident {
        name: "slow-and-full",
        what: "an upstream takes 8 s, and the conntrack table between nginx and another is full",
        server: "proxy_connect_timeout 2s;",
        prepare: track_upstream,
        act: Act::FullTable,
        plans: |rate| {
            let slow = plan("slow", rate * 0.5, &["/slow/1?do=delay/8000"]);
            let leaving = |ms| Plan { leaving: Leaving::After(Duration::from_millis(ms)), ..slow.clone() };
            let impatient = [1_300, 1_900, 2_700, 3_800].map(leaving);
            let each = impatient.map(|plan| Plan { rate: plan.rate / 4.0, ..plan });
            each.into_iter().chain(connecting(rate * 0.5, "/")).collect()
        },
        reaches: &[("ConntrackDropping", "page")],
        inhibited: &["NginxUpstreamConnectTimeouts", "NginxGatewayErrors", "ConntrackNearlyFull"],
        named: &["conntrack_exhaustion", "slow_upstream"],
        ..CALM
    },
    Incident {
        name: "one-of-two-down",
        what: "one of the two servers of an upstream is down, the other covers for it",
        server: "location /pair/ { proxy_pass http://pair; }",
        http: "upstream pair { server UPSTREAM; server 127.0.0.1:901 max_fails=0; }",
        plans: |rate| vec![plan("readers", rate, &["/pair/", "/pair/cart", "/pair/account"])],
        reaches: &[("NginxUpstreamDown", "ticket")],
        lasts: Duration::from_secs(110),
        named: &["upstream_down"],
        ..CALM
    },
];

const APP: &str = "okhttp/4.12.0";
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

const EVERYWHERE: &[&str] =
    &["/cart?do=delay/9000", "/account?do=delay/9000", "/api/search?do=delay/9000", "/api/orders?do=delay/9000"];

fn plan(name: &'static str, rate: f64, paths: &[&str]) -> Plan {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    Plan { name, rate, paths, visits: u64::MAX, ..Plan::default() }
}

fn readers(rate: f64) -> Plan {
    plan("readers", rate, &["/", "/cart", "/account"])
}

fn leaving_at_5s(rate: f64, paths: &[&str]) -> Plan {
    Plan { leaving: Leaving::After(Duration::from_secs(5)), ..plan("leave at 5 s", rate, paths) }
}

/// Half of them have more patience than nginx, a third less.
fn hanging(rate: f64) -> Vec<Plan> {
    let impatient = [1_000, 1_250, 1_550, 1_900].map(|ms| Plan {
        leaving: Leaving::After(Duration::from_millis(ms)),
        ..plan("impatient", rate * 0.3 / 4.0, &["/account?do=hang"])
    });
    let others = [plan("patient", rate * 0.5, &["/account?do=hang"]), readers(rate * 0.2)];
    others.into_iter().chain(impatient).collect()
}

fn connecting(rate: f64, path: &str) -> Vec<Plan> {
    let impatient = Leaving::After(Duration::from_millis(1_200));
    vec![
        plan("patient", rate * 0.3, &[path]),
        Plan { leaving: impatient, ..plan("impatient", rate * 0.2, &[path]) },
        readers(rate * 0.5),
    ]
}
