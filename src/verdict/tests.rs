//! Section 1 of the signals, row by row, in the words of records. (What real logs make of it: `ingest`'s tests.)

use super::{Verdict, judge, judge_attempt};
use crate::record::{Attempt, Attempts, Party, Phase, Reason, Record, Status, Termination, testing};

/// `OUTCOME`, then `party/phase/code` where somebody gave up, then `session`.
fn words(verdict: Verdict) -> String {
    let mut words = vec![verdict.outcome.as_str().to_owned()];
    words.extend(verdict.gave_up.map(|by| format!("{}/{}/{}", by.party.as_str(), by.phase.as_str(), by.code)));
    words.extend(verdict.session.then(|| "session".to_owned()));
    words.join(" ")
}

fn get(status: u16) -> Record<'static> {
    Record { status: Some(Status::Code(status)), method: b"GET", path: b"/", ..Record::default() }
}

fn tried(status: u16, text: &'static str) -> Record<'static> {
    testing::tried(get(status), text)
}

#[test]
fn codes_tell_who_gave_up() {
    #[rustfmt::skip]
    let table = [
        (200, "ok"), (301, "ok"), (304, "ok"), (404, "ok"),
        (0, "error server/response/000"),
        (429, "ok unknown/admission/429"),
        (444, "ok server/admission/444"),
        (499, "abandoned client/response/499"),
        (408, "timeout server/request/408"),
        // Nothing in sight tells who sent these.
        (504, "timeout unknown/response/504"),
        (502, "error unknown/response/502"),
        (503, "error unknown/admission/503"),
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
        (9, "ok"), (999, "ok"),
    ];
    for (status, expected) in table {
        assert_eq!(words(judge(&get(status))), expected, "status {status}");
    }
    assert_eq!(words(judge(&Record::default())), "ok", "no status at all");
}

#[test]
fn attempts_tell_phase_and_origin() {
    #[rustfmt::skip]
    let table = [
        ("client left, connected",           499, "|-|1|-",              "abandoned client/response/499"),
        ("client left, still connecting",    499, "|-|-|-",              "abandoned client/connect/499"),
        ("client left in the second try",    499, "|504*, -|1, -|-, -",  "abandoned client/connect/499"),
        ("the upstream answered 499",        499, "|499|1|200",          "ok upstream/response/499"),
        ("the proxy's read timeout",         504, "|504*|1|-",           "timeout gateway/response/504"),
        ("the proxy's connect timeout",      504, "|504*|-|-",           "timeout gateway/connect/504"),
        ("the upstream answered 504",        504, "|504|1|300",          "timeout upstream/response/504"),
        ("kept by an error page",            504, "|504*, 200|-, 1|-, 1", "timeout gateway/connect/504"),
        ("second try timed out",             504, "|502*, 504*|-, 1|-, -", "timeout gateway/response/504"),
        ("refused",                          502, "|502*|-|-",           "error upstream/connect/502"),
        ("closed before the head",           502, "|502*|1|-",           "error upstream/response/502"),
        ("the upstream answered 502",        502, "|502|1|2",            "error upstream/response/502"),
        ("the upstream answered 503",        503, "|503|1|2",            "error upstream/response/503"),
        ("the proxy's own 503",              503, "|-|-|-",              "error server/admission/503"),
        ("client too slow with the body",    408, "|-|1|-",              "timeout server/request/408"),
        ("the upstream answered 408",        408, "|408|1|2",            "timeout upstream/response/408"),
        ("Cloudflare as the upstream",       522, "|522|1|15000",        "timeout edge/connect/522"),
        ("stale cache after a timeout",      200, "|504*|1|-",           "ok"),
        ("a limit of the proxy's own",       429, "|-|-|-",              "ok server/admission/429"),
        ("the upstream's limit",             429, "|429|1|2",            "ok upstream/response/429"),
        // Formats without a status of attempts: the head's time tells, else that there was an attempt.
        ("no head came",                     504, "||1|-|60000",         "timeout gateway/response/504"),
        ("a head came",                      503, "||1|2|2",             "error upstream/response/503"),
        ("nothing was tried",                503, "||-|-|-",             "error server/admission/503"),
        ("tried, and no more is logged",     503, "||||2",               "error upstream/admission/503"),
        ("tried, and no more is logged",     504, "||||2",               "timeout unknown/response/504"),
        ("tried, and no more is logged",     502, "||||2",               "error upstream/response/502"),
        ("whose 504 is not logged",          504, "a:1|504?",            "timeout unknown/response/504"),
    ];
    for (what, status, text, expected) in table {
        assert_eq!(words(judge(&tried(status, text))), expected, "{what}");
    }
}

#[test]
fn without_times_the_phase_stays_response() {
    assert_eq!(words(judge(&tried(504, "10.0.0.1:80|504*"))), "timeout gateway/response/504");
}

#[test]
fn what_a_product_states_stands_above_the_code() {
    let stated = |party, phase, reason, status| {
        let termination = Some(Termination { party, phase, reason });
        words(judge(&Record { termination, status, ..get(200) }))
    };
    let code = |code| Some(Status::Code(code));
    #[rustfmt::skip]
    let table = [
        (stated(Party::Client, Phase::Admission, Reason::Closed, Some(Status::NotSent)), "abandoned client/admission/none"),
        (stated(Party::Client, Phase::Connect, Reason::Closed, None),           "abandoned client/connect/none"),
        (stated(Party::Client, Phase::Response, Reason::Closed, code(400)),     "abandoned client/response/400"),
        (stated(Party::Client, Phase::Body, Reason::Closed, code(200)),         "cut_short client/body/200"),
        (stated(Party::Client, Phase::Request, Reason::Closed, code(400)),      "cut_short client/request/400"),
        (stated(Party::Server, Phase::Request, Reason::TimedOut, code(400)),    "timeout server/request/400"),
        (stated(Party::Gateway, Phase::Body, Reason::TimedOut, code(200)),      "timeout gateway/body/200"),
        (stated(Party::Upstream, Phase::Connect, Reason::Failed, code(503)),    "error upstream/connect/503"),
    ];
    for (found, expected) in table {
        assert_eq!(found, expected);
    }
}

#[test]
fn a_client_that_leaves_in_mid_body_is_seen() {
    let record =
        |status, complete, body_bytes, content_length| Record { complete, body_bytes, content_length, ..get(status) };
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
fn attempts_are_judged_one_by_one() {
    #[rustfmt::skip]
    let table = [
        (200, "|502*, 200|-, 1|-, 1",    "error ok"),
        (200, "|504*, 200|1, 1|-, 1",    "timeout ok"),
        (200, "|-, 200|1, 1|-, 1",       "error ok"),
        (499, "|504*, -|1, 1|-, -",      "timeout abandoned"),
        (408, "|-|1|-",                  "timeout"),
        (500, "|-|-|-",                  "error"),
        (504, "|404|1|1",                "ok"),
    ];
    for (status, text, expected) in table {
        assert_eq!(outcomes(&tried(status, text)), expected, "{status} {text}");
    }
}

#[test]
fn an_attempt_without_logged_status_ends_as_its_request() {
    let attempts = Attempts::One(Attempt { response: Some(10), ..Attempt::default() });
    for (status, expected) in [(200, "ok"), (499, "abandoned"), (504, "timeout"), (502, "error")] {
        assert_eq!(outcomes(&Record { attempts, ..get(status) }), expected, "{status}");
    }
}

fn outcomes(record: &Record<'_>) -> String {
    let verdict = judge(record);
    let outcomes: Vec<_> = record.attempts.iter().map(|one| judge_attempt(&one, &verdict).as_str()).collect();
    outcomes.join(" ")
}

#[test]
fn words_are_those_of_the_metrics() {
    use super::Outcome;
    let all = |words: Vec<&str>| words.join(" ");
    assert_eq!(all(Party::ALL.map(Party::as_str).to_vec()), "client server gateway upstream edge operator unknown");
    assert_eq!(all(Phase::ALL.map(Phase::as_str).to_vec()), "request admission connect response body");
    assert_eq!(all(Outcome::ALL.map(Outcome::as_str).to_vec()), "ok abandoned cut_short timeout error");
}
