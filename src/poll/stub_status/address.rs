//! Where a stub_status page is. Knows: how its address is written. Does not know: how it is asked.

use std::fmt;
use std::path::PathBuf;

use reqwest::Url;

use crate::http_client::is_loopback;

/// Where a page is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    url: Url,
    pub(super) unix_socket: Option<PathBuf>,
    /// As configured, without user and password: labels and snapshots stand on it.
    shown: String,
    /// What to ask for in `Host`.
    host: String,
}

impl Address {
    /// `http://…`, `https://…` or `unix:/path/of.sock:/status` (without the last part: `/`), as nginx-prometheus-exporter writes it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let address = match text.strip_prefix("unix:") {
            Some(rest) => Self::of_unix(rest),
            None => Self::of_url(text),
        };
        address.map_err(|what| format!("{:?} is not an address of a page{what}; {EXAMPLES}", without_secrets(text)))
    }

    fn of_unix(rest: &str) -> Result<Self, String> {
        let (socket, path) = rest.rsplit_once(":/").unwrap_or((rest, ""));
        let address = Self::of_url(&format!("http://localhost/{path}"))?;
        let socket = PathBuf::from(socket);
        if !socket.is_absolute() {
            return Err(String::new());
        }
        let shown = format!("unix:{}:/{}", socket.display(), path.split('#').next().unwrap_or_default());
        Ok(Self { unix_socket: Some(socket), shown, ..address })
    }

    fn of_url(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|error| format!(": {error}"))?;
        let Some(("http" | "https", rest)) = text.split_once("://") else { return Err(String::new()) };
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host).to_owned();
        let path = path.split('#').next().unwrap_or_default();
        let slash = if path.starts_with('/') { "" } else { "/" };
        let shown = format!("{}://{host}{slash}{path}", url.scheme());
        Ok(Self { url, unix_socket: None, shown, host })
    }

    /// The same address asked for under another name, since nginx chooses the server by it.
    pub fn with_host(self, host: Option<&str>) -> Self {
        let host = host.map_or(self.host, str::to_owned);
        Self { host, ..self }
    }

    /// Whether what answers there can only be this very machine.
    pub(super) fn is_local(&self) -> bool {
        self.unix_socket.is_some() || is_loopback(&self.url)
    }

    /// The name or address that is connected to.
    pub(super) fn host_name(&self) -> String {
        self.url.host_str().unwrap_or_default().to_owned()
    }

    pub(super) fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// With user and password, which become a header.
    pub(super) fn url(&self) -> Url {
        self.url.clone()
    }

    pub(super) fn host(&self) -> &str {
        &self.host
    }
}

/// What is printed ends up in tickets: whatever stands before an `@` may be a password, however it is written.
pub fn without_secrets(text: &str) -> String {
    let Some((secret, rest)) = text.rsplit_once('@') else { return text.to_owned() };
    let scheme = secret.find("://").map_or("", |at| &secret[..at + "://".len()]);
    format!("{scheme}…@{rest}")
}

const EXAMPLES: &str = "write it like http://127.0.0.1:8080/stub_status or unix:/run/nginx.sock:/stub_status";

/// As configured, without user and password.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}
