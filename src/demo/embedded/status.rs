//! The stub_status page (text: ngx_http_stub_status_module.c).
//! Knows: its seven numbers and how they are served. Does not know: what moves them.

use std::convert::Infallible;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;

use super::site;

/// One reading.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StatusPage {
    pub accepts: u64,
    pub handled: u64,
    pub requests: u64,
    pub reading: u64,
    pub writing: u64,
    pub waiting: u64,
}

impl StatusPage {
    pub fn active(&self) -> u64 {
        self.reading + self.writing + self.waiting
    }
}

impl fmt::Display for StatusPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let StatusPage { accepts, handled, requests, reading, writing, waiting } = self;
        writeln!(f, "Active connections: {} ", self.active())?;
        writeln!(f, "server accepts handled requests")?;
        writeln!(f, " {accepts} {handled} {requests} ")?;
        writeln!(f, "Reading: {reading} Writing: {writing} Waiting: {waiting} ")
    }
}

/// After a failed accept (out of descriptors) the next one would fail at once too.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Shows the newest reading to whoever asks.
pub(super) async fn serve(listener: tokio::net::TcpListener, page: Arc<Mutex<StatusPage>>) -> Infallible {
    let show = move || {
        let text = page.lock().unwrap_or_else(PoisonError::into_inner).to_string();
        std::future::ready(([(CONTENT_TYPE, "text/plain")], text))
    };
    let service = TowerToHyperService::new(Router::new().route(site::STATUS_PATH, get(show)));
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service.clone()));
            }
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}
