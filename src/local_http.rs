//! One GET to a program on this host, over TLS where it is said to speak it.
//! Knows: addresses, the least of HTTP. Does not know: who answers.
//!
//! Nobody's certificate is checked: it is made out to the names that others use for this host, and nothing is told that
//! this host does not know.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme, StreamOwned};

use crate::config::ListenAddress;

/// What is asked, of whom, and how long is waited.
pub struct Question<'a> {
    pub address: &'a ListenAddress,
    pub path: &'a str,
    pub is_tls: bool,
    pub bytes_max: u64,
    pub timeout: Duration,
}

/// What came back.
#[derive(Debug)]
pub enum Answer {
    Said {
        status: u16,
        text: String,
    },
    /// It speaks TLS, with those who show a certificate that this host's programs do not have.
    WantsCertificate,
}

pub fn get(question: &Question<'_>) -> io::Result<Answer> {
    let answers = question.address.within_reach().into_iter().map(|host| ask(question, host));
    answers.reduce(|first, next| first.or(next)).unwrap_or_else(|| Err(ErrorKind::NotFound.into()))
}

fn ask(question: &Question<'_>, host: &str) -> io::Result<Answer> {
    let mut refused = io::Error::from(ErrorKind::NotFound);
    for address in (host, question.address.port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, question.timeout) {
            Ok(stream) => return ask_by(question, stream),
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

fn ask_by(question: &Question<'_>, stream: TcpStream) -> io::Result<Answer> {
    stream.set_read_timeout(Some(question.timeout))?;
    stream.set_write_timeout(Some(question.timeout))?;
    if !question.is_tls {
        return answer_of(question, stream);
    }
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
    let config = config.map_err(io::Error::other)?;
    let config = config.dangerous().with_custom_certificate_verifier(Arc::new(Anybody(provider))).with_no_client_auth();
    let name = ServerName::try_from("localhost").map_err(io::Error::other)?;
    let connection = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    match answer_of(question, StreamOwned::new(connection, stream)) {
        Err(error) if wants_certificate(&error) => Ok(Answer::WantsCertificate),
        answer => answer,
    }
}

fn wants_certificate(error: &io::Error) -> bool {
    use rustls::AlertDescription::{AccessDenied, BadCertificate, CertificateRequired, HandshakeFailure};
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    let alert = inner.and_then(|error| match error {
        Error::AlertReceived(alert) => Some(*alert),
        _ => None,
    });
    alert.is_some_and(|alert| [AccessDenied, BadCertificate, CertificateRequired, HandshakeFailure].contains(&alert))
}

fn answer_of(question: &Question<'_>, mut stream: impl Read + Write) -> io::Result<Answer> {
    let head = format!("GET {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", question.path, question.address);
    stream.write_all(head.as_bytes())?;
    let mut bytes = Vec::new();
    match stream.take(question.bytes_max).read_to_end(&mut bytes) {
        // Whole by then, or seen to be cut by its reader.
        Err(error) if bytes.is_empty() || error.kind() != ErrorKind::UnexpectedEof => return Err(error),
        _ => {}
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let status = text.strip_prefix("HTTP/1.").and_then(|rest| rest.get(2..5)?.parse().ok());
    let status = status.ok_or_else(|| io::Error::new(ErrorKind::InvalidData, "that is no HTTP"))?;
    Ok(Answer::Said { status, text })
}

/// Takes any server's certificate.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
