use std::time::Duration;

use super::{good, of, problems};
use crate::input::tail::StartFrom;

/// A file of settings, and all that is wrong with it.
#[track_caller]
fn file(yaml: &str, expected: &[&str]) {
    assert_eq!(problems(&[("/h.yml", yaml)], &[], &["--config.file=/h.yml"]), expected, "{yaml}");
}

#[test]
fn errors_in_the_file_say_where_and_what_to_do() {
    file(
        "poll:\n  timeuot: 1s\n",
        &["/h.yml:2: `poll.timeuot` is not a key of this file; the nearest known key is `poll.timeout`"],
    );
    file(
        "webb:\n  listen_address: x\n",
        &["/h.yml:1: `webb` is not a key of this file; the nearest known key is `web`"],
    );
    file("zzzzzzz: 1\n", &["/h.yml:1: `zzzzzzz` is not a key of this file; `hangup help` lists all keys"]);
    file("poll: 5\n", &["/h.yml:1: `poll` must be a mapping"]);
    file("poll:\n  timeout: [1s]\n", &["/h.yml:2: `poll.timeout` takes one value, not a list"]);
    file("poll:\n  timeout: {a: b}\n", &["/h.yml:2: `poll.timeout` must be a plain value (DURATION)"]);
    file("- a\n", &["/h.yml:1: the file must be a mapping, as in `web: {listen_address: [\":10499\"]}`"]);
    file(
        "poll:\n  timeout: 5\n  interval: 0s\n",
        &[
            "/h.yml:2: invalid duration `5`; write a whole number and its unit, as in 500ms, 2s or 1m30s",
            "/h.yml:3: invalid duration `0s`; it has to be longer than 0",
        ],
    );
    file(
        "routes:\n  patterns:\n    - {name: api}\n    - {name: a, match: x, more: y}\n    - plain\n",
        &[
            "/h.yml:3: each entry of `routes.patterns` needs both `name` and `match`",
            "/h.yml:4: `more` does not belong here; each entry of `routes.patterns` has `name` and `match`",
            "/h.yml:5: each entry of `routes.patterns` must be a mapping of `name` and `match`",
        ],
    );
    file("probes:\n  agents:\n    - ok\n    - \"(\"\n", &["/h.yml:4: invalid regular expression `(`: unclosed group"]);
    file("log:\n  level: loud\n", &["/h.yml:2: invalid value `loud`; write error, warn, info or debug"]);
    let syntax = problems(&[("/h.yml", "poll:\n  timeout: [\n")], &[], &["--config.file=/h.yml"]);
    assert!(syntax[0].starts_with("/h.yml:") && syntax[0].contains("invalid YAML"), "{syntax:?}");
    let unreadable = |line: u32, what| format!("/h.yml:{line}: invalid YAML: {what}");
    file("poll: {}\npoll: {}\n", &[&unreadable(2, "`poll` stands here a second time")]);
    file("poll: {}\n---\npoll: {}\n", &[&unreadable(2, "a second document begins here")]);
    file("poll:\n  [a]: b\n", &[&unreadable(2, "only a plain text can be a key")]);
    file("poll: &all\n  timeout: *all\n", &[&unreadable(2, "this alias stands within what it repeats")]);
    assert_eq!(
        problems(&[], &[], &["--config.file=/gone"]),
        ["--config.file: /gone cannot be read: entity not found; name another file or none"]
    );
}

#[test]
fn a_file_can_say_everything() {
    let yaml = "web: {listen_address: [':1', 'localhost:2'], enable_lifecycle: true}\nnginx:\n  access_log: /a/*.log\n  from: start\n\
                histogram: {buckets: [0.5, 1, 2]}\nlimits:\nstate: {interval: 1m}\npath: {state: /var/lib/hangup}\n\
                slo: {abandoned_ticket: 4%, abandoned_page: [0.1, shop.example=0.2, shop.example/api=0.5]}\n\
                chain:\n- {name: CDN, timeout: 100s}\n- name: LB\n  timeout: 1m\nroutes: {patterns: [{name: api, match: ^/api=}]}\n";
    let config = good(&[("/h.yml", yaml)], &[], &["--config.file=/h.yml"]);
    assert!(config.web.enable_lifecycle && config.web.listen.len() == 2);
    assert_eq!(config.tally.bounds_ms, [500, 1000, 2000]);
    assert_eq!(of(&config, "nginx.access-log"), ["/a/*.log /h.yml:3"]);
    assert_eq!(config.inputs.logs[0].from, StartFrom::Start);
    let slo = config.slo.abandoned_page.iter().map(|one| (one.server.as_deref(), one.route.as_deref(), one.ratio));
    let shop = Some("shop.example");
    assert_eq!(slo.collect::<Vec<_>>(), [(None, None, 0.1), (shop, None, 0.2), (shop, Some("api"), 0.5)]);
    assert_eq!(config.slo.abandoned_ticket[0].ratio, 0.04);
    assert_eq!(config.state.map(|state| state.interval), Some(Duration::from_secs(60)));
    let chain: Vec<_> =
        config.chain.iter().map(|hop| (hop.name.as_str(), hop.timeout.as_secs(), hop.origin.to_string())).collect();
    assert_eq!(chain, [("CDN", 100, "/h.yml:11".to_owned()), ("LB", 60, "/h.yml:12".to_owned())]);
    assert_eq!(config.tally.route_patterns[0].regex.as_str(), "^/api=");
}

#[test]
fn texts_are_kept_as_written_and_aliases_repeat_them() {
    let yaml = "\u{feff}# Names that look like numbers, nothing and switches.\nstate:\nweb: {enable_lifecycle: True}\nchain:\n\
                - {name: 1.10, timeout: &long 100s}\n- {name: 'null', timeout: *long}\n- {name: 0x1F, timeout: \"1m\"}\n";
    let config = good(&[("/h.yml", yaml)], &[], &["--config.file=/h.yml"]);
    let chain: Vec<_> = config.chain.iter().map(|hop| (hop.name.as_str(), hop.timeout.as_secs())).collect();
    assert_eq!(chain, [("1.10", 100), ("null", 100), ("0x1F", 60)]);
    assert!(config.web.enable_lifecycle);
    for nothing in ["", "# nothing\n", "---\n", "~\n", "web: ~\n"] {
        assert!(!good(&[("/h.yml", nothing)], &[], &["--config.file=/h.yml"]).web.enable_lifecycle, "{nothing:?}");
    }
}
