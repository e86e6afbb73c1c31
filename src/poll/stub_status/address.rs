//! Where a stub_status page is. Knows: how its address is written. Does not know: how it is asked.

use std::net::IpAddr;
use std::path::PathBuf;

use reqwest::Url;

/// Where a page is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    pub(super) url: Url,
    pub(super) unix_socket: Option<PathBuf>,
    /// The `Host` to ask for, where it is not the address's own.
    pub(super) host: Option<String>,
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
    pub(super) fn is_local(&self) -> bool {
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
