//! Probes told from users: by what the agent calls itself, or by where it comes from.
//! Knows: the agents of common health checks. Does not know: what is counted apart for them.

use ipnet::IpNet;
use regex::bytes::RegexSet;
use std::sync::LazyLock;

use super::hash_cache::HashCache;
use super::labels::Agent;
use super::sources::Source;

/// Health checks by the name they give themselves (anywhere in the user agent, any case).
pub const PROBE_AGENTS: &[&str] = &[
    "kube-probe/",
    "ELB-HealthChecker/",
    "GoogleHC/",
    "Google-Cloud-Scheduler",
    "Prometheus/",
    "Blackbox[ -]Exporter",
    "HAProxy",
    "Envoy/HC",
    "Consul Health Check",
    "Amazon-Route53-Health-Check",
    "Azure Traffic Manager",
    "Load ?Balancer Agent",
    "Edge Health Probe",
    "Cloudflare-(Healthchecks|Traffic-Manager)/",
    "Traefik.*health",
    "UptimeRobot/",
    "Uptime-Kuma/",
    "Better ?(Uptime|Stack)",
    "Pingdom",
    "StatusCake",
    "Site24x7",
    "DatadogSynthetics",
    "NewRelicPinger/",
    "check_http/",
    "Zabbix",
    "updown\\.io",
    "(docker|compose|container)-?health-?check",
];

/// `PROBE_AGENTS` compiled: a constant that cannot be computed at compile time. It takes some milliseconds, which
/// start-up and every part of a report would pay again.
static USUAL: LazyLock<RegexSet> =
    LazyLock::new(|| any_case(PROBE_AGENTS).expect("the patterns above are regular expressions"));

fn any_case<S: AsRef<str>>(agents: &[S]) -> Result<RegexSet, regex::Error> {
    RegexSet::new(agents.iter().map(|agent| format!("(?i){}", agent.as_ref())))
}

/// Names of user agents remembered: some versions of some programs make up nearly all requests, and every request is
/// asked about, where one search costs thousands of instructions.
const REMEMBERED_NAMES: usize = 4096;

/// What tells a probe.
#[derive(Debug, Clone)]
pub struct Probes {
    agents: RegexSet,
    networks: Vec<IpNet>,
    /// Whether a user agent names itself a probe.
    remembered: HashCache<REMEMBERED_NAMES>,
}

impl Probes {
    /// Agents are regular expressions searched in the user agent without regard to case.
    pub fn new<S: AsRef<str>>(agents: &[S], networks: Vec<IpNet>) -> Result<Probes, regex::Error> {
        let usual = agents.iter().map(AsRef::as_ref).eq(PROBE_AGENTS.iter().copied());
        let agents = if usual { USUAL.clone() } else { any_case(agents)? };
        Ok(Probes { agents, networks, remembered: HashCache::default() })
    }

    /// Who asks, by the name and the address that the log has.
    #[inline]
    pub(super) fn agent(&mut self, user_agent: Option<&[u8]>, client: Option<&[u8]>) -> Agent {
        let by_name = user_agent.is_some_and(|name| self.names_a_probe(name));
        if by_name || client.is_some_and(|client| self.is_in_a_network(client)) { Agent::Probe } else { Agent::User }
    }

    fn is_in_a_network(&self, client: &[u8]) -> bool {
        let address = || Source::parse(client)?.address();
        !self.networks.is_empty() && address().is_some_and(|at| self.networks.iter().any(|net| net.contains(&at)))
    }

    fn names_a_probe(&mut self, name: &[u8]) -> bool {
        let hash = self.remembered.hash(name);
        let told = self.remembered.get(hash).unwrap_or_else(|| {
            let told = u16::from(self.agents.is_match(name));
            self.remembered.set(hash, told);
            told
        });
        told != 0
    }
}

impl Default for Probes {
    fn default() -> Self {
        Probes { agents: USUAL.clone(), networks: Vec::new(), remembered: HashCache::default() }
    }
}
