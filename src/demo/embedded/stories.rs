//! What becomes of a request, by cause: the table between trouble and its traces.
//! Knows: how nginx ends requests, in its own words (glibc's errno texts). Does not know: clocks, files, who reads it.

use super::exchange::{Exchange, Note, Tries, Try};
use super::incidents::Cause;
use super::site::{
    BODY_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS, FAIL_TIMEOUT_MILLIS, HEADER_TIMEOUT_MILLIS, SERVERS, UPSTREAM,
};
use super::traffic::{APP_AGENT, APP_PATIENCE_MILLIS, Route};
use crate::demo::random::Random;

/// nginx says this while it waits for the answer, although the request was sent long ago.
pub(super) const LEFT_WAITING: &str = "epoll_wait() reported that client prematurely closed connection, so upstream connection is closed too while sending request to upstream";
pub(super) const LEFT_WAITING_RESET: &str = "epoll_wait() reported that client prematurely closed connection, so upstream connection is closed too (104: Connection reset by peer) while sending request to upstream";
pub(super) const LEFT_CONNECTING: &str = "epoll_wait() reported that client prematurely closed connection, so upstream connection is closed too while connecting to upstream";
pub(super) const LEFT_IN_BODY: &str = "writev() failed (104: Connection reset by peer) while sending to client";
pub(super) const LEFT_UPLOADING: &str = "client prematurely closed connection";
pub(super) const LEFT_IN_HEAD: &str = "client prematurely closed connection while reading client request headers";
pub(super) const HEAD_TIMED_OUT: &str =
    "client timed out (110: Connection timed out) while reading client request headers";
pub(super) const CONNECT_TIMED_OUT: &str =
    "upstream timed out (110: Connection timed out) while connecting to upstream";
pub(super) const RESET_BY_UPSTREAM: &str =
    "recv() failed (104: Connection reset by peer) while reading response header from upstream";
pub(super) const REFUSED: &str = "connect() failed (111: Connection refused) while connecting to upstream";
pub(super) const DISABLED: &str = "upstream server temporarily disabled while connecting to upstream";
pub(super) const NO_LIVE: &str = "no live upstreams while connecting to upstream";
pub(super) const SLOTS_EXHAUSTED: &str = "1024 worker_connections are not enough";
pub(super) const SLOTS_EXHAUSTED_CONNECTING: &str =
    "1024 worker_connections are not enough while connecting to upstream";
pub(super) const SLOTS_REUSED: &str = "1024 worker_connections are not enough, reusing connections";

/// The sizes of nginx's own error pages.
const PAGE_BYTES_500: u64 = 177;
const PAGE_BYTES_502: u64 = 157;
const PAGE_BYTES_504: u64 = 167;
/// How often `$upstream_response_time` is 1 ms above `$request_time` in a real log.
const ROUNDED_UP_SHARE: f64 = 0.23;
/// At the demo's usual rate each of two workers counts [`super::site::MAX_FAILS`] refusals in about this time.
const COUNTED_OUT_MILLIS: u64 = 5_000;
/// A server left out for `fail_timeout` gets one request of each worker; that many come in about this time.
const TRIED_AGAIN_MILLIS: u64 = 30;

/// Decides the end of a visitor's request, so long after the cause began.
pub(super) fn tell(x: &mut Exchange, route: &Route, cause: Cause, into_millis: u64, random: &mut Random) {
    if route.upstream_millis == 0.0 {
        return served_by_nginx(x, route, random);
    }
    match cause {
        Cause::SlowUpstream if random.chance(0.85) => slow(x, route, 3_500.0, random),
        Cause::ConnectionExhaustion => slow(x, route, 3_000.0, random),
        Cause::IntermediaryTimeout if random.chance(0.12) => {
            left_waiting(x, 5_000 + random.between(0, 7), LEFT_WAITING, random)
        }
        Cause::AggressiveClientTimeout if x.agent == APP_AGENT && random.chance(0.7) => {
            left_waiting(x, APP_PATIENCE_MILLIS + random.between(0, 6), LEFT_WAITING, random);
        }
        Cause::NetworkDisconnect if random.chance(0.15) => {
            left_waiting(x, random.between(1, 120), LEFT_WAITING_RESET, random);
        }
        Cause::ConnectTimeout if random.chance(1.0 / 3.0) => unanswered_handshake(x, SERVERS[2], random),
        Cause::ConntrackExhaustion if random.chance(0.12) => {
            unanswered_handshake(x, random.choose(&SERVERS).unwrap_or(&SERVERS[0]), random);
        }
        Cause::AcceptQueueOverflow if random.chance(0.3) => late_handshake(x, route, random),
        Cause::UpstreamDown => down(x, into_millis),
        _ => healthy(x, route, random),
    }
}

/// A health probe: answered at once, or left by a probe with little patience.
pub(super) fn tell_probe(x: &mut Exchange, cause: Cause, random: &mut Random) {
    match cause {
        Cause::ProbeNoise => left_waiting(x, 250 + random.between(0, 4), LEFT_WAITING, random),
        _ => answered(x, 200, 2, random.between(1, 4), random),
    }
}

/// A client whose request does not arrive in time, or who gives up on it. True where nginx is still reading the head.
pub(super) fn tell_slow_client(x: &mut Exchange, random: &mut Random) -> bool {
    let late = HEADER_TIMEOUT_MILLIS - random.between(0, 300);
    if random.chance(0.3) {
        // nginx writes no error-log line for a body that does not come in time.
        (x.method, x.target) = ("POST", "/cart/items".to_owned());
        ended(x, 408, 0, BODY_TIMEOUT_MILLIS + random.between(0, 2));
        return false;
    }
    if random.chance(0.4) {
        x.target.clear();
        x.agent = "";
    }
    x.referer = "";
    match random.chance(0.15) {
        true => {
            let after = random.between(500, late);
            ended(x, 400, 0, after);
            x.note(after, "info", LEFT_IN_HEAD, None);
        }
        false => {
            ended(x, 408, 0, late);
            x.note(late, "info", HEAD_TIMED_OUT, None);
        }
    }
    true
}

/// No connection slot for the upstream is left.
pub(super) fn tell_no_slot(x: &mut Exchange) {
    ended(x, 500, PAGE_BYTES_500, 0);
    x.complete = true;
    x.content_length = Some(PAGE_BYTES_500);
    x.upstream = Tries::NoSlot;
    x.note(0, "alert", SLOTS_EXHAUSTED_CONNECTING, Some(UPSTREAM));
}

/// nginx's own complaint, of no client.
pub(super) fn bare(level: &'static str, message: &'static str) -> Note {
    Note { after_millis: 0, level, message, server: None, bare: true }
}

fn healthy(x: &mut Exchange, route: &Route, random: &mut Random) {
    let upstream_millis = (route.upstream_millis * 0.3 + random.exponential(route.upstream_millis * 0.7)) as u64 + 1;
    let body = varied(route.body_bytes, random);
    let uploads = matches!(route.method, "POST" | "PUT");
    match random.unit() {
        u if (0.000..0.001).contains(&u) => left_waiting(x, random.between(1_200, 4_000), LEFT_WAITING, random),
        u if (0.001..0.002).contains(&u) => left_waiting(x, random.between(30, 700), LEFT_WAITING, random),
        u if (0.002..0.008).contains(&u) && body > 5_000 => left_in_body(x, body, upstream_millis, random),
        u if (0.008..0.014).contains(&u) && uploads => left_uploading(x, random.between(20, 2_000)),
        u if (0.014..0.015).contains(&u) && !uploads => retried(x, body, upstream_millis, random),
        u if (0.015..0.030).contains(&u) => answered(x, 404, 1_200, upstream_millis, random),
        u if (0.030..0.070).contains(&u) && route.method == "GET" => answered(x, 304, 0, upstream_millis, random),
        _ if route.method == "DELETE" => answered(x, 204, 0, upstream_millis, random),
        _ => answered(x, 200, body, upstream_millis, random),
    }
}

/// A slow answer against a person's patience.
fn slow(x: &mut Exchange, route: &Route, mean_millis: f64, random: &mut Random) {
    let upstream_millis = 800 + random.exponential(mean_millis) as u64;
    let patience = 1_000 + random.exponential(3_000.0) as u64;
    if patience < upstream_millis {
        left_waiting(x, patience, LEFT_WAITING, random);
    } else {
        answered(x, 200, varied(route.body_bytes, random), upstream_millis, random);
    }
}

fn served_by_nginx(x: &mut Exchange, route: &Route, random: &mut Random) {
    ended(x, 200, route.body_bytes, random.between(0, 15));
    x.complete = true;
    x.content_length = Some(route.body_bytes);
}

fn answered(x: &mut Exchange, status: u16, body_bytes: u64, upstream_millis: u64, random: &mut Random) {
    let connect = random.between(0, 1);
    x.upstream = Tries::Made(vec![Try::answered(server(random), status, connect, upstream_millis)]);
    finished(x, status, body_bytes, upstream_millis, random);
}

/// The client is there to the end: its request lasts as long as the upstream, and longer where the body is large.
fn finished(x: &mut Exchange, status: u16, body_bytes: u64, upstream_millis: u64, random: &mut Random) {
    let sending = body_bytes / 1_000_000 * random.between(100, 400);
    let rounded = u64::from(sending == 0 && random.chance(ROUNDED_UP_SHARE)).min(upstream_millis);
    ended(x, status, body_bytes, upstream_millis + sending - rounded);
    x.complete = true;
    x.content_length = (!matches!(status, 204 | 304)).then_some(body_bytes);
}

fn left_waiting(x: &mut Exchange, after: u64, message: &'static str, random: &mut Random) {
    let server = server(random);
    x.upstream = Tries::Made(vec![Try::left(server, Some(random.between(0, 1).min(after)), after)]);
    ended(x, 499, 0, after - u64::from(random.chance(ROUNDED_UP_SHARE)).min(after));
    x.note(after, "info", message, Some(server));
}

/// The status is out already, so the log says 200: only the completion and the bytes tell.
fn left_in_body(x: &mut Exchange, body_bytes: u64, upstream_millis: u64, random: &mut Random) {
    answered(x, 200, body_bytes, upstream_millis, random);
    x.complete = false;
    x.body_bytes = random.between(4_000, body_bytes - 1);
    let server = server(random);
    x.upstream = Tries::Made(vec![Try::answered(server, 200, 0, upstream_millis)]);
    x.request_millis = upstream_millis + random.between(0, 400);
    x.note(x.request_millis, "info", LEFT_IN_BODY, Some(server));
}

fn left_uploading(x: &mut Exchange, after: u64) {
    ended(x, 400, 0, after);
    x.note(after, "info", LEFT_UPLOADING, None);
}

/// The first server resets, the second answers.
fn retried(x: &mut Exchange, body_bytes: u64, upstream_millis: u64, random: &mut Random) {
    let (first, second) = (SERVERS[0], SERVERS[1]);
    let lost = random.between(1, 30);
    let tries = vec![Try::failed(first, 502, Some(0), lost), Try::answered(second, 200, 1, upstream_millis)];
    x.upstream = Tries::Made(tries);
    finished(x, 200, body_bytes, lost + upstream_millis, random);
    x.note(lost, "error", RESET_BY_UPSTREAM, Some(first));
}

/// The server does not answer the handshake: nginx gives up, or its client does before.
fn unanswered_handshake(x: &mut Exchange, server: &'static str, random: &mut Random) {
    let patience = 1_000 + random.exponential(8_000.0) as u64;
    if patience < CONNECT_TIMEOUT_MILLIS {
        x.upstream = Tries::Made(vec![Try::left(server, None, patience)]);
        ended(x, 499, 0, patience);
        return x.note(patience, "info", LEFT_CONNECTING, Some(server));
    }
    x.upstream = Tries::Made(vec![Try::failed(server, 504, None, CONNECT_TIMEOUT_MILLIS)]);
    finished(x, 504, PAGE_BYTES_504, CONNECT_TIMEOUT_MILLIS, random);
    x.note(CONNECT_TIMEOUT_MILLIS, "error", CONNECT_TIMED_OUT, Some(server));
}

/// The first SYN is dropped at the full accept queue; its repetition after 1 s, or the next 2 s later, gets in.
fn late_handshake(x: &mut Exchange, route: &Route, random: &mut Random) {
    let connect = match random.unit() {
        u if u < 0.6 => 1_010 + random.between(0, 25),
        u if u < 0.85 => 3_020 + random.between(0, 40),
        _ => return unanswered_handshake(x, server(random), random),
    };
    let response = connect + route.upstream_millis as u64;
    x.upstream = Tries::Made(vec![Try::answered(server(random), 200, connect, response)]);
    finished(x, 200, varied(route.body_bytes, random), response, random);
}

/// Every server refuses until nginx has counted `max_fails`; then nobody is asked, but for one try per `fail_timeout`.
fn down(x: &mut Exchange, into_millis: u64) {
    let left_out = into_millis.checked_sub(COUNTED_OUT_MILLIS);
    if left_out.is_none_or(|left_out| left_out % FAIL_TIMEOUT_MILLIS >= FAIL_TIMEOUT_MILLIS - TRIED_AGAIN_MILLIS) {
        x.upstream = Tries::Made(SERVERS.iter().map(|server| Try::failed(server, 502, None, 0)).collect());
        for server in SERVERS {
            x.note(0, "error", REFUSED, Some(server));
            if left_out.is_some() {
                x.note(0, "warn", DISABLED, Some(server));
            }
        }
    } else {
        x.upstream = Tries::Made(vec![Try::no_live()]);
        x.note(0, "error", NO_LIVE, Some(UPSTREAM));
    }
    ended(x, 502, PAGE_BYTES_502, 0);
    x.complete = true;
    x.content_length = Some(PAGE_BYTES_502);
}

fn ended(x: &mut Exchange, status: u16, body_bytes: u64, request_millis: u64) {
    (x.status, x.body_bytes, x.request_millis) = (status, body_bytes, request_millis);
}

fn server(random: &mut Random) -> &'static str {
    random.choose(&SERVERS).unwrap_or(&SERVERS[0])
}

fn varied(bytes: u64, random: &mut Random) -> u64 {
    (bytes as f64 * (0.7 + 0.6 * random.unit())) as u64
}
