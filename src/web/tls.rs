//! TLS as a web configuration file asks for it: certificate, versions, suites, curves, certificates of clients.
//! Knows: PEM, rustls. Does not know: files, or how names are written in that one.

mod client_certificates;

use std::fmt;
use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::NoServerSessionStorage;
use rustls::{CipherSuite, NamedGroup, ProtocolVersion, ServerConfig, SupportedProtocolVersion};

pub use client_certificates::ClientAuth;

/// What is spoken, and by whose leave.
#[derive(Clone)]
pub struct TlsSettings {
    /// The chain in PEM, hangup's own certificate first.
    pub certificate: Vec<u8>,
    /// Its private key in PEM.
    pub key: Vec<u8>,
    /// Those whose word is taken for a client, in PEM.
    pub client_ca: Option<Vec<u8>>,
    pub client_auth: ClientAuth,
    /// Names of which a client's certificate must have one; empty: any will do.
    pub client_allowed_sans: Vec<String>,
    /// TLS 1.2, TLS 1.3 or both.
    pub versions: Vec<ProtocolVersion>,
    /// Of TLS 1.2, the preferred first; empty: all there are. Those of TLS 1.3 are not chosen.
    pub cipher_suites: Vec<CipherSuite>,
    /// The preferred first; empty: all there are.
    pub curves: Vec<NamedGroup>,
    /// The order of the suites here counts, not the client's.
    pub prefer_server_order: bool,
}

/// Keys are not printed.
impl fmt::Debug for TlsSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsSettings").field("client_auth", &self.client_auth).finish_non_exhaustive()
    }
}

/// `Err`: what of it cannot be used.
pub(super) fn server_config(settings: &TlsSettings) -> Result<Arc<ServerConfig>, String> {
    let provider = Arc::new(provider(settings));
    let chain = certificates(&settings.certificate, "the certificate")?;
    let key = PrivateKeyDer::from_pem_slice(&settings.key)
        .map_err(|error| format!("the key holds no private key in PEM that can be read: {error}"))?;
    let verifier = client_certificates::verifier(settings, &provider)?;
    let all: [&'static SupportedProtocolVersion; 2] = [&rustls::version::TLS13, &rustls::version::TLS12];
    let versions: Vec<_> = all.into_iter().filter(|one| settings.versions.contains(&one.version)).collect();
    let builder = ServerConfig::builder_with_provider(provider).with_protocol_versions(&versions);
    let builder = builder.map_err(|error| format!("these versions, suites and curves do not fit together: {error}"))?;
    let pair = builder.with_client_cert_verifier(verifier).with_single_cert(chain, key);
    let mut config = pair.map_err(|error| format!("certificate and key cannot be used together: {error}"))?;
    config.ignore_client_order = settings.prefer_server_order;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // Each scrape is one connection, seconds apart: nothing is kept of one for the next.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

/// With the suites and curves that are asked for, in their order.
fn provider(settings: &TlsSettings) -> CryptoProvider {
    let all = ring::default_provider();
    let (mut cipher_suites, mut kx_groups) = (all.cipher_suites.clone(), all.kx_groups.clone());
    if !settings.cipher_suites.is_empty() {
        let place = |suite: CipherSuite| settings.cipher_suites.iter().position(|other| *other == suite);
        cipher_suites.retain(|one| one.tls13().is_some() || place(one.suite()).is_some());
        cipher_suites.sort_by_key(|one| place(one.suite()));
    }
    if !settings.curves.is_empty() {
        let place = |group: NamedGroup| settings.curves.iter().position(|other| *other == group);
        kx_groups.retain(|one| place(one.name()).is_some());
        kx_groups.sort_by_key(|one| place(one.name()));
    }
    CryptoProvider { cipher_suites, kx_groups, ..all }
}

/// All certificates of a PEM text.
fn certificates(pem: &[u8], what: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match read {
        Ok(chain) if chain.is_empty() => Err(format!("{what} holds no certificate in PEM")),
        Ok(chain) => Ok(chain),
        Err(error) => Err(format!("{what} cannot be read as PEM: {error}")),
    }
}
