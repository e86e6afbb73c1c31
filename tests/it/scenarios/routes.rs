//! Routes that nobody configured: paths are folded, and admitted once they are frequent.

use hangup::demo::clients::plan::Plan;

use super::on_both;
use super::stage::{Troupe, of, proxied};
use crate::support::nginx::{Site, Version};

on_both!(frequent_paths_become_routes);

fn frequent_paths_become_routes(version: Version) {
    let troupe = Troupe::new();
    let shop = troupe.upstream();
    let server = proxied("/", shop.addr, "");
    let flags = ["--routes.admit-after=5", "--limits.routes=8"];
    let site = Site { version, server: &server, ..Site::default() };
    let mut stage = troupe.stage(site, &[("shop", shop.addr)], &flags);
    // One after the other on one connection, so that their order is known.
    let kept =
        |name, paths: Vec<String>| Plan { name, requests_per_visit: paths.len() as u32, paths, ..Plan::default() };
    let orders = (0..30).map(|n| format!("/orders/{n}{n}7/items?page={n}&do=bytes/1")).collect();
    let flood = (0..60).map(|n| format!("/random-{}/x?do=bytes/1", letters(n))).collect();
    let (orders, flood) = (stage.visit(&[kept("orders", orders)]), stage.visit(&[kept("flood", flood)]));
    let (orders, flood) = (of(&orders, "orders").completed[&200], of(&flood, "flood").completed[&200]);
    assert_eq!((orders, flood), (30, 60));
    let (books, scrape) = stage.end();
    let folded = books.get("requests /orders/:id/items GET 200").copied().unwrap_or(0);
    let other = books.get("requests other GET 200").copied().unwrap_or(0);
    assert_eq!(folded + other, orders + flood, "every request has one route: {books:#?}");
    assert!((orders - 5..=orders).contains(&folded), "all but the first few requests: {folded} of {orders}");
    assert_eq!(scrape.sum("hangup_http_requests_total", &[]), (orders + flood) as f64);
}

/// Words without a digit, as many as wanted: nothing in them can be folded.
fn letters(n: u32) -> String {
    format!("{n:03}").bytes().map(|digit| char::from(digit - b'0' + b'a')).collect()
}
