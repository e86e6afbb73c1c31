//! Connections cut before nginx had time to wait: short 499s.

use super::on_both;
use super::stage::{Troupe, proxied};
use crate::support::nginx::{Site, Version};

on_both!(resets_come_early);

/// The clients go as soon as the upstream has their request, so that it is never a half-read request (400) instead.
fn resets_come_early(version: Version) {
    let troupe = Troupe::new();
    let shop = troupe.upstream();
    let server = proxied("/", shop.addr, "");
    let stage = troupe.stage(Site { version, server: &server, ..Site::default() }, &[("shop", shop.addr)], &[]);
    let request = |n| format!("GET /cart/{n}?do=hang HTTP/1.1\r\nHost: shop.example\r\n\r\n");
    let requests: Vec<String> = (0..20).map(request).collect();
    let waiting = stage.waiting(&shop, &requests);
    let left = waiting.len() as u64;
    for stream in waiting {
        stream.set_zero_linger().expect("a TCP socket");
    }
    stage.expect(&[
        ("requests cart GET 499", left),
        ("outcomes cart abandoned", left),
        ("gave up cart client response 499", left),
        ("abandoned cart GET short user", left),
        ("tries shop none", left),
        ("responses shop abandoned", left),
        ("clients closed_waiting", left),
    ]);
}
