//! Families of the diagnosis. Knows: that every cause of every server is there, holding or not. Does not know: why.

use std::collections::BTreeSet;

use super::family::{Family, gauge};
use crate::diagnosis::Cause;

/// What the diagnosis said last.
#[derive(Debug, Clone, Default)]
pub struct Diagnosed {
    /// The servers that are told apart.
    pub servers: Vec<String>,
    /// What holds, by server; of the whole host, under the empty name.
    pub holds: BTreeSet<(String, Cause)>,
    pub evidence: Vec<EvidenceSample>,
}

/// One piece of evidence of a cause that holds.
#[derive(Debug, Clone, PartialEq)]
pub struct EvidenceSample {
    pub server: String,
    pub cause: Cause,
    pub signal: String,
    pub value: f64,
}

pub(super) const FAMILIES: &[Family] = &[
    gauge(
        "hangup_diagnosis",
        &["server", "cause"],
        "Whether a cause holds (1), by the last minute or the last five; without a server: anywhere on this host.",
        |scrape, out| {
            let Some(diagnosed) = &scrape.diagnosed else { return };
            for server in [""].into_iter().chain(diagnosed.servers.iter().map(|server| &**server)) {
                for cause in Cause::ALL {
                    let holds = diagnosed.holds.contains(&(server.to_owned(), cause));
                    out.integer(&[server, cause.as_str()], holds.into());
                }
            }
        },
    ),
    gauge(
        "hangup_diagnosis_evidence",
        &["server", "cause", "signal"],
        "The evidence of the causes that hold, each piece in its own unit (see /api/v1/diagnosis); absent for all others.",
        |scrape, out| {
            for piece in scrape.diagnosed.iter().flat_map(|diagnosed| &diagnosed.evidence) {
                out.float(&[&piece.server, piece.cause.as_str(), &piece.signal], piece.value);
            }
        },
    ),
];
