//! S26 with a measured figure: connect timeouts against the round trips to the upstreams, as the kernel measures them.
//! Does not know: how the kernel is asked.

use std::time::Duration;

use crate::config::discover::timeouts::Timeout;
use crate::config::{Config, Finding, Weight};
use crate::poll::{UpstreamPath, upstream_paths};

/// A handshake takes one round trip, and one more for each packet that is lost on the way.
const ROUND_TRIPS: u32 = 3;

/// Where nginx waits for a handshake shorter than the way to an upstream bears. Nothing where nothing could be measured.
pub(super) fn findings(config: &Config) -> Vec<Finding> {
    compared(&config.nginx.timeouts, &upstream_paths(&config.poll))
}

fn compared(timeouts: &[Timeout], paths: &[UpstreamPath]) -> Vec<Finding> {
    let connecting = || timeouts.iter().filter(|timeout| timeout.directive.ends_with("_connect_timeout"));
    let measured = paths.iter().filter_map(|path| Some((path, Duration::from_secs_f64(path.round_trip_seconds?))));
    let short = measured.flat_map(|(path, round_trip)| {
        let shorter = connecting().filter(move |timeout| timeout.value < round_trip * ROUND_TRIPS);
        shorter.map(move |timeout| finding(timeout, path, round_trip))
    });
    short.collect()
}

fn finding(timeout: &Timeout, path: &UpstreamPath, round_trip: Duration) -> Finding {
    let Timeout { directive, server, value, origin, .. } = timeout;
    let text = format!(
        "{directive} is {value:?} (server {server}), and a round trip to {} takes {:.1?} (measured on {} connections): \
         below {ROUND_TRIPS} round trips one lost packet fails a handshake; write `{directive} 5s;`",
        path.upstream, round_trip, path.connections
    );
    Finding::new(Weight::Advice, Some(origin.clone()), text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Origin;

    #[test]
    fn a_connect_timeout_bears_three_round_trips() {
        let timeout = |directive, ms| Timeout {
            directive,
            server: "shop".to_owned(),
            location: None,
            value: Duration::from_millis(ms),
            origin: Origin::Default,
        };
        let path = |text: &str, round_trip_seconds| UpstreamPath {
            upstream: text.parse().expect("an address"),
            connections: 4,
            round_trip_seconds,
            idle_seconds: None,
            sent_segments: 0,
            retransmitted_segments: 0,
            unanswered_syns: 0,
        };
        let timeouts = [timeout("proxy_connect_timeout", 500), timeout("proxy_read_timeout", 100)];
        let paths = [path("10.0.0.2:80", Some(0.1)), path("10.9.0.2:80", Some(0.2)), path("10.9.0.3:80", None)];
        let texts: Vec<String> = compared(&timeouts, &paths).into_iter().map(|finding| finding.text).collect();
        assert_eq!(texts.len(), 1, "{texts:?}");
        assert!(texts[0].contains("round trip to 10.9.0.2:80 takes 200.0ms (measured on 4 connections)"), "{texts:?}");
    }
}
