//! Where a stub_status page is. Knows: how its address is written. Does not know: how it is asked.

use std::net::IpAddr;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::Uri;
use percent_encoding::percent_decode_str;

/// Where a page is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    uri: Uri,
    pub(super) unix_socket: Option<PathBuf>,
    /// The `Host` to ask for, where it is not the address's own.
    host: Option<String>,
}

impl Address {
    /// `http://…`, `https://…` or `unix:/path/of.sock:/status` (without the last part: `/`), as nginx-prometheus-exporter writes it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (uri, unix_socket) = match text.strip_prefix("unix:") {
            Some(rest) => {
                let (socket, path) = rest.rsplit_once(":/").unwrap_or((rest, ""));
                (format!("http://localhost/{path}"), Some(PathBuf::from(socket)))
            }
            None => (text.to_owned(), None),
        };
        let uri: Uri =
            uri.parse().map_err(|error| format!("{text:?} is not an address of a page: {error}; {EXAMPLES}"))?;
        let complete = matches!(uri.scheme_str(), Some("http" | "https"))
            && unix_socket.as_ref().is_none_or(|path| path.is_absolute());
        let address = Self { uri, unix_socket, host: None };
        if complete && address.names_host_and_port() {
            Ok(address)
        } else {
            Err(format!("{text:?} is not an address of a page; {EXAMPLES}"))
        }
    }

    /// `Uri` takes a port for one that is too large or no number at all, and a host that is empty.
    fn names_host_and_port(&self) -> bool {
        let behind_host = self.parts().1.rsplit(']').next().unwrap_or_default();
        let port = behind_host.split_once(':');
        !self.host_and_port().0.is_empty() && (port.is_none() || self.uri.port_u16().is_some())
    }

    /// The same address asked for under another name, since nginx chooses the server by it.
    pub fn with_host(self, host: Option<&str>) -> Self {
        Self { host: host.map(str::to_owned), ..self }
    }

    /// Whether what answers there can only be this very machine.
    pub(super) fn is_local(&self) -> bool {
        let (host, _) = self.host_and_port();
        self.unix_socket.is_some()
            || host.eq_ignore_ascii_case("localhost")
            || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
    }

    pub(super) fn is_https(&self) -> bool {
        self.uri.scheme_str() == Some("https")
    }

    /// What to connect to.
    pub(super) fn host_and_port(&self) -> (&str, u16) {
        let host = self.uri.host().unwrap_or_default().trim_matches(['[', ']']);
        (host, self.uri.port_u16().unwrap_or(if self.is_https() { 443 } else { 80 }))
    }

    /// What to ask for, and under which name.
    pub(super) fn path(&self) -> &str {
        self.uri.path_and_query().map_or("/", |path| path.as_str())
    }

    pub(super) fn host(&self) -> &str {
        self.host.as_deref().unwrap_or(self.parts().1)
    }

    /// The password as the header `Authorization` carries it (RFC 7617).
    pub(super) fn authorization(&self) -> Option<String> {
        let user = self.parts().0?;
        let (user, password) = user.split_once(':').unwrap_or((user, ""));
        let decoded: Vec<u8> = percent_decode_str(user).chain([b':']).chain(percent_decode_str(password)).collect();
        Some(format!("Basic {}", STANDARD.encode(decoded)))
    }

    /// User and password, and the host with its port.
    fn parts(&self) -> (Option<&str>, &str) {
        let authority = self.uri.authority().map_or("", |authority| authority.as_str());
        authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host))
    }
}

const EXAMPLES: &str = "write it like http://127.0.0.1:8080/stub_status or unix:/run/nginx.sock:/stub_status";

/// As configured, without user and password.
impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.unix_socket {
            Some(socket) => write!(f, "unix:{}:{}", socket.display(), self.path()),
            None => write!(f, "{}://{}{}", self.uri.scheme_str().unwrap_or_default(), self.parts().1, self.path()),
        }
    }
}
