//! What is spoken, and with whom.

use std::io::{Read, Write};
use std::net::TcpStream;

use rcgen::SanType;
use rustls::{CipherSuite, NamedGroup, ProtocolVersion};

use super::client::{Client, refused};
use super::{Authority, Secured, dns, tls};
use crate::support::hangup::{Hangup, command};
use crate::support::http;

const SOME_SUITES: &str = ", max_version: TLS12, cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]";
const AES_128: CipherSuite = CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256;
const AES_256: CipherSuite = CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384;
const CHACHA20: CipherSuite = CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256;

#[track_caller]
fn answered(secured: &Secured, client: &Client<'_>) -> super::client::Reply {
    let reply = client.get(secured).unwrap_or_else(|error| panic!("{error}"));
    assert!(reply.status == 200 && reply.text.ends_with("hangup is healthy.\n"), "{}", reply.text);
    reply
}

#[test]
fn without_a_file_http_is_served() {
    let hangup = Hangup::start(&["--nginx.config=", "--web.config.file="]);
    assert_eq!(hangup.get("/-/healthy").status, 200);
}

#[test]
fn with_an_empty_file_http_is_served() {
    let secured = Secured::start("");
    assert_eq!(http::get(secured.addr(), "/-/healthy").expect("an answer").status, 200);
}

#[test]
fn without_tls_a_tls_client_gets_no_handshake() {
    let secured = Secured::start("");
    let why = refused(Client::default().get(&secured));
    assert!(why.contains("corrupt message") || why.contains("eof") || why.contains("reset"), "{why}");
}

#[test]
fn a_file_that_cannot_be_used_ends_the_start() {
    let output = command().args(["--nginx.config=", "--web.config.file=/nowhere/web.yml"]).output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(64), "{said}");
    assert!(said.contains("/nowhere/web.yml:1: it cannot be read"), "{said}");
}

#[test]
fn with_tls_a_plain_client_is_told_so() {
    let secured = Secured::start(&tls(""));
    let answer = http::get(secured.addr(), "/metrics").expect("an answer");
    assert_eq!((answer.status, answer.text().as_str()), (400, "Client sent an HTTP request to an HTTPS server.\n"));
}

#[test]
fn with_tls_a_tls_client_is_served() {
    let secured = Secured::start(&tls(""));
    assert_eq!(answered(&secured, &Client::default()).version, ProtocolVersion::TLSv1_3);
    let (code, said) = secured.asked("healthy");
    assert_eq!((code, said.as_str()), (Some(0), ""));
    let (_, said) = secured.asked("check");
    assert!(said.contains("is served by a hangup that runs already") && said.contains("web.yml: TLS"), "{said}");
}

#[test]
fn certificate_and_key_may_stand_in_the_file() {
    let indented = |pem: &str| pem.lines().map(|line| format!("    {line}\n")).collect::<String>();
    let secured = Secured::start_with(|_, pair| {
        let (certificate, key) = (indented(&pair.certificate), indented(&pair.key));
        format!("tls_server_config:\n  cert: |\n{certificate}  key: |\n{key}")
    });
    answered(&secured, &Client::default());
}

/// rustls has no such client: a hello of TLS 1.1, by hand, is answered by the alert `protocol_version`.
#[test]
fn a_client_of_tls_1_1_is_refused() {
    let secured = Secured::start(&tls(""));
    // TLS 1.1, a random, no session, one suite that would do, no compression; signatures, curves and their form.
    let mut hello = vec![3, 2];
    hello.extend([7; 32]);
    hello.extend([0, 0, 2, 0xc0, 0x2b, 1, 0]);
    hello.extend([0, 22, 0, 13, 0, 4, 0, 2, 4, 3, 0, 10, 0, 4, 0, 2, 0, 23, 0, 11, 0, 2, 1, 0]);
    let mut record = vec![22, 3, 1, 0, hello.len() as u8 + 4, 1, 0, 0, hello.len() as u8];
    record.extend(hello);
    let mut stream = TcpStream::connect(secured.addr()).expect("it listens");
    stream.write_all(&record).expect("sent");
    let mut alert = Vec::new();
    stream.read_to_end(&mut alert).expect("an answer");
    const PROTOCOL_VERSION: u8 = 70;
    assert_eq!((alert[0], alert.last().copied()), (21, Some(PROTOCOL_VERSION)), "{alert:?}");
}

#[test]
fn all_suites() {
    let names = [
        "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        "TLS_AES_128_GCM_SHA256",
    ];
    let secured = Secured::start(&tls(&format!(", cipher_suites: [{}]", names.join(", "))));
    for suite in [AES_128, AES_256, CHACHA20] {
        let client = Client { suites: &[suite], versions: &[ProtocolVersion::TLSv1_2], ..Client::default() };
        assert_eq!(answered(&secured, &client).suite, suite);
    }
}

#[test]
fn some_suites() {
    let secured = Secured::start(&tls(SOME_SUITES));
    let client = Client { suites: &[AES_128], versions: &[ProtocolVersion::TLSv1_2], ..Client::default() };
    assert_eq!(answered(&secured, &client).suite, AES_128);
}

#[test]
fn no_common_suite() {
    let secured = Secured::start(&tls(SOME_SUITES));
    let client = Client { suites: &[CHACHA20], versions: &[ProtocolVersion::TLSv1_2], ..Client::default() };
    assert!(refused(client.get(&secured)).contains("HandshakeFailure"));
}

#[test]
fn of_several_suites_the_servers_order_counts() {
    let secured = Secured::start(&tls(SOME_SUITES));
    let client = Client { suites: &[AES_256, AES_128], versions: &[ProtocolVersion::TLSv1_2], ..Client::default() };
    assert_eq!(answered(&secured, &client).suite, AES_128);
}

#[test]
fn of_several_suites_the_clients_order_counts_where_the_file_says_so() {
    let secured = Secured::start(&tls(&format!("{SOME_SUITES}, prefer_server_cipher_suites: false")));
    let client = Client { suites: &[AES_256, AES_128], versions: &[ProtocolVersion::TLSv1_2], ..Client::default() };
    assert_eq!(answered(&secured, &client).suite, AES_256);
}

#[test]
fn all_curves() {
    let secured = Secured::start(&tls(", curve_preferences: [X25519, CurveP256, CurveP384]"));
    for curve in [NamedGroup::X25519, NamedGroup::secp256r1, NamedGroup::secp384r1] {
        answered(&secured, &Client { curves: &[curve], ..Client::default() });
    }
}

#[test]
fn some_curves_and_none_in_common() {
    let secured = Secured::start(&tls(", curve_preferences: [CurveP384]"));
    answered(&secured, &Client { curves: &[NamedGroup::secp384r1], ..Client::default() });
    let why = refused(Client { curves: &[NamedGroup::X25519], ..Client::default() }.get(&secured));
    assert!(why.contains("HandshakeFailure"), "{why}");
}

#[test]
fn versions_from_and_to() {
    let secured = Secured::start(&tls(", min_version: TLS13"));
    answered(&secured, &Client { versions: &[ProtocolVersion::TLSv1_3], ..Client::default() });
    let why = refused(Client { versions: &[ProtocolVersion::TLSv1_2], ..Client::default() }.get(&secured));
    assert!(why.contains("ProtocolVersion"), "{why}");
    let secured = Secured::start(&tls(", max_version: TLS12"));
    assert_eq!(answered(&secured, &Client::default()).version, ProtocolVersion::TLSv1_2);
}

#[test]
fn headers_are_sent_with_every_answer() {
    let secured = Secured::start(&format!(
        "{}http_server_config: {{headers: {{X-Frame-Options: deny, Strict-Transport-Security: max-age=60, \
         Content-Security-Policy: default-src 'self'}}}}\n",
        tls("")
    ));
    let text = answered(&secured, &Client::default()).text;
    for line in [
        "x-frame-options: deny",
        "strict-transport-security: max-age=60",
        "content-security-policy: default-src 'self'",
    ] {
        assert_eq!(text.matches(line).count(), 1, "{line}: {text}");
    }
    assert_eq!(text.matches("content-security-policy").count(), 1, "hangup's own is replaced: {text}");
}

#[test]
fn any_certificate_of_a_client_is_required() {
    let secured = Secured::start(&tls(", client_auth_type: RequireAnyClientCert"));
    let stranger = Authority::new().sign(&[dns("anybody.example")]);
    answered(&secured, &Client { certificate: Some(&stranger), ..Client::default() });
    assert!(refused(Client::default().get(&secured)).contains("CertificateRequired"));
}

#[test]
fn any_certificate_may_be_shown_or_none() {
    let secured = Secured::start(&tls(", client_auth_type: RequestClientCert"));
    let stranger = Authority::new().sign(&[dns("anybody.example")]);
    answered(&secured, &Client { certificate: Some(&stranger), ..Client::default() });
    answered(&secured, &Client::default());
}

#[test]
fn a_known_certificate_may_be_shown_or_none() {
    let secured = Secured::start(&tls(", client_auth_type: VerifyClientCertIfGiven, client_ca_file: ca.crt"));
    let own = secured.ca.sign(&[dns("prometheus.example")]);
    let stranger = Authority::new().sign(&[dns("prometheus.example")]);
    answered(&secured, &Client { certificate: Some(&own), ..Client::default() });
    answered(&secured, &Client::default());
    let why = refused(Client { certificate: Some(&stranger), ..Client::default() }.get(&secured));
    assert!(why.contains("UnknownCA") || why.contains("BadCertificate"), "{why}");
}

#[test]
fn a_known_certificate_is_required() {
    for versions in [ProtocolVersion::TLSv1_2, ProtocolVersion::TLSv1_3] {
        let secured = Secured::start(&tls(", client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.crt"));
        let versions = &[versions];
        let own = secured.ca.sign(&[dns("prometheus.example")]);
        let stranger = Authority::new().sign(&[dns("prometheus.example")]);
        answered(&secured, &Client { certificate: Some(&own), versions, ..Client::default() });
        refused(Client { versions, ..Client::default() }.get(&secured));
        refused(Client { certificate: Some(&stranger), versions, ..Client::default() }.get(&secured));
        assert_eq!(secured.asked("healthy"), (Some(0), String::new()), "it asks for a certificate, so it is there");
        let (_, said) = secured.asked("check");
        assert!(said.contains("asks for a certificate: most likely the hangup that runs already"), "{said}");
    }
}

#[test]
fn a_certificate_has_to_have_one_of_the_names() {
    let more = ", client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.crt, \
                client_allowed_sans: [scraper.example, 192.0.2.7, 'spiffe://cluster/prometheus']";
    let secured = Secured::start(&tls(more));
    let uri = |text: &str| SanType::URI(text.try_into().expect("a URI"));
    let good = [
        dns("scraper.example"),
        SanType::IpAddress("192.0.2.7".parse().expect("an address")),
        uri("spiffe://cluster/prometheus"),
    ];
    for name in good {
        let pair = secured.ca.sign(&[dns("other.example"), name]);
        answered(&secured, &Client { certificate: Some(&pair), ..Client::default() });
    }
    // An exact match: no wildcard reaches a name, no name its like.
    for name in [dns("*.example"), dns("scraper.example.org"), dns("Scraper.example"), uri("spiffe://cluster/other")] {
        let pair = secured.ca.sign(&[name]);
        let why = refused(Client { certificate: Some(&pair), ..Client::default() }.get(&secured));
        assert!(why.contains("AccessDenied"), "{why}");
    }
}
