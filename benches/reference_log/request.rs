//! Requests to an imaginary shop: what was asked, how it ended, which upstreams were tried.

use super::random::{Random, Zipf};

/// Different URIs of the site; a Zipf distribution asks for the first of them most.
const URIS: usize = 20_000;
/// Requests a second: only moves the clock.
const REQUESTS_PER_SECOND: u64 = 2_000;
/// 21 November 2026, 14:00:00 UTC.
const BEGIN_SECONDS: u64 = 14 * 3600;

/// `#` becomes a number.
const ROUTES: [&str; 24] = [
    "/",
    "/api/v1/orders/#",
    "/api/v1/cart",
    "/product/#",
    "/assets/app.js",
    "/assets/app.css",
    "/search",
    "/api/v1/users/#/orders/#",
    "/images/products/#.webp",
    "/login",
    "/api/v2/recommendations/#",
    "/category/shoes",
    "/category/garden/tools",
    "/checkout/payment",
    "/health",
    "/api/v1/inventory/items/#",
    "/blog/how-to-choose-a-ladder",
    "/feed.xml",
    "/api/v1/sessions/#",
    "/account/orders/#/invoice.pdf",
    "/fonts/inter-regular.woff2",
    "/api/v1/reviews/#",
    "/wishlist/#",
    "/support/tickets/#",
];
const QUERIES: [&str; 4] = ["?page=2&sort=price", "?utm_source=newsletter&utm_medium=email", "?q=garden+hose", "?v=3"];
const AGENTS: [&str; 4] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
];
const REFERERS: [&str; 3] = ["-", "https://shop.example/", "https://shop.example/category/garden/tools"];
const UPSTREAMS: [&str; 4] = ["10.0.3.11:8080", "10.0.3.12:8080", "10.0.3.13:8080", "10.0.3.14:8080"];

/// One upstream try; a time is `None` where nginx writes `-`.
#[derive(Clone, Default)]
pub struct Try {
    pub address: &'static str,
    pub status: Option<u16>,
    pub connect_ms: Option<u32>,
    pub header_ms: Option<u32>,
    pub response_ms: u32,
}

/// One request that nginx logs.
pub struct Request<'a> {
    pub client: [u8; 4],
    pub second: u64,
    /// Empty for a handshake that went to the wrong port.
    pub method: &'static str,
    pub uri: &'a str,
    pub query: &'static str,
    pub status: u16,
    pub body_bytes: u64,
    pub referer: &'static str,
    pub agent: &'static str,
    pub request_ms: u32,
    pub complete: bool,
    pub tries: Vec<Try>,
    pub id: u64,
}

/// All URIs there are.
pub struct Site {
    uris: Vec<String>,
    ranks: Zipf,
}

impl Site {
    pub fn new() -> Site {
        let uri = |rank: usize| ROUTES[rank % ROUTES.len()].replace('#', &(10_000 + rank * 7).to_string());
        Site { uris: (0..URIS).map(uri).collect(), ranks: Zipf::new(URIS) }
    }
}

/// Who asks what, request after request.
pub struct Traffic<'a> {
    site: &'a Site,
    count: u64,
}

/// Turns an ordinary request into one that ended in this way.
type Ending = fn(&mut Request<'_>, &mut Random);

/// How a request ends, and in how many of a thousand cases. What is left over ends well.
const ENDINGS: [(u64, Ending); 10] = [
    (20, abandoned),
    (1, handshake),
    (1, left_in_upload),
    (1, refused),
    (2, timed_out_upstream),
    (1, slow_client),
    (1, limited),
    (10, retried),
    (30, not_modified),
    (10, not_found),
];

impl<'a> Traffic<'a> {
    pub fn new(site: &'a Site) -> Traffic<'a> {
        Traffic { site, count: 0 }
    }

    pub fn next(&mut self, random: &mut Random) -> Request<'a> {
        self.count += 1;
        let mut request = self.well(random);
        let mut case = random.below(1000);
        for (cases, end) in ENDINGS {
            if case < cases {
                end(&mut request, random);
                break;
            }
            case -= cases;
        }
        request
    }

    fn well(&self, random: &mut Random) -> Request<'a> {
        let rank = self.site.ranks.pick(random);
        let from_upstream = !self.site.uris[rank].contains('.');
        let response_ms = random.millis_around(40 + (rank as u64 % 24) * 5);
        let connect_ms = random.below(3) as u32;
        let one = Try {
            address: UPSTREAMS[random.below(4) as usize],
            status: Some(200),
            connect_ms: Some(connect_ms),
            header_ms: Some(response_ms.saturating_sub(1)),
            response_ms,
        };
        let methods = ["GET", "GET", "GET", "GET", "GET", "GET", "GET", "POST", "POST", "HEAD"];
        Request {
            client: [10 + random.below(80) as u8, random.below(256) as u8, random.below(256) as u8, 7],
            second: BEGIN_SECONDS + self.count / REQUESTS_PER_SECOND,
            method: methods[random.below(10) as usize],
            uri: &self.site.uris[rank],
            query: if random.in_thousand(250) { QUERIES[random.below(4) as usize] } else { "" },
            status: 200,
            body_bytes: 200 + random.below(60_000),
            referer: REFERERS[random.below(3) as usize],
            agent: AGENTS[random.below(4) as usize],
            request_ms: if from_upstream { response_ms } else { random.below(4) as u32 },
            complete: true,
            tries: if from_upstream { vec![one] } else { Vec::new() },
            id: random.next(),
        }
    }
}

impl Request<'_> {
    /// The last try, which a request that needs an upstream gets even where the URI is a file's.
    fn last_try(&mut self) -> &mut Try {
        if self.tries.is_empty() {
            self.tries.push(Try { address: UPSTREAMS[0], status: Some(200), ..Try::default() });
        }
        self.tries.last_mut().expect("one was put in above")
    }

    fn unproxied(&mut self, status: u16, body_bytes: u64) {
        (self.status, self.body_bytes) = (status, body_bytes);
        self.tries.clear();
    }
}

/// The client left while nginx waited: half of them at a balancer's five seconds, a tenth before a connection stood.
fn abandoned(request: &mut Request<'_>, random: &mut Random) {
    let waited = if random.in_thousand(500) { 5_000 + random.below(4) as u32 } else { random.millis_around(800) };
    (request.status, request.body_bytes, request.complete) = (499, 0, false);
    request.request_ms = waited;
    let connect_ms = (!random.in_thousand(100)).then_some(1);
    let last = request.last_try();
    (last.status, last.connect_ms, last.header_ms, last.response_ms) = (None, connect_ms, None, waited);
}

fn handshake(request: &mut Request<'_>, _: &mut Random) {
    (request.method, request.referer, request.agent, request.query) = ("", "-", "-", "");
    request.unproxied(400, 157);
}

fn left_in_upload(request: &mut Request<'_>, _: &mut Random) {
    (request.method, request.complete) = ("POST", false);
    request.unproxied(400, 0);
}

fn refused(request: &mut Request<'_>, _: &mut Random) {
    (request.status, request.body_bytes, request.request_ms) = (502, 157, 0);
    let last = request.last_try();
    (last.status, last.connect_ms, last.header_ms, last.response_ms) = (Some(502), None, None, 0);
}

fn timed_out_upstream(request: &mut Request<'_>, random: &mut Random) {
    let waited = 60_000 + random.below(5) as u32;
    (request.status, request.body_bytes, request.request_ms) = (504, 167, waited);
    let last = request.last_try();
    (last.status, last.connect_ms, last.header_ms, last.response_ms) = (Some(504), Some(1), None, waited);
}

fn slow_client(request: &mut Request<'_>, _: &mut Random) {
    (request.complete, request.request_ms) = (false, 59_700);
    request.unproxied(408, 0);
}

fn limited(request: &mut Request<'_>, _: &mut Random) {
    request.request_ms = 0;
    request.unproxied(503, 197);
}

/// The first server did not answer in time, the next one did.
fn retried(request: &mut Request<'_>, _: &mut Random) {
    let last = request.last_try().clone();
    let first =
        Try { address: UPSTREAMS[3], status: Some(504), connect_ms: Some(2), header_ms: None, response_ms: 1_000 };
    request.request_ms += first.response_ms;
    request.tries = vec![first, last];
}

fn not_modified(request: &mut Request<'_>, _: &mut Random) {
    request.unproxied(304, 0);
}

/// Scanners ask for what was never there.
fn not_found(request: &mut Request<'_>, _: &mut Random) {
    request.query = "?wp-login.php";
    request.unproxied(404, 153);
}
