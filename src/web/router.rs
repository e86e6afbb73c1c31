//! Which path answers what, to which methods.
//! Knows: paths, methods, status codes, headers. Does not know: what the pages say.

use std::str::FromStr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::sync::Semaphore;

use super::{Document, Pages, gzip, landing};

/// Answers rendered at once. Each costs some milliseconds of one core and a copy of the counts: two keep a second
/// Prometheus from waiting for the first, and leave the rest of the machine to nginx.
const RENDERINGS_MAX: usize = 2;

/// Where the metrics are served: an absolute path without patterns, beside hangup's own paths.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TelemetryPath(String);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the telemetry path {0:?} cannot be used: it must begin with /, hold only letters, digits and -._~/, and not begin with /-/ or /api/, where hangup has pages of its own"
)]
pub struct BadTelemetryPath(String);

impl FromStr for TelemetryPath {
    type Err = BadTelemetryPath;

    fn from_str(path: &str) -> Result<Self, BadTelemetryPath> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
        let taken = path.starts_with("/-/") || path.starts_with("/api/");
        if path.starts_with('/') && path.bytes().all(plain) && !taken {
            Ok(TelemetryPath(path.to_owned()))
        } else {
            Err(BadTelemetryPath(path.to_owned()))
        }
    }
}

/// All routes. Where the metrics are at `/`, there is no page for people.
pub fn router(pages: Arc<dyn Pages>, telemetry_path: &TelemetryPath) -> Router {
    let TelemetryPath(telemetry_path) = telemetry_path.clone();
    let site =
        Site { pages, telemetry_path: telemetry_path.as_str().into(), slots: Arc::new(Semaphore::new(RENDERINGS_MAX)) };
    let mut router = Router::new();
    if telemetry_path != "/" {
        router = router.route("/", get(landing_page));
    }
    router
        .route(&telemetry_path, get(metrics))
        .route("/-/healthy", get(async || "hangup is healthy.\n"))
        .route("/-/ready", get(ready))
        .route("/-/reload", post(reload))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(site)
}

#[derive(Clone)]
struct Site {
    pages: Arc<dyn Pages>,
    telemetry_path: Arc<str>,
    slots: Arc<Semaphore>,
}

impl Site {
    /// Renders on a thread that may block. The slot goes along, so that a client which leaves frees it no earlier
    /// than the work ends.
    async fn render<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Pages) -> T + Send + 'static,
    ) -> Result<T, Response> {
        let slot = self.slots.clone().acquire_owned().await.expect("the semaphore is never closed");
        let pages = self.pages.clone();
        let task = tokio::task::spawn_blocking(move || {
            let _slot = slot;
            work(pages.as_ref())
        });
        let failed = "Rendering failed; this is a bug in hangup, whose log has the details.\n";
        task.await.map_err(|_| (StatusCode::INTERNAL_SERVER_ERROR, failed).into_response())
    }
}

async fn metrics(State(site): State<Site>, headers: HeaderMap) -> Result<Response, Response> {
    let accept = joined(&headers, &ACCEPT);
    answer(&site, &headers, move |pages| pages.metrics(&accept)).await
}

async fn landing_page(State(site): State<Site>, headers: HeaderMap) -> Result<Response, Response> {
    let telemetry_path = site.telemetry_path.clone();
    let render = move |pages: &dyn Pages| Document {
        content_type: "text/html; charset=utf-8",
        body: landing::render(&pages.landing(), &telemetry_path).into_bytes(),
    };
    let mut response = answer(&site, &headers, render).await?;
    // The page shows text from logs, which strangers write. It is escaped; this says the same to the browser.
    let policy = "default-src 'none'; style-src 'unsafe-inline'".parse().expect("a constant header value");
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}

/// A rendered document, compressed where asked.
async fn answer(
    site: &Site,
    headers: &HeaderMap,
    work: impl FnOnce(&dyn Pages) -> Document + Send + 'static,
) -> Result<Response, Response> {
    let gzip = gzip::accepted(&joined(headers, &ACCEPT_ENCODING));
    let compressed = move |pages: &dyn Pages| {
        let document = work(pages);
        let body = if gzip { gzip::compress(&document.body) } else { document.body };
        (document.content_type, body)
    };
    let (content_type, body) = site.render(compressed).await?;
    let headers = [(CONTENT_TYPE, content_type), (VARY, "Accept, Accept-Encoding")];
    let encoding = gzip.then_some([(CONTENT_ENCODING, "gzip")]);
    Ok((headers, encoding, body).into_response())
}

async fn ready(State(site): State<Site>) -> (StatusCode, String) {
    let awaited = site.pages.awaited();
    if awaited.is_empty() {
        return (StatusCode::OK, "hangup is ready.\n".to_owned());
    }
    let sentence = format!("hangup is not ready: the first round is still awaited of {}.\n", awaited.join(", "));
    (StatusCode::SERVICE_UNAVAILABLE, sentence)
}

async fn reload(State(site): State<Site>) -> Result<(StatusCode, String), Response> {
    if !site.pages.reload_enabled() {
        let sentence = "Reloading over HTTP is off: start hangup with --web.enable-lifecycle, or send it SIGHUP.\n";
        return Ok((StatusCode::FORBIDDEN, sentence.to_owned()));
    }
    Ok(match site.render(|pages| pages.reload()).await? {
        Ok(()) => (StatusCode::OK, "The configuration has been reloaded.\n".to_owned()),
        Err(problem) => (StatusCode::INTERNAL_SERVER_ERROR, format!("The old configuration stays: {problem}\n")),
    })
}

async fn not_found(State(site): State<Site>) -> (StatusCode, String) {
    let page = if &*site.telemetry_path == "/" { "" } else { "/ (a page for people), " };
    let metrics = &site.telemetry_path;
    let sentence = format!(
        "There is nothing here. hangup serves {page}{metrics} (metrics), /-/healthy, /-/ready and POST /-/reload.\n"
    );
    (StatusCode::NOT_FOUND, sentence)
}

async fn method_not_allowed() -> (StatusCode, &'static str) {
    (StatusCode::METHOD_NOT_ALLOWED, "This path does not take that method; the Allow header names those it takes.\n")
}

/// All values of a header as one list, which is what several of them mean (RFC 9110, section 5.3).
fn joined(headers: &HeaderMap, name: &HeaderName) -> String {
    let values: Vec<&str> = headers.get_all(name).iter().filter_map(|value| value.to_str().ok()).collect();
    values.join(",")
}
