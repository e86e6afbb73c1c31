//! One stub_status page over http, https or a unix socket. Knows: addresses, one GET, its bounds and its failures.
//! Does not know: when it is asked, what its numbers mean.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::{Client, Response, StatusCode, Url, header, redirect};

use super::miss::{Miss, Reason};
use crate::nginx::stub_status::{self, StubStatus};

/// The page has about 100 bytes; whatever is longer than this is something else.
const BODY_BYTES_MAX: usize = 16 << 10;

/// Where a page is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    url: Url,
    unix_socket: Option<PathBuf>,
    /// The `Host` to ask for, where it is not the address's own.
    host: Option<String>,
}

impl Address {
    /// `http://…`, `https://…` or `unix:/path/of.sock:/status` (without the last part: `/`), as nginx-prometheus-exporter writes it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (url, unix_socket) = match text.strip_prefix("unix:") {
            Some(rest) => {
                let (socket, path) = rest.rsplit_once(":/").unwrap_or((rest, ""));
                (format!("http://localhost/{path}"), Some(PathBuf::from(socket)))
            }
            None => (text.to_owned(), None),
        };
        let url =
            Url::parse(&url).map_err(|error| format!("{text:?} is not an address of a page: {error}; {EXAMPLES}"))?;
        let complete =
            matches!(url.scheme(), "http" | "https") && unix_socket.as_ref().is_none_or(|path| path.is_absolute());
        if complete {
            Ok(Self { url, unix_socket, host: None })
        } else {
            Err(format!("{text:?} is not an address of a page; {EXAMPLES}"))
        }
    }

    /// The same address asked for under another name, since nginx chooses the server by it.
    pub fn with_host(self, host: Option<&str>) -> Self {
        Self { host: host.map(str::to_owned), ..self }
    }

    /// Whether what answers there can only be this very machine.
    fn is_local(&self) -> bool {
        let host = self.url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        self.unix_socket.is_some() || host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
    }
}

const EXAMPLES: &str = "write it like http://127.0.0.1:8080/stub_status or unix:/run/nginx.sock:/stub_status";

/// As configured, without user and password.
impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(socket) = &self.unix_socket {
            return write!(f, "unix:{}:{}", socket.display(), self.url.path());
        }
        let mut url = self.url.clone();
        // Both fail only for addresses that cannot have a host, which these have.
        let _ = (url.set_username(""), url.set_password(None));
        url.fmt(f)
    }
}

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
        install_tls_provider();
        let mut builder = Client::builder()
            .timeout(timeout)
            .no_proxy()
            .redirect(redirect::Policy::none())
            .pool_max_idle_per_host(0)
            .user_agent(concat!("hangup/", env!("CARGO_PKG_VERSION")))
            .tls_danger_accept_invalid_certs(address.is_local());
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
                return Err(self.miss(
                    Reason::TooLarge,
                    &format!("more than {BODY_BYTES_MAX} bytes came"),
                    IS_IT_THE_PAGE,
                ));
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
        let cause = innermost(error);
        let io = cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        let tls = cause.downcast_ref::<rustls::Error>().is_some();
        let (reason, what, advice) = match io {
            _ if error.is_timeout() => (Reason::TimedOut, format!("no answer within {:?}", self.timeout), STALLED),
            _ if tls => {
                (Reason::Untrusted, cause.to_string(), "use a certificate this host trusts, or ask a loopback address")
            }
            Some(std::io::ErrorKind::ConnectionRefused) => {
                (Reason::Refused, cause.to_string(), "is nginx running and listening there?")
            }
            Some(std::io::ErrorKind::NotFound) => {
                (Reason::Refused, "there is no such socket".to_owned(), "is nginx running and listening there?")
            }
            Some(std::io::ErrorKind::PermissionDenied) => {
                (Reason::Denied, cause.to_string(), "let hangup's user write to the socket")
            }
            _ if error.is_connect() => (Reason::Unreachable, cause.to_string(), "check name, address and firewall"),
            _ => (Reason::Other, cause.to_string(), IS_IT_THE_PAGE),
        };
        self.miss(reason, &what, advice)
    }

    fn miss(&self, reason: Reason, what: &str, advice: &str) -> Miss {
        Miss::new(reason, format!("{}: {what}: {advice}", self.address))
    }
}

const IS_IT_THE_PAGE: &str = "is this the address of a location with \"stub_status;\"?";
const STALLED: &str = "nginx is stalled, or all its connection slots are taken";

/// rustls wants one provider of cryptography for the process. Whoever comes first installs it; it is the same everywhere.
fn install_tls_provider() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// The last cause says what happened ("Connection refused"); the outer ones say only that something did.
fn innermost<'a>(error: &'a reqwest::Error) -> &'a (dyn std::error::Error + 'static) {
    let mut cause: &'a (dyn std::error::Error + 'static) = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause
}

#[cfg(test)]
mod tests;
