//! Probes told from users: by what the agent calls itself, or by where it comes from.
//! Knows: the agents of common health checks. Does not know: what is counted apart for them.

use ipnet::IpNet;
use regex::bytes::RegexSet;
use std::net::IpAddr;

use super::labels::Agent;

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

/// What tells a probe.
#[derive(Debug, Clone)]
pub struct Probes {
    agents: RegexSet,
    networks: Vec<IpNet>,
}

impl Probes {
    /// Agents are regular expressions searched in the user agent without regard to case.
    pub fn new<S: AsRef<str>>(agents: &[S], networks: Vec<IpNet>) -> Result<Probes, regex::Error> {
        let any_case = agents.iter().map(|agent| format!("(?i){}", agent.as_ref()));
        Ok(Probes { agents: RegexSet::new(any_case)?, networks })
    }

    pub(super) fn agent(&self, user_agent: Option<&[u8]>, address: Option<IpAddr>) -> Agent {
        let by_name = user_agent.is_some_and(|text| self.agents.is_match(text));
        let by_address = address.is_some_and(|address| self.networks.iter().any(|net| net.contains(&address)));
        if by_name || by_address { Agent::Probe } else { Agent::User }
    }
}

impl Default for Probes {
    fn default() -> Self {
        Probes::new(PROBE_AGENTS, Vec::new()).expect("the patterns above are regular expressions")
    }
}
