//! Which path answers what, to which methods.
//! Knows: paths, methods, status codes, headers. Does not know: what the pages say.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};

use super::addresses::{Addresses, ClientAddresses};
use super::bodies::{Bodies, Body};
use super::connections::Connection;
use super::guard::{OwnNames, guarded, is_forwarded};
use super::shared::Shared;
use super::telemetry_path::TelemetryPath;
use super::{Document, Pages, gzip, page};
use crate::wording;

/// What answers that are being read may hold altogether; a host with all the series it may have renders some megabytes.
const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// After a reload the next waits so long, whoever asks: each one reads nginx's whole configuration.
const RELOAD_PAUSE: Duration = Duration::from_millis(500);

/// What is set about serving.
#[derive(Debug, Clone)]
pub struct Options {
    pub telemetry_path: TelemetryPath,
    pub own_names: OwnNames,
    pub client_addresses: ClientAddresses,
}

/// All routes. Where the metrics are at `/`, there is no page for people.
pub fn router(pages: Arc<dyn Pages>, options: Options) -> Router {
    let telemetry_path = options.telemetry_path.0.clone();
    let mut router = Router::new();
    if telemetry_path != "/" {
        router = router.route("/", get(page_for_people));
    }
    router
        .route(&telemetry_path, get(metrics))
        .route("/api/v1/diagnosis", get(diagnosis))
        .route("/-/healthy", get(async || "hangup is healthy.\n"))
        .route("/-/ready", get(ready))
        .route("/-/reload", post(reload))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(map_response(guarded))
        .with_state(Site {
            pages,
            options: Arc::new(options),
            bodies: Arc::new(Bodies::new(BODY_BYTES_MAX)),
            renderings: Shared::new(rest_after_rendering),
            reloads: Shared::new(|_| RELOAD_PAUSE),
        })
}

/// A flood of scrapes takes half of one core at most.
fn rest_after_rendering(took: Duration) -> Duration {
    took.min(Duration::from_millis(100))
}

#[derive(Clone)]
struct Site {
    pages: Arc<dyn Pages>,
    options: Arc<Options>,
    bodies: Arc<Bodies>,
    renderings: Arc<Shared<(Rendering, bool), Rendered>>,
    reloads: Arc<Shared<(), Result<(), String>>>,
}

/// What can be rendered; with whether it is compressed, what is the same for everybody who asks for it.
#[derive(Clone, Copy, PartialEq)]
enum Rendering {
    /// With this content type.
    Metrics(&'static str),
    Page(Addresses, Shape),
    Diagnosis(Addresses),
}

/// How the page is written.
#[derive(Clone, Copy, PartialEq)]
enum Shape {
    /// It reloads itself, but for readers who wish it still.
    Html { still: bool },
    /// For curl and its like, which do not ask for HTML.
    Text,
}

/// A body with its content type.
type Rendered = (&'static str, Arc<Body>);

const FAILED: &str = "Rendering failed; this is a bug in hangup, whose log has the details.\n";

impl Site {
    /// A rendered document, compressed where asked, shared with everybody who reads the same.
    async fn answer(
        &self,
        headers: &HeaderMap,
        connection: &Arc<Connection>,
        what: Rendering,
        work: impl FnOnce(&dyn Pages) -> Document + Send + 'static,
    ) -> Response {
        let gzip = gzip::accepted(&joined(headers, &ACCEPT_ENCODING));
        let (pages, bodies) = (self.pages.clone(), self.bodies.clone());
        let render = move || {
            let Document { content_type, body } = work(pages.as_ref());
            (content_type, bodies.admit(if gzip { gzip::compress(&body) } else { body }))
        };
        let Some((content_type, body)) = self.renderings.ask((what, gzip), render).await else {
            return (StatusCode::INTERNAL_SERVER_ERROR, FAILED).into_response();
        };
        let headers = [(CONTENT_TYPE, content_type), (VARY, "Accept, Accept-Encoding")];
        let encoding = gzip.then_some([(CONTENT_ENCODING, "gzip")]);
        (headers, encoding, body.read_by(connection)).into_response()
    }

    /// Which addresses of clients the page may show: a reader on this machine can read the logs' sources anyway.
    fn addresses_for(&self, peer: IpAddr, headers: &HeaderMap) -> Addresses {
        let near = peer.is_loopback() && !is_forwarded(headers) && !self.options.own_names.is_foreign(headers);
        self.options.client_addresses.shown(near)
    }
}

async fn metrics(
    State(site): State<Site>,
    Extension(connection): Extension<Arc<Connection>>,
    headers: HeaderMap,
) -> Response {
    let accept = joined(&headers, &ACCEPT);
    let what = Rendering::Metrics(site.pages.content_type(&accept));
    site.answer(&headers, &connection, what, move |pages| pages.metrics(&accept)).await
}

/// A browser asks for the page again after so long.
const REFRESH: HeaderValue = HeaderValue::from_static("10");

async fn page_for_people(
    State(site): State<Site>,
    Extension(connection): Extension<Arc<Connection>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let addresses = site.addresses_for(connection.peer, &headers);
    let still = query.is_some_and(|query| query == "still");
    let accept = joined(&headers, &ACCEPT);
    // What sends no Accept at all takes anything, as a browser does.
    let html = accept.is_empty() || accept.contains("text/html");
    let shape = if html { Shape::Html { still } } else { Shape::Text };
    let options = site.options.clone();
    let render = move |pages: &dyn Pages| {
        let answer = addresses.redact(pages.answer());
        let (content_type, text) = match shape {
            Shape::Html { still } => {
                ("text/html; charset=utf-8", page::render(&answer, &options.telemetry_path.0, still))
            }
            Shape::Text => ("text/plain; charset=utf-8", wording::plain(&answer)),
        };
        Document { content_type, body: text.into_bytes() }
    };
    let mut response = site.answer(&headers, &connection, Rendering::Page(addresses, shape), render).await;
    if html && !still {
        response.headers_mut().insert(REFRESH_HEADER, REFRESH);
    }
    response
}

/// No `meta` in the page: a header does the same, and is nothing that a screen reader stumbles over.
const REFRESH_HEADER: HeaderName = HeaderName::from_static("refresh");

async fn diagnosis(
    State(site): State<Site>,
    Extension(connection): Extension<Arc<Connection>>,
    headers: HeaderMap,
) -> Response {
    let addresses = site.addresses_for(connection.peer, &headers);
    let render = move |pages: &dyn Pages| Document {
        content_type: "application/json",
        body: serde_json::to_vec_pretty(&addresses.redact(pages.answer())).unwrap_or_default(),
    };
    site.answer(&headers, &connection, Rendering::Diagnosis(addresses), render).await
}

async fn ready(State(site): State<Site>) -> (StatusCode, String) {
    let awaited = site.pages.awaited();
    if awaited.is_empty() {
        return (StatusCode::OK, "hangup is ready.\n".to_owned());
    }
    let sentence = format!("hangup is not ready: the first round is still awaited of {}.\n", awaited.join(", "));
    (StatusCode::SERVICE_UNAVAILABLE, sentence)
}

const RELOAD_OFF: &str = "Reloading over HTTP is off: start hangup with --web.enable-lifecycle, or send it SIGHUP.\n";
const RELOAD_FOREIGN: &str = "This request may come from somebody else's web page: its Host or Origin is not this \
                              hangup. Ask for a reload by this host's address, or send SIGHUP.\n";

async fn reload(State(site): State<Site>, headers: HeaderMap) -> (StatusCode, String) {
    if !site.pages.reload_enabled() {
        return (StatusCode::FORBIDDEN, RELOAD_OFF.to_owned());
    }
    if site.options.own_names.is_foreign(&headers) {
        return (StatusCode::FORBIDDEN, RELOAD_FOREIGN.to_owned());
    }
    let pages = site.pages.clone();
    match site.reloads.ask((), move || pages.reload()).await {
        Some(Ok(())) => (StatusCode::OK, "The configuration has been reloaded.\n".to_owned()),
        Some(Err(problem)) => (StatusCode::INTERNAL_SERVER_ERROR, format!("The old configuration stays: {problem}\n")),
        None => (StatusCode::INTERNAL_SERVER_ERROR, "Reloading failed; hangup's log has the details.\n".to_owned()),
    }
}

async fn not_found(State(site): State<Site>) -> (StatusCode, String) {
    let metrics = &site.options.telemetry_path.0;
    let page = if metrics == "/" { "" } else { "/ (a page for people), " };
    let sentence = format!(
        "There is nothing here. hangup serves {page}{metrics} (metrics), /api/v1/diagnosis, /-/healthy, /-/ready and POST /-/reload.\n"
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
