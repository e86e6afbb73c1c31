//! What the diagnosis is told of the configuration and of the ways to upstreams. Knows: both rooms' words.
//! Does not know: what follows from it.

use std::collections::BTreeMap;

use super::shared::Counted;
use crate::diagnosis::{Facts, Path, Timeouts};
use crate::metrics::NginxConf;
use crate::poll::Readings;

/// Of what is configured and seen now.
pub(super) fn facts(counted: &Counted, readings: &Readings) -> Facts {
    let conf = &counted.configured.conf;
    Facts {
        long_after_seconds: counted.configured.long_after_seconds,
        timeouts: timeouts(conf),
        slots: conf.connections_limit,
        visible: counted.visible.clone(),
        error_log: counted.configured.error_level.is_some(),
        keepalives: conf.keepalives.iter().cloned().collect(),
        chain: counted.configured.chain.clone(),
        normal: counted.configured.normal.clone(),
        paths: paths(readings),
        groups: counted.configured.groups.iter().cloned().collect(),
    }
}

/// By server; of a server's upstreams the longest.
fn timeouts(conf: &NginxConf) -> BTreeMap<String, Timeouts> {
    let mut timeouts: BTreeMap<String, Timeouts> = BTreeMap::new();
    for timeout in conf.timeouts.iter().filter(|timeout| timeout.location.is_none()) {
        let own = timeouts.entry(timeout.server.clone()).or_default();
        let place = match &*timeout.directive {
            directive if directive.ends_with("_read_timeout") => &mut own.read,
            directive if directive.ends_with("_connect_timeout") => &mut own.connect,
            _ => continue,
        };
        *place = Some(place.map_or(timeout.seconds, |held| held.max(timeout.seconds)));
    }
    timeouts
}

fn paths(readings: &Readings) -> BTreeMap<String, Path> {
    let paths =
        readings.upstream_paths.iter().flatten().map(|path| {
            (path.upstream.to_string(), Path { round_trip: path.round_trip_seconds, idle: path.idle_seconds })
        });
    paths.collect()
}
