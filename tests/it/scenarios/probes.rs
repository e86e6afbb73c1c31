//! Health checks with less patience than anybody: told from users by name and by address.

use hangup::demo::clients::plan::{Leaving, Plan};

use super::on_both;
use super::stage::{LONG, Troupe, of, proxied};
use crate::support::hangup::Hangup;
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
    assert_eq!(busiest, 1.0, "of the users, who all come from 127.0.0.3");
    let page = stage.hangup.get("/").text();
    assert!(page.contains("127.0.0.3") && !page.contains("127.0.0.2"), "a probe is no busiest source: {page}");
    let of_probes = |status| scrape.sum("hangup_http_requests_total", &[("agent", "probe"), ("status", status)]);
    assert_eq!((of_probes("499"), of_probes("200")), ((named + addressed) as f64, answered as f64));
    let gave_up = scrape.sum("hangup_http_gave_up_total", &[("agent", "probe"), ("code", "499")]);
    assert_eq!(gave_up, (named + addressed) as f64);
}

/// 60 probes that give up after 5 s beside 32 users who leave after 1 to 20 s: users make no cliff.
#[test]
fn the_cliff_is_of_users() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = dir.path().join("access.log");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
    let line = |path: &str, seconds: f64, address: &str, agent: &str| {
        format!("{address} [{now}.000] \"GET {path} HTTP/1.1\" 499 {seconds:.3} \"{agent}\"\n")
    };
    let probes = (0..60).map(|at| line("/healthz", 5.0 + f64::from(at) / 6000.0, "10.0.0.99", "kube-probe/1.29"));
    let users = (0..32).map(|at| {
        let waited = 20_f64.powf(f64::from(at) / 31.0);
        line("/x", waited, &format!("198.51.100.{at}"), "Mozilla/5.0")
    });
    std::fs::write(&log, probes.chain(users).collect::<String>()).expect("writable");
    let access_log = format!("--nginx.access-log={}", log.display());
    let format = r#"--nginx.log-format=$remote_addr [$msec] "$request" $status $request_time "$http_user_agent""#;
    let hangup = Hangup::start(&["--nginx.config=", "--nginx.from=start", &access_log, format]);
    let scrape =
        hangup.scrape_until("hangup to read all lines", |scrape| scrape.sum("hangup_log_lines_total", &[]) >= 92.0);
    let cliff = scrape.sum("hangup_http_abandoned_cliff_ratio", &[]);
    assert!(cliff > 0.0 && cliff < 0.1, "{cliff}");
    let busiest = scrape.sum("hangup_http_abandoned_busiest_source_ratio", &[]);
    assert_eq!(busiest, 1.0 / 32.0, "each user has an address of its own");
}
