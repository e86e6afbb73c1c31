//! Who asks for what: routes by popularity, visitors, their agents.
//! Knows: what a shop's traffic looks like. Does not know: what becomes of a request.

use super::exchange::{Exchange, Tries};
use crate::demo::random::Random;

/// One route. `{}` in the target stands for a number that differs per request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Route {
    pub method: &'static str,
    pub target: &'static str,
    /// The mean time the upstream needs in healthy times; 0: a file nginx serves itself.
    pub upstream_millis: f64,
    pub body_bytes: u64,
}

/// By popularity: the nth is asked for about 1/n times as often as the first (Zipf).
pub(super) const ROUTES: [Route; 12] = [
    Route { method: "GET", target: "/products/{}", upstream_millis: 25.0, body_bytes: 24_000 },
    Route { method: "GET", target: "/assets/app-{}.js", upstream_millis: 0.0, body_bytes: 180_000 },
    Route { method: "GET", target: "/", upstream_millis: 15.0, body_bytes: 18_000 },
    Route { method: "GET", target: "/api/search?q={}", upstream_millis: 60.0, body_bytes: 9_000 },
    Route { method: "GET", target: "/cart", upstream_millis: 20.0, body_bytes: 7_000 },
    Route { method: "POST", target: "/cart/items", upstream_millis: 30.0, body_bytes: 300 },
    Route { method: "GET", target: "/api/orders/{}", upstream_millis: 35.0, body_bytes: 2_500 },
    Route { method: "GET", target: "/api/products/{}/reviews", upstream_millis: 40.0, body_bytes: 12_000 },
    Route { method: "POST", target: "/checkout/{}", upstream_millis: 120.0, body_bytes: 900 },
    Route { method: "PUT", target: "/api/users/{}/profile", upstream_millis: 45.0, body_bytes: 400 },
    Route { method: "GET", target: "/reports/{}.csv", upstream_millis: 150.0, body_bytes: 4_000_000 },
    Route { method: "DELETE", target: "/api/orders/{}", upstream_millis: 40.0, body_bytes: 0 },
];

pub(super) const PROBE_AGENT: &str = "kube-probe/1.33";
/// okhttp gives up after 10 s of silence unless told otherwise (`OkHttpClient.Builder.readTimeout`).
pub(super) const APP_AGENT: &str = "okhttp/4.12.0";
pub(super) const APP_PATIENCE_MILLIS: u64 = 10_000;
const APP_SHARE: f64 = 0.12;
const PROBE_ADDRESS: &str = "10.0.12.7";

const AGENTS: [&str; 5] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
    "python-requests/2.32.3",
];
const REFERERS: [&str; 3] = ["", "https://shop.example/", "https://search.example/?q=lamp"];
/// Visitors there are. Few enough that some come again, many enough that none stands out.
const VISITORS: u64 = 2_000;

/// A request of which nothing has happened yet, and the route it takes.
pub(super) fn visitor(random: &mut Random) -> (Exchange, Route) {
    let route = popular_route(random);
    let agent = if random.chance(APP_SHARE) { APP_AGENT } else { random.choose(&AGENTS).unwrap_or(&"") };
    let referer = if agent.starts_with("Mozilla") { random.choose(&REFERERS).unwrap_or(&"") } else { "" };
    let target = route.target.replace("{}", &random.between(1_000, 99_999).to_string());
    let client = address(random.between(0, VISITORS - 1));
    (Exchange { client, agent, referer, method: route.method, target, ..unanswered(random) }, route)
}

/// A health probe of the cluster's own.
pub(super) fn probe(random: &mut Random) -> Exchange {
    let (client, target) = (PROBE_ADDRESS.to_owned(), "/healthz".to_owned());
    Exchange { client, agent: PROBE_AGENT, target, ..unanswered(random) }
}

fn unanswered(random: &mut Random) -> Exchange {
    Exchange {
        client: String::new(),
        agent: "",
        referer: "",
        method: "GET",
        target: String::new(),
        id: u128::from(random.next_u64()) << 64 | u128::from(random.next_u64()),
        connection: 0,
        status: 0,
        body_bytes: 0,
        content_length: None,
        complete: false,
        request_millis: 0,
        upstream: Tries::None,
        notes: Vec::new(),
    }
}

fn popular_route(random: &mut Random) -> Route {
    let weight = |n: usize| 1.0 / (n + 1) as f64;
    let mut left = random.unit() * (0..ROUTES.len()).map(weight).sum::<f64>();
    for (n, route) in ROUTES.iter().enumerate() {
        left -= weight(n);
        if left < 0.0 {
            return *route;
        }
    }
    ROUTES[0]
}

/// Addresses set aside for documentation (RFC 5737, RFC 3849): nobody's.
fn address(visitor: u64) -> String {
    match visitor % 10 {
        0 => format!("2001:db8:{:x}::{:x}", visitor % 256, visitor / 10 + 1),
        n if n < 6 => format!("203.0.113.{}", visitor / 8 % 254 + 1),
        _ => format!("198.51.100.{}", visitor / 8 % 254 + 1),
    }
}
