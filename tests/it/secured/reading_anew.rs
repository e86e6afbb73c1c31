//! What is written while it runs counts without a restart, and what cannot be used lets nobody in.

use super::client::{Client, basic};
use super::users::{dave, hash};
use super::{Secured, dns, tls};
use crate::support::{http, wait_for};

fn status(secured: &Secured, headers: &str) -> u16 {
    http::get_with(secured.addr(), "/-/healthy", headers).expect("an answer").status
}

/// A policy that keeps a client out is replaced by one that lets it in, as in TestConfigReloading.
#[test]
fn a_policy() {
    let secured = Secured::start(&tls(", client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.crt"));
    Client::default().get(&secured).err().expect("it has no certificate");
    secured.replace("web.yml", &tls(", client_auth_type: VerifyClientCertIfGiven, client_ca_file: ca.crt"));
    wait_for("the client to be let in", || Client::default().get(&secured).ok());
}

/// A renewed pair is used by the next handshakes; before its second half is written, the first is not.
#[test]
fn a_certificate() {
    let mut secured = Secured::start(&tls(""));
    let other = super::Authority::new();
    let renewed = other.sign(&[dns("localhost")]);
    secured.replace("server.crt", &renewed.certificate);
    secured.replace("server.key", &renewed.key);
    secured.ca = other;
    wait_for("the new certificate", || Client::default().get(&secured).ok());
}

#[test]
fn users() {
    let secured = Secured::start(&dave());
    assert_eq!(status(&secured, &basic("dave", "dave123")), 200);
    secured.replace("web.yml", &format!("basic_auth_users: {{dave: {}}}\n", hash("new")));
    wait_for("the new password", || (status(&secured, &basic("dave", "new")) == 200).then_some(()));
    assert_eq!(status(&secured, &basic("dave", "dave123")), 401, "the old one is forgotten");
    assert_eq!(status(&secured, &basic("alice", "alice123")), 401, "she is gone");
}

#[test]
fn a_file_that_cannot_be_used_lets_nobody_in() {
    let secured = Secured::start(&dave());
    for broken in ["basic_auth_users: [", "", "basic_auth_users: {dave: plain}\n"] {
        secured.replace("web.yml", &dave());
        wait_for("the right file", || (status(&secured, &basic("dave", "dave123")) == 200).then_some(()));
        secured.replace("web.yml", broken);
        wait_for("the port to be closed", || {
            let answer = http::get(secured.addr(), "/metrics").expect("an answer");
            Some(answer).filter(|answer| answer.status == 500 && answer.text().contains("web configuration file"))
        });
        assert_eq!(status(&secured, &basic("dave", "dave123")), 500, "{broken:?}");
    }
    let said = secured.hangup.process.output().join("\n");
    assert!(said.contains("nobody may come in"), "{said}");
}

#[test]
fn a_pair_that_does_not_fit_lets_nobody_in_until_it_does() {
    let secured = Secured::start(&tls(""));
    let key = std::fs::read_to_string(secured.path("server.key")).expect("there");
    secured.replace("server.key", &secured.ca.sign(&[dns("localhost")]).key);
    let why = wait_for("the port to be closed", || Client::default().get(&secured).err());
    assert!(why.to_string().contains("InternalError"), "{why}");
    assert_eq!(secured.asked("healthy").0, Some(64), "the file is wrong for it, too");
    secured.replace("server.key", &key);
    wait_for("the port to be open again", || Client::default().get(&secured).ok());
}

/// What was to be encrypted is never served in the clear.
#[test]
fn tls_cannot_be_taken_away_while_it_runs() {
    let secured = Secured::start(&tls(""));
    secured.replace("web.yml", &dave());
    let why = wait_for("the port to be closed", || Client::default().get(&secured).err());
    assert!(why.to_string().contains("InternalError"), "{why}");
    assert_eq!(http::get(secured.addr(), "/metrics").expect("an answer").status, 400);
    let said = secured.hangup.process.output().join("\n");
    assert!(said.contains("takes effect only after a restart"), "{said}");
}
