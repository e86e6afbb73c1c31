//! A client that speaks TLS, told what it may speak.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{CipherSuite, ClientConfig, ClientConnection, NamedGroup, ProtocolVersion, RootCertStore, StreamOwned};

use super::{Pair, Secured};

/// What a client speaks; empty lists: all.
#[derive(Default)]
pub struct Client<'a> {
    pub certificate: Option<&'a Pair>,
    pub suites: &'a [CipherSuite],
    pub curves: &'a [NamedGroup],
    pub versions: &'a [ProtocolVersion],
    /// Whole lines, each ended by CRLF.
    pub headers: &'a str,
}

/// An answer, and what was agreed on for it.
pub struct Reply {
    pub status: u16,
    pub text: String,
    pub suite: CipherSuite,
    pub version: ProtocolVersion,
}

impl Client<'_> {
    pub fn get(&self, from: &Secured) -> io::Result<Reply> {
        let config = Arc::new(self.config(&from.ca.pem));
        let name = "localhost".try_into().expect("a name");
        let tcp = TcpStream::connect(from.addr())?;
        tcp.set_read_timeout(Some(Duration::from_secs(20)))?;
        let mut stream = StreamOwned::new(ClientConnection::new(config, name).expect("it fits"), tcp);
        let head = format!("GET /-/healthy HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{}\r\n", self.headers);
        stream.write_all(head.as_bytes())?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
        let (suite, version) = (stream.conn.negotiated_cipher_suite(), stream.conn.protocol_version());
        Ok(Reply { status, text, suite: suite.expect("agreed").suite(), version: version.expect("agreed") })
    }

    fn config(&self, ca: &str) -> ClientConfig {
        let all = ring::default_provider();
        let (mut cipher_suites, mut kx_groups) = (all.cipher_suites.clone(), all.kx_groups.clone());
        let place = |suite: CipherSuite| self.suites.iter().position(|other| *other == suite);
        cipher_suites.retain(|one| self.suites.is_empty() || place(one.suite()).is_some());
        cipher_suites.sort_by_key(|one| place(one.suite()));
        kx_groups.retain(|one| self.curves.is_empty() || self.curves.contains(&one.name()));
        let provider = CryptoProvider { cipher_suites, kx_groups, ..all };
        let mut versions = vec![&rustls::version::TLS13, &rustls::version::TLS12];
        versions.retain(|one| self.versions.is_empty() || self.versions.contains(&one.version));
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(ca.as_bytes()).expect("PEM")).expect("an authority");
        let builder = ClientConfig::builder_with_provider(Arc::new(provider)).with_protocol_versions(&versions);
        let builder = builder.expect("they fit together").with_root_certificates(roots);
        match self.certificate {
            None => builder.with_no_client_auth(),
            Some(pair) => {
                let chain = vec![CertificateDer::from_pem_slice(pair.certificate.as_bytes()).expect("PEM")];
                let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).expect("PEM");
                builder.with_client_auth_cert(chain, key).expect("a pair")
            }
        }
    }
}

/// Why nothing came of it.
#[track_caller]
pub fn refused(reply: io::Result<Reply>) -> String {
    match reply {
        Ok(reply) => panic!("it was answered: {}", reply.text),
        Err(error) => error.to_string(),
    }
}

/// `Authorization` of a user, as a line of a head.
pub fn basic(user: &str, password: &str) -> String {
    use base64::Engine;
    let login = base64::prelude::BASE64_STANDARD.encode(format!("{user}:{password}"));
    format!("Authorization: Basic {login}\r\n")
}
