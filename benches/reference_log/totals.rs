//! What is in the log, in the shape of `hangup report --format json`: each number here must be found there.
//! Written from SIGNALS and nginx's documentation, request by request as it is made, never by reading the log.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::format::Format;
use super::request::{Request, Try};

#[derive(Default)]
pub struct Totals {
    pub unparsed: u64,
    pub skipped: u64,
    requests: u64,
    by_status: BTreeMap<String, u64>,
    gave_up: BTreeMap<(&'static str, &'static str, u16), u64>,
    abandoned: BTreeMap<&'static str, u64>,
    abandoned_by_method: BTreeMap<String, u64>,
    cut_short: u64,
    request_ms: BTreeMap<&'static str, Sum>,
    tries: u64,
    retries: u64,
    upstream_ms: [Sum; 3],
}

#[derive(Default, Clone, Copy)]
struct Sum {
    count: u64,
    ms: u64,
}

impl Sum {
    fn add(&mut self, ms: u32) {
        self.count += 1;
        self.ms += u64::from(ms);
    }

    fn json(self) -> Value {
        json!({ "count": self.count, "sum": self.ms as f64 / 1000.0 })
    }
}

impl Totals {
    pub fn add(&mut self, request: &Request<'_>, format: Format) {
        self.requests += 1;
        *self.by_status.entry(request.status.to_string()).or_default() += 1;
        let (outcome, gave_up) = ending(request, format);
        if let Some((party, phase)) = gave_up {
            *self.gave_up.entry((party, phase, request.status)).or_default() += 1;
        }
        self.cut_short += u64::from(outcome == "cut_short");
        if request.status == 499 {
            self.add_abandoned(request, format);
        }
        if format != Format::Combined {
            self.request_ms.entry(outcome).or_default().add(request.request_ms);
            request.tries.iter().for_each(|one| self.add_try(one));
            self.retries += request.tries.len().saturating_sub(1) as u64;
        }
    }

    fn add_abandoned(&mut self, request: &Request<'_>, format: Format) {
        let patience = match format {
            Format::Combined => "unknown",
            _ if request.request_ms >= 1_000 => "long",
            _ => "short",
        };
        *self.abandoned.entry(patience).or_default() += 1;
        *self.abandoned_by_method.entry(request.method.to_owned()).or_default() += 1;
    }

    fn add_try(&mut self, one: &Try) {
        self.tries += 1;
        let times = [one.connect_ms, one.header_ms, Some(one.response_ms)];
        for (sum, ms) in self.upstream_ms.iter_mut().zip(times) {
            ms.into_iter().for_each(|ms| sum.add(ms));
        }
    }

    pub fn of(&self, format: Format) -> Value {
        let gave_up = self.gave_up.iter().map(
            |((party, phase, code), count)| json!({ "party": party, "phase": phase, "code": code, "count": count }),
        );
        let abandoned = |patience: &str| self.abandoned.get(patience).copied().unwrap_or_default();
        let total: u64 = self.abandoned.values().sum();
        let request_seconds: BTreeMap<_, _> =
            self.request_ms.iter().map(|(outcome, sum)| (outcome, sum.json())).collect();
        let [connect, header, response] = self.upstream_ms.map(Sum::json);
        // Only a format with $upstream_status tells of tries; kv has their times alone.
        let tries = if format == Format::Json { self.tries } else { 0 };
        json!({
            "lines": { "parsed": self.requests, "unparsed": self.unparsed, "too_long": 0, "skipped": self.skipped },
            "requests": self.requests,
            "by_status": self.by_status,
            "gave_up": gave_up.collect::<Vec<_>>(),
            "abandoned": {
                "total": total, "long": abandoned("long"), "short": abandoned("short"), "probe": 0,
                "by_method": self.abandoned_by_method,
            },
            "cut_short": self.cut_short,
            "request_seconds": request_seconds,
            "upstream": {
                "tries": tries, "retries": self.retries,
                "connect_seconds": connect, "header_seconds": header, "response_seconds": response,
            },
        })
    }
}

type WhoAndWhen = (&'static str, &'static str);

/// How a request ends, and who gave up in which phase, as far as the format lets anybody see.
fn ending(request: &Request<'_>, format: Format) -> (&'static str, Option<WhoAndWhen>) {
    let timed = format != Format::Combined;
    let unconnected = timed && request.tries.last().is_some_and(|one| one.connect_ms.is_none());
    let phase = if unconnected { "connect" } else { "response" };
    match request.status {
        400 if request.body_bytes == 0 => ("cut_short", Some(("client", "request"))),
        408 => ("timeout", Some(("server", "request"))),
        499 => ("abandoned", Some(("client", phase))),
        502 => ("error", Some(("upstream", phase))),
        503 => ("error", Some(("server", "admission"))),
        504 => ("timeout", Some(("gateway", phase))),
        _ => ("ok", None),
    }
}
