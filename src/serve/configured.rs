//! What the metrics tell of the configuration, as one value: it is replaced together with the counts that belong to it.
//! Knows: which of it is shown. Does not know: how any of it is read.

use super::nginx_conf::nginx_conf;
use super::not_visible::not_visible;
use super::slo::slo;
use crate::config::Config;
use crate::diagnosis::NotVisible;
use crate::metrics::{NginxConf, Slo, Without};
use crate::record::Level;
use crate::tally::Normal;

#[derive(Debug, Default)]
pub(super) struct Configured {
    pub conf: NginxConf,
    /// Labels that families go without.
    pub without: Vec<Without>,
    /// Native histograms are offered.
    pub native_histograms: bool,
    /// Thresholds of the alerts.
    pub slo: Slo,
    /// What waits in front of nginx, the outermost first: its name, and how long in seconds.
    pub chain: Vec<(String, f64)>,
    /// What is normal for a server.
    pub normal: Vec<Normal>,
    /// The servers of each group of upstreams.
    pub groups: Vec<(String, Vec<String>)>,
    /// The least severe level of the error logs.
    pub error_level: Option<Level>,
    /// From here on a 499 is one of somebody who had waited.
    pub long_after_seconds: f64,
    /// What cannot be seen here, and what would show it.
    pub not_visible: Vec<NotVisible>,
}

impl Configured {
    pub(super) fn of(config: &Config) -> Configured {
        Configured {
            conf: nginx_conf(&config.nginx),
            without: without(config),
            native_histograms: config.native_histograms,
            slo: slo(&config.slo),
            normal: config.tally.normal.clone(),
            groups: config.nginx.groups.clone(),
            chain: config.chain.iter().map(|hop| (hop.name.clone(), hop.timeout.as_secs_f64())).collect(),
            error_level: config.least_error_level(),
            long_after_seconds: f64::from(config.tally.long_after_ms) / 1000.0,
            not_visible: not_visible(config),
        }
    }
}

/// The labels that families go without. What is no family or none of its labels is told, and changes nothing.
fn without(config: &Config) -> Vec<Without> {
    let named = config.without.iter().map(|pair| Without { family: pair.name.clone(), label: pair.value.clone() });
    let (known, unknown): (Vec<_>, Vec<_>) = named.partition(Without::is_known);
    for Without { family, label } in unknown {
        tracing::warn!(family, label, "metrics.without names no family that has this label");
    }
    known
}
