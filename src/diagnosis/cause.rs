//! The causes by their ids, which stand in metrics, the API and the report. Does not know: their evidence.

use serde::{Deserialize, Serialize};

use crate::record::labels;

labels! {
    /// From the packet upwards: what stands first can explain what stands below it, never the other way round.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    Cause {
        ConntrackExhaustion = "conntrack_exhaustion",
        AcceptQueueOverflow = "accept_queue_overflow",
        WorkerDied = "worker_died",
        ConnectionExhaustion = "connection_exhaustion",
        SlowClients = "slow_clients",
        ConnectTimeout = "connect_timeout",
        UpstreamDown = "upstream_down",
        ServersMarkedDown = "servers_marked_down",
        KeepaliveRace = "keepalive_race",
        UpstreamTimeouts = "upstream_timeouts",
        PeriodicCuts = "periodic_cuts",
        IntermediaryTimeout = "intermediary_timeout",
        AggressiveClientTimeout = "aggressive_client_timeout",
        SlowUpstream = "slow_upstream",
        ProbeNoise = "probe_noise",
        NetworkDisconnect = "network_disconnect",
        AdmissionRefused = "admission_refused",
    }
}

labels! {
    /// How sure a cause is.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    Confidence {
        /// Some of what would decide it is not visible here.
        Possible = "possible",
        /// Times and shares say so.
        Likely = "likely",
        /// The kernel's counters or the proxy's own words say so.
        Certain = "certain",
    }
}

impl Cause {
    /// What happens to the whole host, not to one server of it.
    pub fn is_of_host(self) -> bool {
        self <= Cause::SlowClients
    }

    /// Nobody is harmed by it, or somebody wanted it so.
    pub fn is_harmless(self) -> bool {
        matches!(self, Cause::ProbeNoise | Cause::AdmissionRefused)
    }
}
