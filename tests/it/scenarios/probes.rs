//! Health checks with less patience than anybody: told from users by name and by address.

use hangup::demo::clients::plan::{Leaving, Plan};

use super::on_both;
use super::stage::{LONG, Troupe, of, proxied};
use crate::support::nginx::{Site, Version};

on_both!(probes_make_noise);

fn probes_make_noise(version: Version) {
    let troupe = Troupe::new();
    let shop = troupe.upstream();
    let server = proxied("/", shop.addr, "");
    let site = Site { version, server: &server, ..Site::default() };
    let mut stage = troupe.stage(site, &[("shop", shop.addr)], &["--probes.addresses=127.0.0.8/30"]);
    let plan = |name, visits, path: &str, source: [u8; 4], user_agent| Plan {
        name,
        visits,
        paths: vec![path.to_owned()],
        leaving: Leaving::After(LONG),
        sources: vec![source.into()],
        user_agent,
        ..Plan::default()
    };
    let run = stage.visit(&[
        plan("by name", 20, "/health?do=hang", [127, 0, 0, 2], "kube-probe/1.29"),
        plan("by address", 7, "/health?do=hang", [127, 0, 0, 9], "curl/8"),
        plan("user", 5, "/cart/1?do=hang", [127, 0, 0, 3], "Mozilla/5.0 (X11; Linux x86_64)"),
        plan("answered", 9, "/health?do=bytes/2", [127, 0, 0, 2], "kube-probe/1.29"),
    ]);
    let (named, addressed) = (of(&run, "by name").left_waiting, of(&run, "by address").left_waiting);
    let (users, answered) = (of(&run, "user").left_waiting, of(&run, "answered").completed[&200]);
    assert_eq!((named, addressed, users, answered), (20, 7, 5, 9), "{run:#?}");
    let left = named + addressed + users;
    let (books, scrape) = stage.end();
    stage.compare(
        &books,
        &[
            ("requests health GET 499", named + addressed),
            ("requests health GET 200", answered),
            ("requests cart GET 499", users),
            ("outcomes health abandoned", named + addressed),
            ("outcomes health ok", answered),
            ("outcomes cart abandoned", users),
            ("gave up health client response 499", named + addressed),
            ("gave up cart client response 499", users),
            ("abandoned health GET long probe", named + addressed),
            ("abandoned cart GET long user", users),
            ("tries shop none", left),
            ("tries shop 200", answered),
            ("responses shop abandoned", left),
            ("responses shop ok", answered),
            ("clients closed_waiting", left),
        ],
    );
    let busiest = scrape
        .one("hangup_http_abandoned_busiest_source_ratio", &[("server", "shop.example"), ("source_kind", "loopback")]);
    assert!(
        (busiest - named as f64 / left as f64).abs() < 1e-9,
        "127.0.0.2 is the source of {named} of {left}, not of {busiest}"
    );
    assert!(stage.hangup.get("/").text().contains("127.0.0.2"), "the page names the address");
}
