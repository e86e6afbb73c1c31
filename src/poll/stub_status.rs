//! One stub_status page over http, https or a unix socket. Knows: one GET and its bounds.
//! Does not know: when it is asked, what its numbers mean.

mod address;
mod failure;

use std::time::Duration;

use reqwest::{Client, Response, StatusCode, header, redirect};

pub use address::Address;
use failure::{IS_IT_THE_PAGE, explain, innermost};

use super::miss::{Miss, Reason};
use crate::nginx::stub_status::{self, StubStatus};

/// The page has about 100 bytes; whatever is longer than this is something else.
const BODY_BYTES_MAX: usize = 16 << 10;

/// Asks one page.
pub struct Page {
    address: Address,
    timeout: Duration,
    client: Client,
}

impl Page {
    /// A new connection for each question: a kept one would hold one of the connection slots that may be running out,
    /// and would not notice when no new one is to be had.
    ///
    /// The certificate is not checked on this machine's own addresses, where it is rarely issued for "localhost" and
    /// nobody can stand in between. It is checked everywhere else.
    pub fn new(address: Address, timeout: Duration) -> Result<Self, Miss> {
        let check_certificate = !address.is_local();
        Self::checking(address, timeout, check_certificate)
    }

    fn checking(address: Address, timeout: Duration, check_certificate: bool) -> Result<Self, Miss> {
        install_tls_provider();
        let mut builder = Client::builder()
            .timeout(timeout)
            .no_proxy()
            .redirect(redirect::Policy::none())
            .pool_max_idle_per_host(0)
            .user_agent(concat!("hangup/", env!("CARGO_PKG_VERSION")))
            .tls_danger_accept_invalid_certs(!check_certificate);
        if let Some(path) = address.unix_socket.clone() {
            builder = builder.unix_socket(path);
        }
        let client = builder
            .build()
            .map_err(|error| Miss::new(Reason::Other, format!("no HTTP client: {}", innermost(&error))))?;
        Ok(Self { address, timeout, client })
    }

    pub async fn ask(&self) -> Result<StubStatus, Miss> {
        let body = self.body().await?;
        stub_status::parse(&body).map_err(|error| self.miss(Reason::NotUnderstood, &error.to_string(), IS_IT_THE_PAGE))
    }

    async fn body(&self) -> Result<Vec<u8>, Miss> {
        let mut request = self.client.get(self.address.url.clone()).header(header::CONNECTION, "close");
        if let Some(host) = &self.address.host {
            request = request.header(header::HOST, host);
        }
        let mut response = request.send().await.map_err(|error| self.failed(&error))?;
        self.check_status(&response)?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failed(&error))? {
            body.extend_from_slice(&chunk);
            if body.len() > BODY_BYTES_MAX {
                let what = format!("more than {BODY_BYTES_MAX} bytes came");
                return Err(self.miss(Reason::TooLarge, &what, IS_IT_THE_PAGE));
            }
        }
        Ok(body)
    }

    fn check_status(&self, response: &Response) -> Result<(), Miss> {
        let advice = match response.status() {
            StatusCode::OK => return Ok(()),
            StatusCode::FORBIDDEN => "add \"allow\" for the address hangup comes from to that location",
            StatusCode::UNAUTHORIZED => "write it as http://user:password@host/path",
            StatusCode::NOT_FOUND => "add a location with \"stub_status;\", or correct the path",
            status if status.is_redirection() => "name the address it leads to; redirects are not followed",
            _ => IS_IT_THE_PAGE,
        };
        Err(self.miss(Reason::BadStatus, &format!("it answered {}", response.status()), advice))
    }

    fn failed(&self, error: &reqwest::Error) -> Miss {
        let (reason, what, advice) = explain(error, self.timeout);
        self.miss(reason, &what, advice)
    }

    fn miss(&self, reason: Reason, what: &str, advice: &str) -> Miss {
        Miss::new(reason, format!("{}: {what}: {advice}", self.address))
    }
}

/// rustls wants one provider of cryptography for the process. Whoever comes first installs it; it is the same everywhere.
fn install_tls_provider() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

#[cfg(test)]
mod tests;
