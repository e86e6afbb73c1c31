//! An upstream that takes too long: for its clients (499), or for nginx (504, and silence in mid-body).

use hangup::demo::clients::plan::{Leaving, Parting, Plan};

use super::on_both;
use super::stage::{LONG, Troupe, of, proxied};
use crate::support::nginx::{Site, Version};

on_both!(clients_leave_after_a_long_wait, nginx_leaves_after_its_read_timeout);

fn clients_leave_after_a_long_wait(version: Version) {
    let troupe = Troupe::new();
    let shop = troupe.upstream();
    let server = proxied("/", shop.addr, "");
    let stage = troupe.stage(Site { version, server: &server, ..Site::default() }, &[("shop", shop.addr)], &[]);
    let slow = |name, parting| Plan {
        name,
        visits: 12,
        paths: vec!["/search/shoes?do=hang".to_owned(), "/search/hats?page=2&do=hang".to_owned()],
        leaving: Leaving::After(LONG),
        parting,
        ..Plan::default()
    };
    let patient =
        Plan { name: "patient", visits: 30, paths: vec!["/cart/17?do=delay/20".to_owned()], ..Plan::default() };
    let kept = Plan {
        name: "kept",
        visits: 4,
        requests_per_visit: 5,
        paths: vec!["/cart/4?do=bytes/9".to_owned()],
        ..Plan::default()
    };
    let run = stage.visit(&[slow("closes", Parting::Fin), slow("resets", Parting::Rst), patient, kept]);
    let left = of(&run, "closes").left_waiting + of(&run, "resets").left_waiting;
    let read = of(&run, "patient").completed[&200] + of(&run, "kept").completed[&200];
    assert_eq!((left, read), (24, 50), "{run:#?}");
    stage.expect(&[
        ("requests search GET 499", left),
        ("requests cart GET 200", read),
        ("outcomes search abandoned", left),
        ("outcomes cart ok", read),
        ("gave up search client response 499", left),
        ("abandoned search GET long user", left),
        ("tries shop none", left),
        ("tries shop 200", read),
        ("responses shop abandoned", left),
        ("responses shop ok", read),
        ("clients closed_waiting", left),
    ]);
}

fn nginx_leaves_after_its_read_timeout(version: Version) {
    let troupe = Troupe::new();
    let shop = troupe.upstream();
    let server = proxied("/", shop.addr, "proxy_read_timeout 1s;");
    let stage = troupe.stage(Site { version, server: &server, ..Site::default() }, &[("shop", shop.addr)], &[]);
    let plan = |name, path: &str| Plan { name, visits: 10, paths: vec![path.to_owned()], ..Plan::default() };
    let run = stage.visit(&[plan("no head", "/search/1?do=hang"), plan("half a body", "/cart/1?do=midbody-hang")]);
    let timed_out = of(&run, "no head").completed[&504];
    let cut = of(&run, "half a body").cut_short_by_server[&200];
    assert_eq!((timed_out, cut), (10, 10), "{run:#?}");
    stage.expect(&[
        ("requests search GET 504", timed_out),
        // nginx had sent the status, and takes what came for complete: only the error log knows.
        ("requests cart GET 200", cut),
        ("outcomes search timeout", timed_out),
        ("outcomes cart ok", cut),
        ("gave up search gateway response 504", timed_out),
        ("tries shop 504", timed_out),
        ("tries shop 200", cut),
        ("responses shop timeout", timed_out),
        ("responses shop ok", cut),
        ("timeouts shop header", timed_out),
        ("timeouts shop body", cut),
    ]);
}
