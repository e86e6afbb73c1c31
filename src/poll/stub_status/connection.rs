//! A connection to a page: TCP, with TLS or without, or a unix socket. Knows: how it is made.
//! Does not know: what is said over it.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use super::address::Address;
use super::trust;

/// Why there is no answer.
#[derive(Debug, Error)]
pub(super) enum Failure {
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
    #[error(transparent)]
    Connecting(#[from] io::Error),
    #[error(transparent)]
    Talking(#[from] hyper::Error),
    #[error(transparent)]
    Asking(#[from] hyper::http::Error),
}

/// Connects to one address, each time anew.
pub(super) enum Connector {
    Unix(PathBuf),
    Tcp { host: String, port: u16 },
    Tls { host: String, port: u16, name: ServerName<'static>, connector: TlsConnector },
}

pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl Connector {
    /// The error is a sentence on the certificates of this host.
    pub(super) fn new(address: &Address, check_certificate: bool) -> Result<Self, String> {
        if let Some(path) = &address.unix_socket {
            return Ok(Self::Unix(path.clone()));
        }
        let (host, port) = address.host_and_port();
        let host = host.to_owned();
        if !address.is_https() {
            return Ok(Self::Tcp { host, port });
        }
        let name = ServerName::try_from(host.clone()).map_err(|_| format!("{host} cannot be in a certificate"))?;
        let config = if check_certificate { trust::authorities()? } else { trust::anyone() };
        Ok(Self::Tls { host, port, name, connector: TlsConnector::from(config) })
    }

    pub(super) async fn connect(&self) -> io::Result<Box<dyn Stream>> {
        Ok(match self {
            Self::Unix(path) => Box::new(UnixStream::connect(path).await?),
            Self::Tcp { host, port } => Box::new(TcpStream::connect((host.as_str(), *port)).await?),
            Self::Tls { host, port, name, connector } => {
                let tcp = TcpStream::connect((host.as_str(), *port)).await?;
                Box::new(connector.connect(name.clone(), tcp).await?)
            }
        })
    }
}
