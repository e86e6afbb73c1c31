//! Asks a running hangup for its diagnosis. Knows: one GET, its bounds, the version it understands.
//! Does not know: what the answer says.

use std::fmt;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use rustls::crypto::ring;
use thiserror::Error;

use crate::diagnosis::{Answer, VERSION};
use crate::http_client::{innermost, is_loopback};

/// A hangup that takes longer is in trouble, too.
const TIMEOUT: Duration = Duration::from_secs(5);
/// All that a diagnosis may say has far less.
const BODY_BYTES_MAX: usize = 8 << 20;

/// A hangup's address.
pub(super) struct Api {
    client: Client,
    url: Url,
}

/// An address that nothing can be asked at.
#[derive(Debug, Error)]
#[error("invalid address `{0}`; write it as http://127.0.0.1:10499")]
pub struct BadAddress(String);

/// Why there is no answer.
#[derive(Debug, Error)]
pub(super) enum AskError {
    #[error("{0} does not answer: {1}")]
    Silent(String, String),
    #[error("{0} answers with status {1}")]
    Status(String, StatusCode),
    #[error("what {0} answers is no diagnosis of hangup's: {1}")]
    NotUnderstood(String, String),
    #[error("the hangup at {0} speaks version {1} of the diagnosis, and this one knows version {VERSION}")]
    Version(String, u64),
}

impl AskError {
    /// Nobody is there.
    pub(super) fn is_silence(&self) -> bool {
        matches!(self, AskError::Silent(..))
    }
}

impl Api {
    /// `address`: a URL, or a host and a port. The path is a prefix that a proxy serves hangup under.
    pub(super) fn new(address: &str) -> Result<Api, BadAddress> {
        let bad = || BadAddress(address.to_owned());
        let text = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
        let mut url = Url::parse(&text).map_err(|_| bad())?;
        if !["http", "https"].contains(&url.scheme()) || url.host_str().is_none() {
            return Err(bad());
        }
        let path = format!("{}/api/v1/diagnosis", url.path().trim_end_matches('/'));
        url.set_path(&path);
        // An error means that it is installed already.
        let _ = ring::default_provider().install_default();
        // As for the status page: this machine's own addresses rarely have a certificate, and nobody stands in between.
        let client = Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .timeout(TIMEOUT)
            .tls_danger_accept_invalid_certs(is_loopback(&url));
        Ok(Api { client: client.build().map_err(|_| bad())?, url })
    }

    pub(super) async fn ask(&self) -> Result<Answer, AskError> {
        let silent = |error: &reqwest::Error| AskError::Silent(self.to_string(), innermost(error).to_string());
        let mut response = self.client.get(self.url.clone()).send().await.map_err(|error| silent(&error))?;
        if response.status() != StatusCode::OK {
            return Err(AskError::Status(self.to_string(), response.status()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| silent(&error))? {
            body.extend_from_slice(&chunk);
            if body.len() > BODY_BYTES_MAX {
                return Err(self.not_understood("it does not end"));
            }
        }
        let answer: serde_json::Value =
            serde_json::from_slice(&body).map_err(|error| self.not_understood(&error.to_string()))?;
        match answer["version"].as_u64() {
            Some(version) if version == u64::from(VERSION) => {}
            Some(version) => return Err(AskError::Version(self.to_string(), version)),
            None => return Err(self.not_understood("it has no version")),
        }
        serde_json::from_value(answer).map_err(|error| self.not_understood(&error.to_string()))
    }

    fn not_understood(&self, what: &str) -> AskError {
        AskError::NotUnderstood(self.to_string(), what.to_owned())
    }
}

/// Without the password that may stand in it.
impl fmt::Display for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.url.scheme(), self.url.host_str().unwrap_or_default())?;
        self.url.port().map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}
