//! Names: who gets in, who does not, and what it costs.

use super::{add, get, rows, with};
use crate::record::{Record, testing};
use crate::tally::interner::{Admission, Interner, OTHER};
use crate::tally::{Options, RoutePattern};

fn see(names: &mut Interner, name: &str, times: usize) -> u16 {
    (0..times).map(|_| names.intern(name.as_bytes())).last().unwrap_or(OTHER)
}

#[test]
fn a_name_must_be_seen_often_enough() {
    let mut names = Interner::new(Admission { limit: 8, threshold: 10 });
    assert_eq!(see(&mut names, "/a", 9), OTHER);
    assert_ne!(see(&mut names, "/a", 1), OTHER);
    assert_eq!(names.limit_hits(), 0, "waiting for the first sightings is no limit");
    assert_eq!(see(&mut names, "/b", 9), OTHER);
    let known = names.register("/c");
    assert_eq!(see(&mut names, "/c", 1), known, "a configured name waits for nothing");
}

#[test]
fn the_last_places_are_dear() {
    let mut names = Interner::new(Admission { limit: 4, threshold: 2 });
    for (name, times) in [("/a", 2), ("/b", 20), ("/c", 200), ("/d", 2000)] {
        assert_eq!(see(&mut names, name, times - 1), OTHER, "{name} too early");
        assert_ne!(see(&mut names, name, 1), OTHER, "{name} at {times}");
    }
    let hits = names.limit_hits();
    assert_eq!(see(&mut names, "/e", 1_000_000), OTHER);
    assert_eq!(names.limit_hits(), hits + 1_000_000);
}

#[test]
fn junk_is_no_name() {
    let mut names = Interner::new(Admission { limit: 8, threshold: 1 });
    let long = "x".repeat(129);
    for junk in ["", "a b", "a\nb", "a\u{7f}", &long] {
        assert_eq!(names.intern(junk.as_bytes()), OTHER, "{junk:?}");
    }
    assert_eq!(names.intern(b"\xff\xfe"), OTHER);
    assert_ne!(names.intern("x".repeat(128).as_bytes()), OTHER);
}

#[test]
fn a_flood_of_paths_takes_no_place_of_real_routes() {
    let (mut tally, site) = with(Options::default());
    let real: Vec<String> = (0..20).map(|at| format!("/real/{}", (b'a' + at as u8) as char)).collect();
    let mut counts = [0_u64; 20];
    for at in 0..1_000_000_u64 {
        // Letters only, so that folding does not hide the flood.
        let word: String = (0..6).map(|digit| (b'g' + (at / 20_u64.pow(digit) % 20) as u8) as char).collect();
        let path = format!("/{word}");
        add(&mut tally, &get(&path, 200, 1), site);
        if at % 50 == 0 {
            let turn = (at / 50 % 20) as usize;
            add(&mut tally, &get(&real[turn], 200, 1), site);
            counts[turn] += 1;
        }
    }
    let of_route = |route: &str| tally.requests().filter(|row| row.route == route).map(|row| row.count).sum::<u64>();
    for (route, sent) in real.iter().zip(counts) {
        let counted = of_route(route);
        assert!(counted > sent / 2, "{route}: {counted} of {sent} under its own name");
    }
    let total: u64 = tally.requests().map(|row| row.count).sum();
    assert_eq!(total, 1_000_000 + counts.iter().sum::<u64>(), "every request once");
    let routes: std::collections::HashSet<_> = tally.requests().map(|row| row.route.to_owned()).collect();
    assert!(routes.len() <= 65, "{} routes", routes.len());
    assert!(tally.limit_hits().any(|(label, hits)| label == "route" && hits > 0));
}

#[test]
fn not_found_earns_no_route() {
    let (mut tally, site) = with(Options::default());
    for status in [400, 403, 404, 405, 444] {
        (0..100).for_each(|_| add(&mut tally, &get("/wp-login.php", status, 1), site));
    }
    assert!(tally.requests().all(|row| row.route == "other"));
    (0..10).for_each(|_| add(&mut tally, &get("/real", 200, 1), site));
    add(&mut tally, &get("/real", 404, 1), site);
    assert!(
        tally.requests().any(|row| (row.route, row.status, row.count) == ("/real", "404", 1)),
        "a real route keeps its 404s"
    );
}

#[test]
fn patterns_come_first() {
    let pattern = |regex, name| RoutePattern::new(regex, name).expect("a regular expression");
    let route_patterns = vec![pattern("^/api/", "api"), pattern("^/api/v1/", "never"), pattern("[.]php$", "php")];
    let (mut tally, site) = with(Options { route_patterns, ..Options::default() });
    for path in ["/api/v1/users/7", "/x.php", "/rare"] {
        add(&mut tally, &get(path, 200, 1), site);
    }
    let seen: Vec<_> = tally.requests().filter(|row| row.count > 0).map(|row| row.route).collect();
    assert_eq!(seen, ["api", "php", "other"]);
    assert!(tally.requests().any(|row| row.route == "never" && row.count == 0), "a configured route exists at 0");
}

#[test]
fn servers_and_upstreams_are_bounded_too() {
    let (mut tally, site) = with(Options::default());
    for at in 0..10_000 {
        let host = format!("h{at}.example");
        let attempts = format!("10.0.{}.{}:80|200", at / 256, at % 256);
        let record = testing::tried(get("/", 200, 1), &attempts);
        add(&mut tally, &Record { server: Some(host.as_bytes()), ..record }, site);
    }
    let hits: Vec<_> = tally.limit_hits().filter(|(_, hits)| *hits > 0).map(|(label, _)| label).collect();
    assert_eq!(hits, ["server", "upstream"]);
    assert!(rows(&tally).len() < 5_000, "{} rows", rows(&tally).len());
    let tries: u64 = tally.upstream_tries().map(|row| row.count).sum();
    assert_eq!(tries, 10_000);
}
