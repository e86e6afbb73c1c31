//! Incidents without time: what the generator says it wrote against what stands in the lines.

use std::collections::BTreeMap;

use super::incidents::{BREATHER, Cause, INCIDENTS, TURN, turn_at};
use super::*;
use regex::Regex;

/// 21/Nov/2026:14:17:26 +0000.
const NOW_MILLIS: u64 = 1_795_270_646_000;
const STEP_MILLIS: u64 = 50;

/// The end of one incident: its lines, and the page at its height.
struct Played {
    out: Output,
    height: StatusPage,
    generator: Generator,
}

/// Plays one incident for its turn, then lets everything under way end.
fn play(cause: Cause) -> Played {
    let mut generator = Generator::new(499, 100.0);
    let mut out = Output::default();
    generator.set_cause(cause);
    for _ in 0..(TURN - BREATHER).as_millis() as u64 / STEP_MILLIS {
        generator.step(NOW_MILLIS, STEP_MILLIS, &mut out);
    }
    let height = generator.status();
    generator.set_cause(Cause::Healthy);
    for _ in 0..40_000 / STEP_MILLIS {
        generator.step(NOW_MILLIS + 1000, STEP_MILLIS, &mut out);
    }
    Played { out, height, generator }
}

/// The demo's format, strict: every field as nginx would print it.
fn access_pattern() -> Regex {
    let list = r"(?:-|[\d.]+)(?:, (?:-|[\d.]+))*";
    let servers = r"(?:-|shop|[\d.]+:\d+)?(?:, [\d.]+:\d+)*";
    Regex::new(&format!(
        r#"^([\d.]+|[0-9a-f:]+) - - \[21/Nov/2026:14:17:2[67] \+0000\] "((?:[A-Z]+ /\S* HTTP/1\.1)?)" (\d{{3}}) (\d+) "[^"]+" "([^"]+)" host="shop\.example" rt=(?<rt>\d+\.\d{{3}}) done="(?<done>OK)?" length="(?<length>-|\d+)" uaddr="({servers})" ustatus="(?<ustatus>{list})" uct="(?<uct>{list})" uht="(?<uht>{list})" urt="(?<urt>{list})" id=[0-9a-f]{{32}}$"#
    ))
    .unwrap()
}

fn lines(bytes: &[u8]) -> Vec<&str> {
    std::str::from_utf8(bytes).unwrap().lines().collect()
}

fn millis(seconds: &str) -> i64 {
    (seconds.parse::<f64>().unwrap() * 1000.0).round() as i64
}

#[test]
fn every_line_is_in_the_format_and_the_totals_are_true() {
    let pattern = access_pattern();
    for incident in INCIDENTS {
        let Played { out, generator, .. } = play(incident.cause);
        let mut by_status = BTreeMap::new();
        for line in lines(&out.access) {
            let fields = pattern.captures(line).unwrap_or_else(|| panic!("{:?}: {line}", incident.cause));
            *by_status.entry(fields[3].parse::<u16>().unwrap()).or_insert(0_u64) += 1;
            check_access(line, &fields);
        }
        let totals = generator.totals();
        assert_eq!(by_status, totals.by_status, "{:?}", incident.cause);
        assert_eq!(by_status.values().sum::<u64>(), totals.access_lines);
        assert_eq!(lines(&out.error).len() as u64, totals.errors.values().sum::<u64>(), "{:?}", incident.cause);
    }
}

/// What nginx never writes otherwise.
fn check_access(line: &str, fields: &regex::Captures<'_>) {
    let last = |name: &str| fields[name].rsplit(", ").next().unwrap();
    if &fields[3] == "499" {
        let connect_known = last("uct") != "-";
        assert!(
            &fields[4] == "0" && last("uht") == "-" && last("ustatus") == "-" && fields.name("done").is_none(),
            "{line}"
        );
        assert!(connect_known || fields["urt"] == fields["rt"], "{line}");
    }
    let tries = fields["urt"].split(", ").filter(|time| *time != "-").map(millis).sum::<i64>();
    assert!(tries - millis(&fields["rt"]) <= 1, "{line}");
    let counts = ["ustatus", "uct", "uht", "urt"].map(|name| fields[name].split(", ").count());
    assert!(counts.iter().all(|count| *count == counts[0]), "{line}");
    if fields.name("done").is_some() && &fields["length"] != "-" {
        assert_eq!(fields[4], fields["length"], "{line}");
    }
}

#[test]
fn error_lines_are_nginx_lines() {
    let own = r"\d+ worker_connections are not enough(, reusing connections)?";
    let of_client = r#"\*\d+ [a-z0-9_]+[^"]*, client: [0-9a-f.:]+, server: shop\.example(, request: "[A-Z]+ \S+ HTTP/1\.1"(, upstream: "http://(shop|[\d.:]+)/\S*")?, host: "shop\.example"(, referrer: "\S+")?)?"#;
    let pattern = format!(r"^2026/11/21 14:17:2[67] \[(info|warn|error|alert)\] (\d+)#(\d+): ({own}|{of_client})$");
    let pattern = Regex::new(&pattern).unwrap();
    for incident in INCIDENTS {
        for line in lines(&play(incident.cause).out.error) {
            assert!(pattern.is_match(line), "{:?}: {line}", incident.cause);
        }
    }
}

#[test]
fn every_incident_leaves_its_evidence() {
    for incident in INCIDENTS {
        let Played { height, generator, .. } = play(incident.cause);
        let (totals, kernel, end) = (generator.totals(), generator.kernel(), generator.status());
        let status = |code: u16| totals.by_status.get(&code).copied().unwrap_or(0);
        let said = |message: &str| totals.errors.get(message).copied().unwrap_or(0);
        let share = |part: u64| part as f64 / totals.access_lines as f64;
        let evidence = match incident.cause {
            Cause::Healthy => share(status(499)) < 0.01 && status(499) > 0 && totals.cut_short > 0 && status(502) == 0,
            Cause::SlowUpstream => totals.abandoned_long > 300 && height.writing * 2 > height.active(),
            Cause::IntermediaryTimeout => totals.abandoned_long > 100 && status(504) + status(502) == 0,
            Cause::AggressiveClientTimeout => totals.abandoned_long > 80,
            Cause::ProbeNoise => totals.abandoned_by_probe > 100 && totals.abandoned_long < 20,
            Cause::NetworkDisconnect => {
                totals.abandoned_short > 150
                    && said(stories::LEFT_WAITING_RESET) > 150
                    && kernel.segments_retransmitted > 500
            }
            Cause::ConnectionExhaustion => {
                end.accepts - end.handled > 100
                    && said(stories::SLOTS_EXHAUSTED) > 100
                    && status(500) > 0
                    && height.active() > 900
            }
            Cause::SlowClients => status(408) > 100 && height.reading > 60 && said(stories::HEAD_TIMED_OUT) > 100,
            Cause::ConnectTimeout => {
                status(504) > 100
                    && said(stories::CONNECT_TIMED_OUT) == status(504)
                    && said(stories::LEFT_CONNECTING) > 50
            }
            Cause::ConntrackExhaustion => {
                kernel.conntrack_insert_failed > 500 && kernel.conntrack_drop > 200 && status(504) > 30
            }
            Cause::AcceptQueueOverflow => {
                kernel.listen_overflows > 500 && kernel.listen_drops == kernel.listen_overflows && status(504) > 10
            }
            Cause::UpstreamDown => {
                status(502) > 1000
                    && said(stories::NO_LIVE) > 500
                    && said(stories::REFUSED) > 500
                    && said(stories::DISABLED) > 3
            }
        };
        assert!(evidence, "{:?}: {totals:?} {height:?} {end:?} {kernel:?}", incident.cause);
        let lost = end.accepts - end.handled;
        assert_eq!(lost > 0, incident.cause == Cause::ConnectionExhaustion, "{:?}", incident.cause);
        assert_eq!(lost, said(stories::SLOTS_EXHAUSTED));
    }
}

#[test]
fn the_counters_agree_with_the_lines() {
    let mut generator = Generator::new(1, 100.0);
    let mut out = Output::default();
    for n in 0..INCIDENTS.len() as u64 * TURN.as_secs() * 10 {
        generator.set_cause(turn_at(Duration::from_millis(n * 100)).cause);
        generator.step(NOW_MILLIS, 100, &mut out);
        let page = generator.status();
        let under_way = page.reading + page.writing - 1;
        assert_eq!(page.requests, generator.totals().access_lines + under_way);
        assert!(page.active() <= 1 + 2 * 1024, "{page:?}");
    }
}

#[test]
fn cliffs_stand_where_they_should_and_upstreams_stay_well() {
    let pattern = access_pattern();
    let check = |cause, low: i64, high: i64, routes_min: usize, agent: Option<&str>| {
        let out = play(cause).out;
        let lines = lines(&out.access);
        let left: Vec<_> = lines.iter().filter_map(|line| pattern.captures(line)).filter(|f| &f[3] == "499").collect();
        let at_cliff: Vec<_> = left.iter().filter(|f| (low..=high).contains(&millis(&f["rt"]))).collect();
        assert!(at_cliff.len() * 10 > left.len() * 8, "{cause:?}: {} of {}", at_cliff.len(), left.len());
        let routes: std::collections::BTreeSet<_> = at_cliff.iter().map(|f| f[2].split(['/', '?']).nth(1)).collect();
        assert!(routes.len() >= routes_min, "{routes:?}");
        assert!(agent.is_none_or(|agent| at_cliff.iter().all(|f| &f[5] == agent)));
    };
    check(Cause::IntermediaryTimeout, 4_999, 5_007, 5, None);
    check(Cause::AggressiveClientTimeout, 9_999, 10_006, 4, Some("okhttp/4.12.0"));
}

#[test]
fn the_same_seed_writes_the_same_bytes() {
    let write = |seed| {
        let mut generator = Generator::new(seed, 50.0);
        let mut out = Output::default();
        (0..100).for_each(|_| generator.step(NOW_MILLIS, 100, &mut out));
        out.access
    };
    assert_eq!(write(3), write(3));
    assert_ne!(write(3), write(4));
}

#[test]
fn turns_go_round_with_breathers() {
    let check = |seconds, number, cause| {
        let turn = turn_at(Duration::from_secs(seconds));
        assert_eq!((turn.number, turn.cause), (number, cause), "{seconds}");
    };
    check(0, 0, Cause::Healthy);
    check(25, 1, Cause::SlowUpstream);
    check(44, 1, Cause::SlowUpstream);
    check(45, 1, Cause::Healthy);
    check(25 * 12, 12, Cause::Healthy);
    check(25 * 13, 13, Cause::SlowUpstream);
    let said = turn_at(TURN).announcement(TURN);
    assert_eq!(said, ["00:25 incident: slow upstream — watch hangup_http_abandoned_total{patience=\"long\"}"]);
}
