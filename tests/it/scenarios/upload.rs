//! POST requests whose client leaves: after the upload (499, and the upstream may still act on it) or in its midst (400).

use hangup::demo::clients::plan::{Leaving, Parting, Plan, Sending};

use super::on_both;
use super::stage::{LONG, Troupe, of, proxied};
use crate::support::nginx::{Site, Version};
use crate::support::wait_for;

on_both!(posts_are_abandoned);

fn posts_are_abandoned(version: Version) {
    let troupe = Troupe::new();
    let shop = troupe.upstream();
    let server = proxied("/", shop.addr, "");
    let stage = troupe.stage(Site { version, server: &server, ..Site::default() }, &[("shop", shop.addr)], &[]);
    let leaving = Leaving::After(LONG);
    let plan = |name, path: &str, sending, leaving, parting| Plan {
        name,
        visits: 8,
        method: "POST",
        paths: vec![path.to_owned()],
        sending,
        leaving,
        parting,
        ..Plan::default()
    };
    let run = stage.visit(&[
        plan("after", "/cart/1?do=hang", Sending::Whole { body: 50_000 }, leaving, Parting::Fin),
        plan("during", "/search/1?do=hang", Sending::PartOfBody { body: 200_000, sent: 40_000 }, leaving, Parting::Fin),
        plan("never", "/cart/1?do=upload", Sending::Whole { body: 50_000 }, Leaving::Never, Parting::Fin),
    ]);
    let (after, during) = (of(&run, "after").left_waiting, of(&run, "during").left_uploading);
    let stayed = of(&run, "never").completed[&200];
    assert_eq!((after, during, stayed), (8, 8, 8), "{run:#?}");
    wait_for("the upstream to be left with as many", || {
        (shop.served.counts().by_behaviour["hang"].left == after).then_some(())
    });
    stage.expect(&[
        ("requests cart POST 499", after),
        ("requests cart POST 200", stayed),
        ("requests search POST 400", during),
        ("outcomes cart abandoned", after),
        ("outcomes cart ok", stayed),
        ("outcomes search cut_short", during),
        ("gave up cart client response 499", after),
        ("gave up search client request 400", during),
        ("abandoned cart POST long user", after),
        ("tries shop none", after),
        ("tries shop 200", stayed),
        ("responses shop abandoned", after),
        ("responses shop ok", stayed),
        ("clients closed_waiting", after),
        ("clients closed_other", during),
    ]);
}
