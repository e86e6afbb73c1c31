//! Section 1 of the signals, and what real nginx was seen to write, row by row.

use super::{Verdict, judge, judge_try};
use crate::dialect::nginx::access::Record;
use crate::dialect::nginx::upstream::Upstream;

/// `OUTCOME`, then `party/phase/code` where somebody gave up, then `session`.
fn words(verdict: Verdict) -> String {
    let mut words = vec![verdict.outcome.as_str().to_owned()];
    words.extend(verdict.gave_up.map(|by| format!("{}/{}/{}", by.party.as_str(), by.phase.as_str(), by.code)));
    words.extend(verdict.session.then(|| "session".to_owned()));
    words.join(" ")
}

fn get(status: u16) -> Record<'static> {
    Record { status: Some(status), method: b"GET", path: b"/", ..Record::default() }
}

/// `status connect header response` of the upstream lists, split at `|`.
fn tried(status: u16, lists: &'static str) -> Record<'static> {
    let lists: Vec<&[u8]> = lists.split('|').map(|list| list.trim().as_bytes()).collect();
    let [status_list, connect, header] = lists[..] else { panic!("three lists") };
    let addr: &[u8] = match status_list {
        list if list.contains(&b',') => b"10.0.0.1:80, 10.0.0.2:80",
        list if list.contains(&b':') => b"10.0.0.1:80 : 10.0.0.2:80",
        _ => b"10.0.0.1:80",
    };
    let upstream = Upstream {
        addr: Some(addr),
        status: Some(status_list),
        connect_time: Some(connect),
        header_time: Some(header),
        response_time: Some(header),
    };
    Record { upstream, ..get(status) }
}

#[test]
fn codes_tell_who_gave_up() {
    #[rustfmt::skip]
    let table = [
        (200, "ok"), (301, "ok"), (304, "ok"), (404, "ok"), (429, "ok"),
        (499, "abandoned client/response/499"),
        (408, "timeout server/request/408"),
        (504, "timeout gateway/response/504"),
        (502, "error upstream/response/502"),
        (503, "error server/admission/503"),
        (598, "timeout gateway/response/598"),
        (599, "timeout gateway/connect/599"),
        (520, "error edge/response/520"),
        (521, "error edge/connect/521"),
        (522, "timeout edge/connect/522"),
        (523, "error edge/connect/523"),
        (524, "timeout edge/response/524"),
        (525, "error edge/connect/525"),
        (526, "error edge/connect/526"),
        (527, "error edge/connect/527"),
        (500, "error"), (501, "error"), (530, "error"),
        (101, "ok session"),
        (0, "ok"), (9, "ok"), (999, "ok"),
    ];
    for (status, expected) in table {
        assert_eq!(words(judge(&get(status))), expected, "status {status}");
    }
    assert_eq!(words(judge(&Record::default())), "ok", "no status at all");
}

#[test]
fn upstream_lists_tell_phase_and_origin() {
    #[rustfmt::skip]
    let table = [
        ("client left, connected",           499, "-|0.001|-",            "abandoned client/response/499"),
        ("client left, still connecting",    499, "-|-|-",                "abandoned client/connect/499"),
        ("client left in the second try",    499, "504, -|0.001, -|-, -", "abandoned client/connect/499"),
        ("the upstream answered 499",        499, "499|0.001|0.200",      "ok upstream/response/499"),
        ("nginx's read timeout",             504, "504|0.001|-",          "timeout gateway/response/504"),
        ("nginx's connect timeout",          504, "504|-|-",              "timeout gateway/connect/504"),
        ("the upstream answered 504",        504, "504|0.001|0.300",      "timeout upstream/response/504"),
        ("kept by an error page",            504, "504 : 200|- : 0.001|- : 0.001", "timeout gateway/connect/504"),
        ("second try timed out",             504, "502, 504|-, 0.001|-, -", "timeout gateway/response/504"),
        ("refused",                          502, "502|-|-",              "error upstream/connect/502"),
        ("closed before the head",           502, "502|0.001|-",          "error upstream/response/502"),
        ("the upstream answered 502",        502, "502|0.001|0.002",      "error upstream/response/502"),
        ("the upstream answered 503",        503, "503|0.001|0.002",      "error upstream/response/503"),
        ("nginx's own 503",                  503, "-|-|-",                "error server/admission/503"),
        ("client too slow with the body",    408, "-|0.001|-",            "timeout server/request/408"),
        ("the upstream answered 408",        408, "408|0.001|0.002",      "timeout upstream/response/408"),
        ("Cloudflare as the upstream",       522, "522|0.001|15.000",     "timeout edge/connect/522"),
        ("stale cache after a timeout",      200, "504|0.001|-",          "ok"),
    ];
    for (what, status, lists, expected) in table {
        assert_eq!(words(judge(&tried(status, lists))), expected, "{what}");
    }
}

#[test]
fn without_times_the_phase_stays_response() {
    let upstream = Upstream { addr: Some(b"10.0.0.1:80"), status: Some(b"504"), ..Upstream::default() };
    let record = Record { upstream, ..get(504) };
    assert_eq!(words(judge(&record)), "timeout gateway/response/504");
}

#[test]
fn a_client_that_leaves_in_mid_body_is_seen() {
    let record = |status, completion, body_bytes, content_length| Record {
        completion,
        body_bytes,
        content_length,
        ..get(status)
    };
    #[rustfmt::skip]
    let table = [
        ("not complete",             record(200, Some(false), Some(5), None),         "cut_short client/body/200"),
        ("complete",                 record(200, Some(true), Some(5), None),          "ok"),
        ("bytes missing",            record(200, None, Some(5), Some(10)),            "cut_short client/body/200"),
        ("bytes missing, complete",  record(200, Some(true), Some(5), Some(10)),      "ok"),
        ("all bytes",                record(200, None, Some(10), Some(10)),           "ok"),
        ("length not logged",        record(200, None, Some(5), None),                "ok"),
        ("bytes not logged",         record(200, None, None, Some(10)),               "ok"),
        ("partial content",          record(206, Some(false), Some(5), Some(10)),     "cut_short client/body/206"),
        ("a 304 sends no body",      record(304, None, Some(0), Some(10)),            "ok"),
        ("a 204 sends no body",      record(204, None, Some(0), Some(10)),            "ok"),
        ("an error page",            record(404, Some(false), Some(5), Some(10)),     "ok"),
        ("a session",                record(101, Some(false), Some(5), None),         "ok session"),
        ("HEAD sends no body", Record { method: b"HEAD", ..record(200, None, Some(0), Some(10)) }, "ok"),
        ("HEAD given up", Record { method: b"HEAD", ..record(200, Some(false), Some(0), Some(10)) }, "cut_short client/body/200"),
    ];
    for (what, record, expected) in table {
        assert_eq!(words(judge(&record)), expected, "{what}");
    }
}

#[test]
fn a_client_that_leaves_in_its_upload_is_seen() {
    let post = |body_bytes| Record { body_bytes, method: b"POST", ..get(400) };
    let sent = Upstream { addr: Some(b"10.0.0.1:80"), status: Some(b"400"), ..Upstream::default() };
    let open = Upstream { addr: Some(b"10.0.0.1:80"), status: Some(b"-"), ..Upstream::default() };
    #[rustfmt::skip]
    let table = [
        ("nothing sent",          post(Some(0)),  "cut_short client/request/400"),
        ("100 Continue sent",     post(Some(25)), "cut_short client/request/400"),
        ("nginx's page",          post(Some(150)), "ok"),
        ("bytes not logged",      post(None), "ok"),
        ("an empty page",         Record { completion: Some(true), ..post(Some(0)) }, "ok"),
        ("HEAD never has a body", Record { method: b"HEAD", ..post(Some(0)) }, "ok"),
        ("the upstream said 400", Record { upstream: sent, ..post(Some(0)) }, "ok"),
        ("unbuffered upload",     Record { upstream: open, ..post(Some(0)) }, "cut_short client/request/400"),
        ("a cut request line",    Record { method: b"", path: b"", ..post(Some(0)) }, "cut_short client/request/400"),
    ];
    for (what, record, expected) in table {
        assert_eq!(words(judge(&record)), expected, "{what}");
    }
}

#[test]
fn tries_are_judged_one_by_one() {
    #[rustfmt::skip]
    let table = [
        (200, "502, 200|-, 0.001|-, 0.001",        "error ok"),
        (200, "504, 200|0.001, 0.001|-, 0.001",    "timeout ok"),
        (499, "504, -|0.001, 0.001|-, -",          "timeout abandoned"),
        (408, "-|0.001|-",                         "timeout"),
        (500, "-|-|-",                             "error"),
        (504, "404|0.001|0.001",                   "ok"),
    ];
    for (status, lists, expected) in table {
        let record = tried(status, lists);
        let outcomes: Vec<_> = record.upstream.tries().map(|one| judge_try(&one, &record).as_str()).collect();
        assert_eq!(outcomes.join(" "), expected, "{status} {lists}");
    }
}

#[test]
fn a_try_without_logged_status_ends_as_its_request() {
    let upstream = Upstream { response_time: Some(b"0.010"), ..Upstream::default() };
    for (status, expected) in [(200, "ok"), (499, "abandoned"), (504, "timeout"), (502, "error")] {
        let record = Record { upstream, ..get(status) };
        let outcomes: Vec<_> = upstream.tries().map(|one| judge_try(&one, &record).as_str()).collect();
        assert_eq!(outcomes, [expected], "{status}");
    }
}

#[test]
fn words_are_those_of_the_metrics() {
    use super::{Outcome, Party, Phase};
    let all = |words: Vec<&str>| words.join(" ");
    assert_eq!(all(Party::ALL.map(Party::as_str).to_vec()), "client server gateway upstream edge");
    assert_eq!(all(Phase::ALL.map(Phase::as_str).to_vec()), "request admission connect response body");
    assert_eq!(all(Outcome::ALL.map(Outcome::as_str).to_vec()), "ok abandoned cut_short timeout error");
}
