//! Clients that send too slowly: nginx gives up on them with 408.

use hangup::demo::clients::plan::{Plan, Sending};

use super::on_both;
use super::stage::{Troupe, of, proxied};
use crate::support::nginx::{Site, Version};

on_both!(requests_are_never_finished);

fn requests_are_never_finished(version: Version) {
    let troupe = Troupe::new();
    let shop = troupe.upstream();
    let server = proxied("/", shop.addr, "");
    let http = "client_header_timeout 1s; client_body_timeout 1s;";
    let stage = troupe.stage(Site { version, http, server: &server, ..Site::default() }, &[("shop", shop.addr)], &[]);
    let head = Plan {
        name: "head",
        visits: 15,
        sending: Sending::PartOfHead,
        paths: vec!["/search/1".to_owned()],
        ..Plan::default()
    };
    let sending = Sending::PartOfBody { body: 100_000, sent: 4_000 };
    let body = Plan {
        name: "body",
        visits: 10,
        method: "POST",
        sending,
        paths: vec!["/cart/1".to_owned()],
        ..Plan::default()
    };
    let patient =
        Plan { name: "patient", visits: 10, paths: vec!["/cart/1?do=bytes/10".to_owned()], ..Plan::default() };
    let run = stage.visit(&[head, body, patient]);
    // Headers that never end are not worth an answer to nginx; an unfinished body gets its 408.
    let (heads, read) = (of(&run, "head").closed_by_server, of(&run, "patient").completed[&200]);
    let bodies = of(&run, "body");
    let bodies = bodies.closed_by_server + bodies.completed.get(&408).copied().unwrap_or(0);
    assert_eq!((heads, bodies, read), (15, 10, 10), "{run:#?}");
    stage.expect(&[
        ("requests search GET 408", heads),
        ("requests cart POST 408", bodies),
        ("requests cart GET 200", read),
        ("outcomes search timeout", heads),
        ("outcomes cart timeout", bodies),
        ("outcomes cart ok", read),
        ("gave up search server request 408", heads),
        ("gave up cart server request 408", bodies),
        ("tries shop 200", read),
        ("responses shop ok", read),
        // Of the bodies nginx says nothing at all in its error log.
        ("clients timed_out_request", heads),
    ]);
}
