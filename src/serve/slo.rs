//! What the metrics tell of the thresholds that are set. Knows: both rooms' words. Does not know: any threshold.

use crate::config;
use crate::metrics::{Slo, Threshold};

pub(super) fn slo(set: &config::Slo) -> Slo {
    Slo {
        abandoned_ticket: thresholds(&set.abandoned_ticket),
        abandoned_page: thresholds(&set.abandoned_page),
        gateway_errors_page: thresholds(&set.gateway_errors_page),
    }
}

fn thresholds(set: &[config::Threshold]) -> Vec<Threshold> {
    let threshold =
        |one: &config::Threshold| Threshold { server: one.server.clone(), route: one.route.clone(), ratio: one.ratio };
    set.iter().map(threshold).collect()
}
