//! A port with a web configuration file: exporter-toolkit's own cases of how a server behaves (web/tls_config_test.go,
//! TestServerBehaviour, TestConfigReloading, TestUsers; web/handler_test.go), one test each, and what a flood of wrong
//! passwords does.

mod client;
mod flood;
mod reading_anew;
mod scraped;
mod tls;
mod users;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, SanType};

use crate::support::hangup::{Hangup, command};

/// A hangup with this web configuration file, which may name `server.crt`, `server.key` and `ca.crt` beside it.
pub struct Secured {
    pub hangup: Hangup,
    pub dir: tempfile::TempDir,
    pub ca: Authority,
}

/// Signs certificates of servers and clients.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub pem: String,
}

/// A certificate and its key, in PEM.
pub struct Pair {
    pub certificate: String,
    pub key: String,
}

impl Authority {
    pub fn new() -> Authority {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("authority {}", NEXT.fetch_add(1, Ordering::Relaxed));
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        let pem = params.self_signed(&key).expect("a certificate").pem();
        Authority { issuer: Issuer::new(params, key), pem }
    }

    pub fn sign(&self, names: &[SanType]) -> Pair {
        let mut params = CertificateParams::default();
        params.subject_alt_names = names.to_vec();
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate").pem();
        Pair { certificate, key: key.serialize_pem() }
    }
}

pub fn dns(name: &str) -> SanType {
    SanType::DnsName(name.try_into().expect("a name"))
}

pub const PAIR: &str = "cert_file: server.crt, key_file: server.key";

/// `tls_server_config` with the server's pair and more.
pub fn tls(more: &str) -> String {
    format!("tls_server_config: {{{PAIR}{more}}}\n")
}

impl Secured {
    pub fn start(text: &str) -> Secured {
        Secured::start_with(|_, _| text.to_owned())
    }

    /// The text is made of the authority and the server's pair.
    pub fn start_with(text: impl FnOnce(&Authority, &Pair) -> String) -> Secured {
        let dir = tempfile::tempdir().expect("a directory");
        let ca = Authority::new();
        let pair = ca.sign(&[dns("localhost")]);
        let text = text(&ca, &pair);
        for (name, text) in
            [("server.crt", &pair.certificate), ("server.key", &pair.key), ("ca.crt", &ca.pem), ("web.yml", &text)]
        {
            std::fs::write(dir.path().join(name), text).expect("writable");
        }
        let flag = format!("--web.config.file={}", dir.path().join("web.yml").display());
        let hangup = Hangup::spawn(command().args(["--nginx.config=", "--web.listen-address=127.0.0.1:0", &flag]));
        Secured { hangup, dir, ca }
    }

    pub fn addr(&self) -> &str {
        &self.hangup.addr
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes one of the files anew, as a careful program does.
    pub fn replace(&self, name: &str, text: &str) {
        let beside = self.path("beside");
        std::fs::write(&beside, text).expect("writable");
        std::fs::rename(beside, self.path(name)).expect("renamed");
    }

    /// What `hangup healthy` or `hangup check` says of it: exit code, and all that is printed.
    pub fn asked(&self, what: &str) -> (Option<i32>, String) {
        let flags = [
            format!("--web.config.file={}", self.path("web.yml").display()),
            format!("--web.listen-address={}", self.addr()),
        ];
        let mut command = command();
        let command = command.arg(what).args(flags);
        let command = if what == "check" { command.arg("--nginx.config=") } else { command };
        let output = command.output().expect("it starts");
        let said = [output.stdout, output.stderr].concat();
        // However it is broken into lines.
        let words: Vec<String> = String::from_utf8_lossy(&said).split_whitespace().map(str::to_owned).collect();
        (output.status.code(), words.join(" "))
    }
}
