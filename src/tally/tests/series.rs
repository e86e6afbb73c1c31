//! The one bound on series, and who gets series of its own below it.

use std::collections::BTreeMap;

use crate::record::{Column, Record, Sight, Status};
use crate::tally::{Admission, Histogram, Options, RoutePattern, SeriesLimit, ServerId, Tally};
use crate::verdict;

const HOUR_MS: i64 = 3_600_000;
const SEEN: Sight = Sight::of(&[Column::Duration]);

fn tally(servers: usize, series: usize) -> Tally {
    Tally::new(Options {
        known_servers: (0..servers).map(|at| (format!("v{at}"), SEEN)).collect(),
        series: SeriesLimit { series, ..SeriesLimit::DEFAULT },
        ..Options::default()
    })
}

fn add(tally: &mut Tally, server: &str, method: &str, path: &str, status: u16, now_ms: i64) {
    let record = Record {
        status: Some(Status::Code(status)),
        method: method.as_bytes(),
        path: path.as_bytes(),
        server: Some(server.as_bytes()),
        duration: Some(u32::from(status) * 7),
        ..Record::default()
    };
    tally.add_request(&record, &verdict::judge(&record), ServerId(0), now_ms);
}

fn times(times: usize, mut act: impl FnMut()) {
    (0..times).for_each(|_| act());
}

/// Series by server and route, and their requests.
fn routes(tally: &Tally) -> BTreeMap<(String, String), u64> {
    let mut routes = BTreeMap::new();
    for row in tally.requests() {
        *routes.entry((row.server.to_owned(), row.route.to_owned())).or_default() += row.count;
    }
    routes
}

fn requests(tally: &Tally) -> u64 {
    tally.requests().map(|row| row.count).sum()
}

fn has(tally: &Tally, server: &str, route: &str) -> bool {
    routes(tally).contains_key(&(server.to_owned(), route.to_owned()))
}

/// As an exposition counts them.
fn series(tally: &Tally) -> usize {
    let buckets = |histogram: &Histogram| histogram.counts().len() + 2;
    tally.requests().count()
        + tally.gave_up().count()
        + tally.abandoned().count()
        + tally.durations_in_buckets().map(|row| buckets(&row.1)).sum::<usize>()
}

#[test]
fn redirects_and_refusals_make_no_route_and_failures_none_on_another_server() {
    let mut tally = tally(2, 20_000);
    for status in [301, 302, 308, 401, 403, 404] {
        times(100, || add(&mut tally, "v0", "GET", "/secret", status, 0));
    }
    assert!(!has(&tally, "v0", "/secret"));
    times(10, || add(&mut tally, "v0", "GET", "/orders", 200, 0));
    times(10, || add(&mut tally, "v0", "GET", "/broken", 504, 0));
    assert!(has(&tally, "v0", "/orders") && has(&tally, "v0", "/broken"), "a route that only fails is one");
    for status in [301, 401, 404, 499, 500, 504] {
        times(100, || add(&mut tally, "v1", "GET", "/orders", status, 0));
    }
    assert!(!has(&tally, "v1", "/orders"));
    add(&mut tally, "v1", "GET", "/orders", 200, 0);
    assert!(has(&tally, "v1", "/orders"));
    assert_eq!(requests(&tally), 600 + 10 + 10 + 600 + 1);
}

/// 64 routes, each asked with ten methods on each of 32 servers, all ending in four statuses.
#[test]
fn a_product_of_labels_stays_below_the_bound_and_nothing_is_lost() {
    let mut tally = tally(32, 20_000);
    let routes: Vec<String> =
        (0..64).map(|at| format!("/r{}{}", (b'a' + at / 26) as char, (b'a' + at % 26) as char)).collect();
    let mut added = 0;
    for (at, route) in routes.iter().enumerate() {
        let often = 10 * 10_usize.pow(at as u32 * 4 / 64) + 5;
        times(often, || add(&mut tally, "v0", "GET", route, 200, 0));
        added += often;
    }
    for server in 0..32 {
        for route in &routes {
            for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "FOO"] {
                for status in [200, 404, 499, 504] {
                    add(&mut tally, &format!("v{server}"), method, route, status, 0);
                    added += 1;
                }
            }
        }
    }
    assert_eq!(requests(&tally), added as u64);
    let durations: u64 = tally.durations().map(|row| row.histogram.count()).sum();
    assert_eq!(durations, added as u64);
    let abandoned: u64 = tally.abandoned().map(|row| row.count).sum();
    assert_eq!(abandoned, 32 * 64 * 10);
    assert!(series(&tally) < 15_000, "{}", series(&tally));
    let hits: BTreeMap<_, _> = tally.limit_hits().collect();
    assert!(hits["route"] > 0 && hits["method"] + hits["status"] > 0, "{hits:?}");
}

#[test]
fn configured_routes_of_many_servers_keep_to_the_bound() {
    let patterns = (0..100).map(|at| RoutePattern::new(&format!("^/p{at}/"), &format!("/p{at}")).unwrap());
    let tally = Tally::new(Options {
        known_servers: (0..32).map(|at| (format!("v{at}"), SEEN)).collect(),
        route_patterns: patterns.collect(),
        ..Options::default()
    });
    assert!(series(&tally) < 10_000, "{}", series(&tally));
}

/// Strangers take every place; an hour after they have left, who comes now gets one.
#[test]
fn places_are_earned_back_and_no_counter_steps_back() {
    let places = Admission { limit: 8, threshold: 10 };
    let mut tally = Tally::new(Options {
        known_servers: vec![("v0".to_owned(), SEEN)],
        servers: places,
        routes: places,
        ..Options::default()
    });
    let mut added = 0;
    for squatter in 0..8_u8 {
        let name = format!("evil-{}", (b'a' + squatter) as char);
        times(11_000, || add(&mut tally, &name, "GET", &format!("/{name}"), 200, 0));
        added += 11_000;
    }
    assert!(has(&tally, "evil-a", "/evil-a"));
    let mut before = routes(&tally);
    for step in 1..=30 {
        let now_ms = step * HOUR_MS / 10;
        times(400, || add(&mut tally, "shop", "GET", "/orders", 200, now_ms));
        added += 400;
        let after = routes(&tally);
        let stepped_back = before.iter().filter(|(name, count)| after.get(*name).is_some_and(|now| now < *count));
        assert_eq!(stepped_back.count(), 0, "{before:?} {after:?}");
        before = after;
    }
    assert!(has(&tally, "shop", "/orders"), "{:?}", routes(&tally));
    assert!(!has(&tally, "evil-a", "/evil-a"));
    assert!(tally.ended_requests() > 0);
    assert_eq!(requests(&tally) + tally.ended_requests(), added);
    let saved = tally.snapshot().clone();
    let again = Tally::restore(Options { servers: places, routes: places, ..Options::default() }, &saved).0;
    assert_eq!((routes(&again), again.ended_requests()), (routes(&tally), tally.ended_requests()));
}

/// What is busy stays, however many ask for its place.
#[test]
fn a_busy_place_is_not_given_up() {
    let places = Admission { limit: 2, threshold: 10 };
    let mut tally = Tally::new(Options { servers: places, ..Options::default() });
    for step in 0..20_000 {
        for name in ["shop", "blog", "late"] {
            add(&mut tally, name, "GET", "/", 200, step * HOUR_MS / 4_000);
        }
    }
    let servers: Vec<String> = routes(&tally).into_keys().map(|(server, _)| server).collect();
    assert!(servers.contains(&"shop".to_owned()) && servers.contains(&"blog".to_owned()), "{servers:?}");
    assert!(!servers.contains(&"late".to_owned()), "{servers:?}");
    assert_eq!(tally.ended_requests(), 0);
}

#[test]
fn histograms_by_route_may_have_fewer_buckets() {
    let options = Options {
        route_bounds_ms: Some(vec![100, 10_000]),
        known_servers: vec![("v0".to_owned(), SEEN)],
        ..Options::default()
    };
    let mut tally = Tally::new(options);
    times(20, || add(&mut tally, "v0", "GET", "/orders", 200, 0));
    let shown = |route: &str| {
        let (_, histogram) =
            tally.durations_in_buckets().find(|(row, _)| row.route == route && row.histogram.count() > 0).unwrap();
        (histogram.bounds_seconds().collect::<Vec<_>>(), histogram.counts(), histogram.sum_seconds())
    };
    // The patience is always a bound.
    assert_eq!(shown("/orders"), (vec![0.1, 1.0, 10.0], vec![0, 0, 11, 0], 15.4));
    assert_eq!(shown("other").0.len(), 20);
}
