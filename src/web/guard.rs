//! What keeps web pages of strangers away: their browsers send requests here, and their DNS may give this host's
//! address another name. Knows: Host, Origin and what browsers add. Does not know: what is asked for.

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;

/// The names by which this hangup may be asked to do something, beside addresses and names without a dot.
#[derive(Debug, Clone, Default)]
pub struct OwnNames(Arc<[String]>);

impl OwnNames {
    pub fn new(names: impl IntoIterator<Item = String>) -> OwnNames {
        OwnNames(names.into_iter().map(|name| name.to_ascii_lowercase()).collect())
    }

    /// Whether a request may come from a page of somebody else. What is no browser sends neither Origin nor Sec-Fetch-…,
    /// and a name that a stranger's DNS points here (DNS rebinding) has a dot.
    pub(super) fn is_foreign(&self, headers: &HeaderMap) -> bool {
        let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
        let host = text(&HOST);
        let same_origin = |origin: &str| origin.split_once("://").is_some_and(|(_, authority)| Some(authority) == host);
        host.is_some_and(|host| !self.is_own(host))
            || text(&ORIGIN).is_some_and(|origin| !same_origin(origin))
            || text(&SEC_FETCH_SITE).is_some_and(|site| !["same-origin", "none"].contains(&site))
    }

    fn is_own(&self, host: &str) -> bool {
        let name = without_port(host).to_ascii_lowercase();
        let address = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(&name);
        address.parse::<IpAddr>().is_ok()
            || !name.contains('.')
            || name.ends_with(".localhost")
            || self.0.contains(&name)
    }
}

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Whether the request came by way of a proxy that says so: then the peer's address is the proxy's.
pub(super) fn is_forwarded(headers: &HeaderMap) -> bool {
    ["forwarded", "x-forwarded-for", "x-real-ip", "via"].iter().any(|name| headers.contains_key(*name))
}

/// Said with every answer. Answers hold text from logs, which strangers write; it is escaped, and this says to the
/// browser that nothing in it may run, be framed, be guessed at or be kept.
const HEADERS: [(HeaderName, &str); 5] = [
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

pub(super) async fn guarded(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(headers: &[(&'static str, &str)], expected_foreign: bool) {
        let names = OwnNames::new(["Metrics.Example".to_owned()]);
        let map = headers.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect();
        assert_eq!(names.is_foreign(&map), expected_foreign, "{headers:?}");
    }

    #[test]
    fn hosts() {
        for own in ["127.0.0.1:10499", "[::1]:10499", "10.0.0.1", "localhost:1", "a.localhost", "hangup:10499", "HOST1"]
        {
            check(&[("host", own)], false);
        }
        check(&[("host", "metrics.EXAMPLE:10499")], false);
        for foreign in
            ["evil.example", "evil.example:10499", "127.0.0.1.evil.example", "1.2.3.4.5", "localhost.evil.example"]
        {
            check(&[("host", foreign)], true);
        }
        check(&[], false);
    }

    #[test]
    fn origins() {
        let host = ("host", "127.0.0.1:10499");
        check(&[host, ("origin", "http://127.0.0.1:10499")], false);
        for foreign in ["http://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1:10499.evil.example", ""] {
            check(&[host, ("origin", foreign)], true);
        }
        check(&[host, ("sec-fetch-site", "same-origin")], false);
        check(&[host, ("sec-fetch-site", "none")], false);
        check(&[host, ("sec-fetch-site", "cross-site")], true);
        check(&[host, ("sec-fetch-site", "same-site")], true);
    }
}
