//! Who comes in: TLS, users and their passwords, how often. All of it as a web configuration file says at that moment.
//! Knows: what is asked of a request. Does not know: where the file is, or what is served.

mod logins;
mod rate_limit;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use rustls::ServerConfig;

pub use rate_limit::RateLimit;

use super::locked;
use super::refusals::{Refusal, Refusals};
use super::tls::{TlsSettings, server_config};
use logins::{Login, Logins};
use rate_limit::Bucket;

/// What a web configuration file asks for.
#[derive(Debug, Clone, Default)]
pub struct FrontSettings {
    pub tls: Option<TlsSettings>,
    /// By name, the bcrypt hash of the password; empty: everybody may come in.
    pub users: BTreeMap<String, String>,
    /// Sent with every answer, in place of hangup's own.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    pub rate_limit: Option<RateLimit>,
}

/// The same, ready for use.
pub struct Front {
    settings: FrontSettings,
    tls: Option<Arc<ServerConfig>>,
}

impl Front {
    /// `Err`: what of it cannot be used.
    pub fn new(settings: FrontSettings) -> Result<Front, String> {
        let tls = settings.tls.as_ref().map(server_config).transpose()?;
        Ok(Front { settings, tls })
    }

    pub fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    pub fn asks_for_password(&self) -> bool {
        !self.settings.users.is_empty()
    }

    /// In a few words: `TLS, client certificates required, 2 users`.
    pub fn summary(&self) -> String {
        let tls = if self.is_tls() { "TLS" } else { "no TLS" };
        let certificates = self.settings.tls.as_ref().filter(|tls| tls.client_auth.requires_one());
        let certificates = certificates.map_or("", |_| ", client certificates required");
        let users = match self.settings.users.len() {
            0 => String::new(),
            1 => ", 1 user".to_owned(),
            many => format!(", {many} users"),
        };
        let limit = self.settings.rate_limit.map_or("", |_| ", requests limited");
        format!("{tls}{certificates}{users}{limit}")
    }
}

/// How connections are opened.
pub(super) enum Opening {
    Plain,
    Tls(Arc<ServerConfig>),
    /// The file asks for something that cannot be given.
    Closed,
}

/// Keeps the port.
pub struct Gate {
    /// `None`: the file cannot be used, so nobody comes in.
    front: RwLock<Option<Arc<Front>>>,
    /// Whether TLS is spoken is settled when hangup starts, and so is the rate.
    is_tls: bool,
    bucket: Option<Mutex<Bucket>>,
    logins: Logins,
    refusals: Arc<Refusals>,
}

impl Gate {
    pub fn new(front: Front, refusals: Arc<Refusals>) -> Gate {
        Gate {
            is_tls: front.is_tls(),
            bucket: front.settings.rate_limit.map(|limit| Mutex::new(Bucket::new(limit))),
            front: RwLock::new(Some(Arc::new(front))),
            logins: Logins::new(),
            refusals,
        }
    }

    /// Without a web configuration file: everybody comes in.
    pub fn open(refusals: Arc<Refusals>) -> Gate {
        Gate::new(Front { settings: FrontSettings::default(), tls: None }, refusals)
    }

    /// Goes on by what the file says by now; `None`: it cannot be used, and nobody comes in until it can. Returns what
    /// takes a restart.
    pub fn set(&self, front: Option<Front>) -> Option<&'static str> {
        let found_tls = front.as_ref().map(Front::is_tls);
        let as_before = found_tls.is_none_or(|found| found == self.is_tls);
        // Nobody may get in the clear what was to be encrypted.
        let usable = front.filter(|_| as_before || !self.is_tls);
        *self.front.write().unwrap_or_else(PoisonError::into_inner) = usable.map(Arc::new);
        (!as_before).then_some("turning TLS on or off takes effect only after a restart")
    }

    fn front(&self) -> Option<Arc<Front>> {
        self.front.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn opening(&self) -> Opening {
        match (self.is_tls, self.front().and_then(|front| front.tls.clone())) {
            (false, _) => Opening::Plain,
            (true, Some(config)) => Opening::Tls(config),
            (true, None) => Opening::Closed,
        }
    }

    /// Counts a handshake that came to nothing.
    pub(super) fn handshake_failed(&self) {
        self.refusals.add(Refusal::Handshake);
    }

    /// `Err`: what is answered instead of what was asked for.
    pub(super) async fn admit(&self, headers: &HeaderMap, peer: IpAddr) -> Result<(), Response> {
        let refusal = match self.front() {
            None => Some(Refusal::Configuration),
            Some(_) if !self.allows_one_more() => Some(Refusal::Rate),
            Some(front) if front.settings.users.is_empty() => None,
            Some(front) => match self.logins.check(&front.settings.users, headers, peer).await {
                Login::Right => None,
                Login::Wrong => Some(Refusal::Password),
                Login::Busy => Some(Refusal::Busy),
            },
        };
        let Some(refusal) = refusal else { return Ok(()) };
        self.refusals.add(refusal);
        Err(answer(refusal))
    }

    fn allows_one_more(&self) -> bool {
        self.bucket.as_ref().is_none_or(|bucket| locked(bucket).take())
    }

    /// Adds the headers that the file asks for.
    pub(super) fn dress(&self, response: &mut Response) {
        for (name, value) in self.front().iter().flat_map(|front| &front.settings.headers) {
            response.headers_mut().insert(name, value.clone());
        }
    }
}

fn answer(refusal: Refusal) -> Response {
    const AGAIN: [(HeaderName, HeaderValue); 1] = [(RETRY_AFTER, HeaderValue::from_static("1"))];
    const BASIC: [(HeaderName, HeaderValue); 1] = [(WWW_AUTHENTICATE, HeaderValue::from_static("Basic"))];
    match refusal {
        Refusal::Password => (StatusCode::UNAUTHORIZED, BASIC, "Unauthorized\n").into_response(),
        Refusal::Rate => (StatusCode::TOO_MANY_REQUESTS, "Too Many Requests\n").into_response(),
        Refusal::Busy => {
            (StatusCode::SERVICE_UNAVAILABLE, AGAIN, "Too many passwords wait to be checked.\n").into_response()
        }
        Refusal::Configuration | Refusal::Handshake => {
            let sentence = "The web configuration file cannot be used; hangup's log says why.\n";
            (StatusCode::INTERNAL_SERVER_ERROR, sentence).into_response()
        }
    }
}
