//! Families of clients that leave: what it costs the upstreams, how long they wait, at which beat they are cut, and how
//! early they tell of an incident. Knows: their names. Does not know: how any of it is estimated.

use super::family::{Family, Summary, counter, gauge, summary};
use crate::tally::PATIENCE_QUANTILES;

pub(super) const FAMILIES: &[Family] = &[
    counter(
        "hangup_upstream_wasted_seconds_total",
        &["server", "route", "upstream", "method_class"],
        "Time that upstreams worked for clients that had left before the response (499), all tries together; unsafe: methods that may have had effects.",
        |scrape, out| {
            for row in scrape.tally.wasted() {
                out.float(&[row.server, row.route, row.upstream, row.method_class.as_str()], row.seconds);
            }
        },
    ),
    summary(
        "hangup_http_patience_seconds",
        &["server"],
        "When 5, 25 and 50 % of the users would have left had nobody been answered (Kaplan-Meier, all requests counted); count and sum are of those who left. Absent below 30 of them.",
        |scrape, out| {
            for row in scrape.tally.patience() {
                let told = PATIENCE_QUANTILES.into_iter().zip(row.seconds);
                let quantiles = told.filter_map(|(share, seconds)| Some((share, seconds?))).collect();
                out.summary(&[row.server], &Summary { quantiles, sum: row.departures_seconds, count: row.departures });
            }
        },
    ),
    gauge(
        "hangup_http_abandoned_lead_seconds",
        &["server"],
        "In the incident that is going on, or the last one: how long before 502 and 504 rose above 1 % the 499s of users did; negative where the errors came first.",
        |scrape, out| {
            for row in scrape.tally.leads(scrape.now_ms) {
                if let Some(seconds) = row.seconds {
                    out.float(&[row.server], seconds);
                }
            }
        },
    ),
    gauge(
        "hangup_http_abandoned_period_seconds",
        &["server"],
        "The period of the clock at which users of the last half hour left, as they do where something in front of nginx restarts or cuts; absent where none stands out.",
        |scrape, out| {
            for row in scrape.tally.periodic_cuts(scrape.now_ms) {
                if let Some(seconds) = row.seconds {
                    out.float(&[row.server], seconds);
                }
            }
        },
    ),
    gauge(
        "hangup_http_abandoned_period_ratio",
        &["server"],
        "Share of the last half hour's 499s of users that fell on the beat of that period; 0 where none stands out.",
        |scrape, out| {
            for row in scrape.tally.periodic_cuts(scrape.now_ms) {
                out.float(&[row.server], row.ratio);
            }
        },
    ),
];
