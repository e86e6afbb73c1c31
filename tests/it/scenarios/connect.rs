//! Upstreams that cannot be reached: silent, refusing, or all known to be down.

use hangup::demo::clients::plan::{Leaving, Plan};

use super::on_both;
use super::stage::{LONG, Troupe, of, proxied};
use crate::support::nginx::{Site, Version};

on_both!(a_handshake_is_never_answered, connections_are_refused, no_upstream_is_live);

fn a_handshake_is_never_answered(version: Version) {
    let troupe = Troupe::new();
    let hole = troupe.blackhole();
    let server = proxied("/search/", hole.addr, "proxy_connect_timeout 1s;") + &proxied("/cart/", hole.addr, "");
    let stage = troupe.stage(Site { version, server: &server, ..Site::default() }, &[("hole", hole.addr)], &[]);
    let patient = Plan { name: "patient", visits: 12, paths: vec!["/search/1".to_owned()], ..Plan::default() };
    let leaving = Leaving::After(LONG);
    let impatient = Plan {
        name: "impatient",
        visits: 6,
        method: "PUT",
        paths: vec!["/cart/1".to_owned()],
        leaving,
        ..Plan::default()
    };
    let run = stage.visit(&[patient, impatient]);
    let (timed_out, left) = (of(&run, "patient").completed[&504], of(&run, "impatient").left_waiting);
    assert_eq!((timed_out, left), (12, 6), "{run:#?}");
    stage.expect(&[
        ("requests search GET 504", timed_out),
        ("requests cart PUT 499", left),
        ("outcomes search timeout", timed_out),
        ("outcomes cart abandoned", left),
        ("gave up search gateway connect 504", timed_out),
        ("gave up cart client connect 499", left),
        ("abandoned cart PUT long user", left),
        ("tries hole 504", timed_out),
        ("tries hole none", left),
        ("responses hole timeout", timed_out),
        ("responses hole abandoned", left),
        ("timeouts hole connect", timed_out),
        ("clients closed_connecting", left),
    ]);
}

fn connections_are_refused(version: Version) {
    let troupe = Troupe::new();
    let (_bound, nobody) = troupe.refusing();
    let server = proxied("/", nobody, "");
    let stage = troupe.stage(Site { version, server: &server, ..Site::default() }, &[("nobody", nobody)], &[]);
    let plan =
        Plan { name: "all", visits: 25, paths: vec!["/cart/1".to_owned(), "/search/1".to_owned()], ..Plan::default() };
    let run = stage.visit(&[plan]);
    let refused = of(&run, "all").completed[&502];
    assert_eq!(refused, 25, "{run:#?}");
    stage.expect(&[
        ("requests cart GET 502", 13),
        ("requests search GET 502", 12),
        ("outcomes cart error", 13),
        ("outcomes search error", 12),
        ("gave up cart upstream connect 502", 13),
        ("gave up search upstream connect 502", 12),
        ("tries nobody 502", refused),
        ("responses nobody error", refused),
        ("failures nobody refused", refused),
    ]);
}

fn no_upstream_is_live(version: Version) {
    let troupe = Troupe::new();
    let ((_a, a), (_b, b)) = (troupe.refusing(), troupe.refusing());
    // In a zone, so that both workers know what one of them found out.
    let group = format!("upstream pair {{ zone pair 64k; server {a} fail_timeout=1h; server {b} fail_timeout=1h; }}");
    let site = Site { version, http: &group, server: "location / { proxy_pass http://pair; }", ..Site::default() };
    let stage = troupe.stage(site, &[("a", a), ("b", b)], &[]);
    let plan = |name, visits| Plan { name, visits, paths: vec!["/cart/1".to_owned()], ..Plan::default() };
    let first = stage.visit(&[plan("first", 1)]);
    let others = stage.visit(&[plan("others", 20)]);
    let (first, others) = (of(&first, "first").completed[&502], of(&others, "others").completed[&502]);
    assert_eq!((first, others), (1, 20));
    stage.expect(&[
        ("requests cart GET 502", first + others),
        ("outcomes cart error", first + others),
        ("gave up cart upstream connect 502", first + others),
        ("tries a 502", first),
        ("tries b 502", first),
        ("tries pair 502", others),
        ("responses a error", first),
        ("responses b error", first),
        ("responses pair error", others),
        ("failures a refused", first),
        ("failures b refused", first),
        ("failures a temporarily_disabled", first),
        ("failures b temporarily_disabled", first),
        ("failures pair no_live", others),
    ]);
}
