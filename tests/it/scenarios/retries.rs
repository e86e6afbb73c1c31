//! One request, two tries: the first upstream fails and the second answers.

use hangup::demo::clients::plan::Plan;
use hangup::demo::upstream::mood::Mood;

use super::on_both;
use super::stage::{Troupe, of};
use crate::support::nginx::{Site, Version};

on_both!(the_second_upstream_answers);

fn the_second_upstream_answers(version: Version) {
    let troupe = Troupe::new();
    let (broken, slow, spare) = (troupe.upstream(), troupe.upstream(), troupe.upstream());
    broken.mood.set(Mood::Down);
    slow.mood.set(Mood::Hanging);
    let http = format!(
        "upstream one {{ server {} max_fails=0; server {spare} max_fails=0 backup; }}\n\
         upstream two {{ server {} max_fails=0; server {spare} max_fails=0 backup; }}",
        broken.addr,
        slow.addr,
        spare = spare.addr
    );
    let server = "proxy_read_timeout 4s; location /cart/ { proxy_pass http://one; } location /search/ { proxy_pass http://two; }";
    let site = Site { version, http: &http, server, ..Site::default() };
    let names = [("broken", broken.addr), ("slow", slow.addr), ("spare", spare.addr)];
    let stage = troupe.stage(site, &names, &[]);
    let plan = |name, visits, path: &str| Plan { name, visits, paths: vec![path.to_owned()], ..Plan::default() };
    let run = stage.visit(&[plan("cart", 15, "/cart/1"), plan("search", 10, "/search/1")]);
    let (cart, search) = (of(&run, "cart").completed[&200], of(&run, "search").completed[&200]);
    assert_eq!((cart, search), (15, 10), "{run:#?}");
    let asked = [&broken, &slow, &spare].map(|upstream| upstream.served.counts().total.requests);
    assert_eq!(asked, [cart, search, cart + search], "what the upstreams were asked");
    stage.expect(&[
        ("requests cart GET 200", cart),
        ("requests search GET 200", search),
        ("outcomes cart ok", cart),
        ("outcomes search ok", search),
        ("tries broken 502", cart),
        ("tries slow 504", search),
        ("tries spare 200", cart + search),
        ("responses broken error", cart),
        ("responses slow timeout", search),
        ("responses spare ok", cart + search),
        ("failures broken closed_early", cart),
        ("timeouts slow header", search),
    ]);
}
