//! One stub_status page over http, https or a unix socket. Knows: one GET and its bounds.
//! Does not know: when it is asked, what its numbers mean.

mod address;
mod failure;
mod lookup;

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode, header};
use rustls::crypto::ring;
use tokio::time;

pub use address::{Address, without_secrets};
use failure::{Failure, IS_IT_THE_PAGE, explain};
use lookup::OneLookup;

use super::cpu_time;
use super::error::{PollError, Reason};
use crate::dialect::nginx::stub_status::{self, StubStatus};
use crate::http_client::innermost;

/// The page has about 100 bytes; whatever is longer than this is something else.
const BODY_BYTES_MAX: usize = 16 << 10;

const USER_AGENT: &str = concat!("hangup/", env!("CARGO_PKG_VERSION"));

const NO_AUTHORITIES: &str = "install ca-certificates, or set SSL_CERT_FILE to a file of authorities";

/// Asks one page.
pub struct Page {
    address: Address,
    timeout: Duration,
    client: Client,
    lookup: OneLookup,
}

impl Page {
    /// The certificate is not checked on this machine's own addresses, where it is rarely issued for "localhost" and
    /// nobody can stand in between. It is checked everywhere else, against this host's authorities (or those of
    /// `SSL_CERT_FILE` and `SSL_CERT_DIR`).
    pub fn new(address: Address, timeout: Duration) -> Result<Self, PollError> {
        let check_certificate = address.is_https() && !address.is_local();
        Self::checking(address, timeout, check_certificate)
    }

    /// A new connection for each question: a kept one would hold one of the connection slots that may be running out,
    /// and would not notice when no new one is to be had. No proxy of the environment: the page is asked from here.
    fn checking(address: Address, timeout: Duration, check_certificate: bool) -> Result<Self, PollError> {
        // An error means that it is installed already.
        let _ = ring::default_provider().install_default();
        let lookup = OneLookup::new();
        let mut client = Client::builder()
            .user_agent(USER_AGENT)
            .no_proxy()
            .redirect(Policy::none())
            .pool_max_idle_per_host(0)
            .dns_resolver(lookup.clone())
            .tls_danger_accept_invalid_certs(!check_certificate);
        if let Some(socket) = &address.unix_socket {
            client = client.unix_socket(socket.clone());
        }
        match client.build() {
            Ok(client) => Ok(Self { address, timeout, client, lookup }),
            Err(error) => {
                let what = format!("{address}: {}: {NO_AUTHORITIES}", innermost(&error));
                Err(PollError::new(Reason::Untrusted, what))
            }
        }
    }

    pub async fn ask(&self) -> Result<StubStatus, PollError> {
        let body = self.body().await?;
        stub_status::parse(&body).map_err(|error| self.error(Reason::NotUnderstood, &error.to_string(), IS_IT_THE_PAGE))
    }

    async fn body(&self) -> Result<Vec<u8>, PollError> {
        let answer = tokio::select! {
            answer = time::timeout(self.timeout, self.get()) => answer.unwrap_or_else(|_| Err(self.timed_out())),
            () = overspent() => Err(Failure::Endless),
        };
        match answer {
            Ok((StatusCode::OK, body)) if body.len() > BODY_BYTES_MAX => {
                let what = format!("more than {BODY_BYTES_MAX} bytes came");
                Err(self.error(Reason::TooLarge, &what, IS_IT_THE_PAGE))
            }
            Ok((StatusCode::OK, body)) => Ok(body),
            Ok((status, _)) => Err(self.error(Reason::BadStatus, &format!("it answered {status}"), advice(status))),
            Err(failure) => {
                let (reason, what, advice) = explain(&failure);
                Err(self.error(reason, &what, advice))
            }
        }
    }

    async fn get(&self) -> Result<(StatusCode, Vec<u8>), Failure> {
        let request = self.client.get(self.address.url());
        let request = request.header(header::HOST, self.address.host()).header(header::CONNECTION, "close");
        let response = request.send().await?;
        let status = response.status();
        let body = if status == StatusCode::OK { start_of(response).await? } else { Vec::new() };
        Ok((status, body))
    }

    fn timed_out(&self) -> Failure {
        if self.lookup.is_pending() {
            return Failure::Unresolved(self.address.host_name(), self.timeout);
        }
        Failure::TimedOut(self.timeout)
    }

    fn error(&self, reason: Reason, what: &str, advice: &str) -> PollError {
        PollError::new(reason, format!("{}: {what}: {advice}", self.address))
    }
}

fn advice(status: StatusCode) -> &'static str {
    match status {
        StatusCode::FORBIDDEN => "add \"allow\" for the address hangup comes from to that location",
        StatusCode::UNAUTHORIZED => "write it as http://user:password@host/path",
        StatusCode::NOT_FOUND => "add a location with \"stub_status;\", or correct the path",
        status if status.is_redirection() => "name the address it leads to; redirects are not followed",
        _ => IS_IT_THE_PAGE,
    }
}

/// Resolves when this thread has spent more on an attempt than any page can cost: there are answers that go on and on
/// without being one (`100 Continue`).
async fn overspent() {
    const LOOK_INTERVAL: Duration = Duration::from_millis(50);
    const COST_MAX: Duration = Duration::from_millis(100);
    let before = cpu_time::of_this_thread();
    while cpu_time::of_this_thread().saturating_sub(before) < COST_MAX {
        time::sleep(LOOK_INTERVAL).await;
    }
}

/// All of the body, or a little more of it than any page has.
async fn start_of(mut response: Response) -> reqwest::Result<Vec<u8>> {
    let mut start = Vec::new();
    while start.len() <= BODY_BYTES_MAX
        && let Some(chunk) = response.chunk().await?
    {
        start.extend_from_slice(&chunk);
    }
    Ok(start)
}

#[cfg(test)]
mod tests;
