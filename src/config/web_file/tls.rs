//! `tls_server_config`: its keys, and the names that Go gives to versions, suites and curves.
//! Does not know: how a connection is encrypted.

use rustls::{CipherSuite, NamedGroup, ProtocolVersion};

use super::super::yaml::document::Node;
use super::fields::{Fields, Reader};
use crate::web::{ClientAuth, TlsSettings};

const KEYS: &[&str] = &[
    "cert",
    "key",
    "client_ca",
    "cert_file",
    "key_file",
    "client_ca_file",
    "client_auth_type",
    "client_allowed_sans",
    "min_version",
    "max_version",
    "cipher_suites",
    "prefer_server_cipher_suites",
    "curve_preferences",
];

/// The oldest first.
const VERSIONS: &[(&str, ProtocolVersion)] =
    &[("TLS12", ProtocolVersion::TLSv1_2), ("TLS13", ProtocolVersion::TLSv1_3)];
/// Versions that the format knows and nobody should speak.
const OLD_VERSIONS: &[&str] = &["TLS10", "TLS11"];

const CIPHER_SUITES: &[(&str, CipherSuite)] = &[
    ("TLS_AES_128_GCM_SHA256", CipherSuite::TLS13_AES_128_GCM_SHA256),
    ("TLS_AES_256_GCM_SHA384", CipherSuite::TLS13_AES_256_GCM_SHA384),
    ("TLS_CHACHA20_POLY1305_SHA256", CipherSuite::TLS13_CHACHA20_POLY1305_SHA256),
    ("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256),
    ("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384),
    ("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256),
    ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256),
    ("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384),
    ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256),
];

const CURVES: &[(&str, NamedGroup)] =
    &[("X25519", NamedGroup::X25519), ("CurveP256", NamedGroup::secp256r1), ("CurveP384", NamedGroup::secp384r1)];

const POLICIES: &[(&str, ClientAuth)] = &[
    ("NoClientCert", ClientAuth::NoClientCert),
    ("RequestClientCert", ClientAuth::RequestClientCert),
    ("RequireAnyClientCert", ClientAuth::RequireAnyClientCert),
    // An older name of the same.
    ("RequireClientCert", ClientAuth::RequireAnyClientCert),
    ("VerifyClientCertIfGiven", ClientAuth::VerifyClientCertIfGiven),
    ("RequireAndVerifyClientCert", ClientAuth::RequireAndVerifyClientCert),
];

/// The files that this section names.
pub(super) fn files(sections: &Fields) -> Vec<String> {
    let Some(super::document::Value::Map(entries)) = sections.get("tls_server_config").map(|node| &*node.value) else {
        return Vec::new();
    };
    let named = entries.iter().filter(|(key, _)| key.text.ends_with("_file"));
    let texts = named.filter_map(|(_, node)| match &*node.value {
        super::document::Value::Scalar(text) => Some(text.clone()),
        _ => None,
    });
    texts.collect()
}

/// `None`: no TLS, or something is wrong with it, which is told.
pub(super) fn settings(reader: &mut Reader<'_>, node: &Node) -> Option<TlsSettings> {
    let before = reader.problems.len();
    let fields = reader.fields(node, "tls_server_config", KEYS);
    const ASKING: [&str; 7] =
        ["cert", "cert_file", "key", "key_file", "client_ca", "client_ca_file", "client_auth_type"];
    if !ASKING.iter().any(|key| fields.text(key).is_some()) {
        return None;
    }
    let certificate = required(reader, node, &fields, "cert");
    let key = required(reader, node, &fields, "key");
    let client_ca = one_of(reader, &fields, "client_ca");
    let client_auth = word(reader, &fields, "client_auth_type", POLICIES).unwrap_or_default();
    let client_allowed_sans = allowed_sans(reader, &fields);
    match (client_auth, client_ca.is_some(), client_allowed_sans.is_some()) {
        (ClientAuth::NoClientCert, true, _) => {
            reader
                .wrong(node.line, "a client CA is named, but no `client_auth_type`; write RequireAndVerifyClientCert");
        }
        (policy, false, _) if policy.verifies() => {
            reader.wrong(node.line, "to verify a client's certificate takes a `client_ca_file`");
        }
        (policy, _, true) if !policy.requires_one() => {
            let what = "`client_allowed_sans` takes a `client_auth_type` of RequireAnyClientCert or RequireAndVerifyClientCert";
            reader.wrong(node.line, what);
        }
        _ => {}
    }
    let settings = TlsSettings {
        certificate: certificate.unwrap_or_default(),
        key: key.unwrap_or_default(),
        client_ca,
        client_auth,
        client_allowed_sans: client_allowed_sans.unwrap_or_default(),
        versions: versions(reader, node, &fields),
        cipher_suites: words(reader, &fields, "cipher_suites", CIPHER_SUITES),
        curves: words(reader, &fields, "curve_preferences", CURVES),
        prefer_server_order: prefers_server_order(reader, &fields),
    };
    (reader.problems.len() == before).then_some(settings)
}

fn prefers_server_order(reader: &mut Reader<'_>, fields: &Fields) -> bool {
    const KEY: &str = "prefer_server_cipher_suites";
    fields.get(KEY).and_then(|node| reader.switch(node, KEY)).unwrap_or(true)
}

/// The text of `key`, or that of the file named by `key_file`. `None`: neither is there.
fn one_of(reader: &mut Reader<'_>, fields: &Fields, key: &str) -> Option<Vec<u8>> {
    let file_key = format!("{key}_file");
    match (fields.text(key), fields.text(&file_key)) {
        (Some(_), Some(_)) => {
            let line = fields.get(key).map_or(1, |node| node.line);
            reader.wrong(line, format!("`{key}` and `{file_key}` are both given; write one of them"));
            None
        }
        (Some(text), None) => Some(text.as_bytes().to_vec()),
        (None, Some(path)) => {
            let line = fields.get(&file_key).map_or(1, |node| node.line);
            // What cannot be read is told; it was given all the same.
            Some(reader.named(path, &file_key, line).unwrap_or_default())
        }
        (None, None) => None,
    }
}

fn required(reader: &mut Reader<'_>, node: &Node, fields: &Fields, key: &str) -> Option<Vec<u8>> {
    let given = one_of(reader, fields, key);
    if given.is_none() && fields.text(key).is_none() {
        reader.wrong(node.line, format!("one of `{key}` and `{key}_file` is missing"));
    }
    given
}

/// `None`: none are given. An address of mail is refused: whether a certificate has it cannot be told here.
fn allowed_sans(reader: &mut Reader<'_>, fields: &Fields) -> Option<Vec<String>> {
    const KEY: &str = "client_allowed_sans";
    let names = reader.list(fields.get(KEY)?, KEY);
    for (line, name) in names.iter().filter(|(_, name)| name.contains('@') && !name.contains("://")) {
        let what = format!(
            "`{KEY}`: `{name}` is a mail address, which hangup cannot look for; name a DNS name, IP address or URI"
        );
        reader.wrong(*line, what);
    }
    Some(names.into_iter().map(|(_, name)| name).collect())
}

fn versions(reader: &mut Reader<'_>, node: &Node, fields: &Fields) -> Vec<ProtocolVersion> {
    let least = word(reader, fields, "min_version", VERSIONS).unwrap_or(ProtocolVersion::TLSv1_2);
    let most = word(reader, fields, "max_version", VERSIONS).unwrap_or(ProtocolVersion::TLSv1_3);
    let all = VERSIONS.iter().map(|(_, version)| *version);
    let range: Vec<_> = all.filter(|one| (u16::from(least)..=u16::from(most)).contains(&u16::from(*one))).collect();
    if range.is_empty() {
        reader.wrong(node.line, "no version is both at least `min_version` and at most `max_version`");
    }
    range
}

/// The value of a key that takes one of these words. `None`: not given, or wrong.
fn word<T: Copy>(reader: &mut Reader<'_>, fields: &Fields, key: &str, known: &[(&str, T)]) -> Option<T> {
    let text = fields.text(key)?.to_owned();
    let line = fields.get(key).map_or(1, |node| node.line);
    one_word(reader, line, key, &text, known)
}

/// The values of a key that takes a list of these words.
fn words<T: Copy>(reader: &mut Reader<'_>, fields: &Fields, key: &str, known: &[(&str, T)]) -> Vec<T> {
    let Some(node) = fields.get(key) else { return Vec::new() };
    let texts = reader.list(node, key);
    texts.into_iter().filter_map(|(line, text)| one_word(reader, line, key, &text, known)).collect()
}

fn one_word<T: Copy>(reader: &mut Reader<'_>, line: usize, key: &str, text: &str, known: &[(&str, T)]) -> Option<T> {
    let found = known.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
    if found.is_none() {
        let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
        let old = if OLD_VERSIONS.contains(&text) { ", which is broken and not spoken" } else { "" };
        reader.wrong(line, format!("`{key}` cannot be `{text}`{old}; there are {}", words.join(", ")));
    }
    found
}
