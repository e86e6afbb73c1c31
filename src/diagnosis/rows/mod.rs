//! The causes as one table, from the packet upwards: how each is judged, what it explains, what to do first.
//! A new cause is one row, its judge and a fixture. Does not know: in which order several causes are told.

mod client;
mod kernel;
mod nginx;
mod timer;
mod upstream;
mod waiting;

use super::case::{Case, Found, Look, Symptom};
use super::cause::Cause;

/// One cause.
pub(super) struct Row {
    pub(super) cause: Cause,
    pub(super) judge: fn(&Case<'_>) -> Option<Found>,
    /// What it is known by, in any stretch of time: one burst is no cause.
    pub(super) events: fn(&Look) -> u64,
    /// In how many stretches there have to be some.
    pub(super) stretches: usize,
    pub(super) explains: &'static [Symptom],
    /// What it would look like if it were not so.
    pub(super) otherwise: &'static str,
    pub(super) first_fix: &'static str,
    /// Below docs/runbooks.
    pub(super) runbook: &'static str,
}

/// A deploy of half a minute fills three stretches at most; what lasts into a fourth is no deploy.
const SUSTAINED: usize = 4;

pub(super) const ROWS: &[Row] = &[
    Row {
        cause: Cause::ConntrackExhaustion,
        judge: kernel::conntrack,
        events: kernel::conntrack_lost,
        stretches: 2,
        explains: &[Symptom::Connecting],
        otherwise: "the counters of `conntrack -S` stand still, and the table is far from nf_conntrack_max",
        first_fix: "Raise net.netfilter.nf_conntrack_max; then find what fills the table (`conntrack -L` by state), and \
                    shorten nf_conntrack_tcp_timeout_established or exempt trusted subnets (NOTRACK).",
        runbook: "ConntrackDropping",
    },
    Row {
        cause: Cause::AcceptQueueOverflow,
        judge: kernel::accept_queue,
        events: kernel::queue_overflows,
        stretches: 2,
        explains: &[Symptom::Connecting],
        otherwise: "Recv-Q of `ss -ltn` is far below Send-Q, and ListenOverflows stands still",
        first_fix: "Raise net.core.somaxconn and the application's own backlog (the smaller one counts), and find out why \
                    it accepts too slowly.",
        runbook: "AcceptQueueOverflowing",
    },
    Row {
        cause: Cause::WorkerDied,
        judge: nginx::worker_died,
        events: nginx::worker_deaths,
        stretches: 1,
        explains: &[],
        otherwise: "the error log has no `exited on signal`",
        first_fix: "Look up the signal in the error log: 11 is a bug in nginx or a module, 9 is the kernel short of memory.",
        runbook: "NginxWorkersDying",
    },
    Row {
        cause: Cause::ConnectionExhaustion,
        judge: nginx::connection_exhaustion,
        events: nginx::turned_away,
        stretches: 2,
        explains: &[Symptom::LeavingAtOnce, Symptom::Failing],
        otherwise: "accepts and handled of stub_status are equal, and the slots are not used up",
        first_fix: "Raise worker_connections (and worker_rlimit_nofile with it); then find what holds the slots: Writing is \
                    slow upstreams, Waiting is keepalive_timeout.",
        runbook: "NginxConnectionsDropped",
    },
    Row {
        cause: Cause::SlowClients,
        judge: nginx::slow_clients,
        events: nginx::slow_requests,
        stretches: SUSTAINED,
        explains: &[],
        otherwise: "Reading of stub_status is close to 0, and there are hardly any 408s",
        first_fix: "Bound them with client_header_timeout and client_body_timeout, and see whether it is one address or many.",
        runbook: "NginxSlowClients",
    },
    Row {
        cause: Cause::ConnectTimeout,
        judge: upstream::connect_timeout,
        events: Look::connect_timeouts,
        stretches: SUSTAINED,
        explains: &[Symptom::Connecting, Symptom::Failing],
        otherwise: "timeouts come after the connection was established (`while reading response header`)",
        first_fix: "Is the listener up and its accept queue free (`ss -ltn` there), is a firewall between? Meanwhile a \
                    proxy_connect_timeout of 5 s, so that the next server is tried sooner.",
        runbook: "NginxUpstreamConnectTimeouts",
    },
    Row {
        cause: Cause::UpstreamDown,
        judge: upstream::down,
        events: upstream::down_events,
        stretches: SUSTAINED,
        explains: &[Symptom::Failing],
        otherwise: "connections are established, and fail later",
        first_fix: "Start it; then see whether the upstream block has a second server.",
        runbook: "NginxUpstreamDown",
    },
    Row {
        cause: Cause::ServersMarkedDown,
        judge: upstream::marked_down,
        events: Look::no_live,
        stretches: SUSTAINED,
        explains: &[Symptom::Failing],
        otherwise: "no `no live upstreams` in the error log, or the servers do not answer by hand either",
        first_fix: "Fix what fails on one endpoint; meanwhile raise max_fails or set it to 0, so that a few failures do \
                    not take every server out.",
        runbook: "NginxUpstreamDown",
    },
    Row {
        cause: Cause::KeepaliveRace,
        judge: upstream::keepalive_race,
        events: upstream::races,
        stretches: SUSTAINED,
        explains: &[Symptom::Failing],
        otherwise: "the 502s come on new connections (a connect time above 0), or nearly all attempts fail",
        first_fix: "Let the upstream keep idle connections longer than nginx does: its keep-alive timeout above \
                    keepalive_timeout of the upstream block.",
        runbook: "NginxGatewayErrors",
    },
    Row {
        cause: Cause::UpstreamTimeouts,
        judge: waiting::upstream_timeouts,
        events: Look::answer_timeouts,
        stretches: SUSTAINED,
        explains: &[Symptom::Waiting, Symptom::Failing],
        otherwise: "timeouts come before the connection is established (`while connecting to upstream`)",
        first_fix: "Look at the application itself: threads, locks, its own database. It was connected to in time, so it is \
                    not the network.",
        runbook: "NginxUpstreamTimeouts",
    },
    Row {
        cause: Cause::PeriodicCuts,
        judge: timer::periodic_cuts,
        events: timer::left,
        stretches: SUSTAINED,
        explains: &[Symptom::LeavingAtOnce, Symptom::Waiting],
        otherwise: "the 499s come at all moments of the period",
        first_fix: "Find what restarts or reloads at this period in front of nginx: a proxy, a balancer, a job.",
        runbook: "NginxTimeoutCliff",
    },
    Row {
        cause: Cause::IntermediaryTimeout,
        judge: timer::intermediary,
        events: timer::left_long,
        stretches: SUSTAINED,
        explains: &[Symptom::Waiting],
        otherwise: "people leave after all kinds of times, or one kind of program does (`chain` in hangup's configuration \
                    tells which layer waits how long)",
        first_fix: "Raise that layer's idle timeout above nginx's, or lower nginx's below it: each outer layer has to wait \
                    longer than the next inner one.",
        runbook: "TimeoutsMisaligned",
    },
    Row {
        cause: Cause::AggressiveClientTimeout,
        judge: timer::aggressive_client,
        events: timer::left_long,
        stretches: SUSTAINED,
        explains: &[Symptom::Waiting],
        otherwise: "people leave after all kinds of times, or all kinds of programs leave after this one",
        first_fix: "Set that client's timeout above the time the endpoint may take, and let it back off when it retries.",
        runbook: "NginxTimeoutCliff",
    },
    Row {
        cause: Cause::SlowUpstream,
        judge: waiting::slow_upstream,
        events: waiting::slow,
        stretches: SUSTAINED,
        explains: &[],
        otherwise: "$upstream_response_time is as always while $request_time is long: then it is the client's side, or \
                    buffering",
        first_fix: "Fix the endpoint; meanwhile a lower proxy_read_timeout frees slots, with 504s instead of 499s.",
        runbook: "NginxClientsImpatient",
    },
    Row {
        cause: Cause::ProbeNoise,
        judge: client::probe_noise,
        events: client::probes,
        stretches: SUSTAINED,
        explains: &[Symptom::LeavingAtOnce],
        otherwise: "the 499s come from many addresses",
        first_fix: "Give the probe more patience or a cheaper endpoint; probes.agents and probes.addresses tell hangup who it \
                    is.",
        runbook: "NginxProbeNoise",
    },
    Row {
        cause: Cause::NetworkDisconnect,
        judge: client::network_disconnect,
        events: client::left_short,
        stretches: SUSTAINED,
        explains: &[],
        otherwise: "those who leave had waited a second or longer",
        first_fix: "Follow the path: firewall, load balancer, NIC; `ss -ti` shows retransmissions by peer.",
        runbook: "NginxClientsCutOff",
    },
    Row {
        cause: Cause::AdmissionRefused,
        judge: client::admission_refused,
        events: client::refused,
        stretches: SUSTAINED,
        explains: &[],
        otherwise: "an upstream sent the 503s",
        first_fix: "See which limit it is (limit_req, limit_conn, a maintenance page), and whether it is meant.",
        runbook: "NginxRequestsRefused",
    },
];
