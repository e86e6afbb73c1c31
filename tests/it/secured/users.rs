//! Who may come in, and how often.

use super::client::{Client, basic};
use super::{Secured, tls};
use crate::support::http::{self, Response};

/// A user whose password is `dave123`, at bcrypt's cheapest.
pub fn dave() -> String {
    format!("basic_auth_users:\n  alice: {}\n  dave: {}\n", hash("alice123"), hash("dave123"))
}

pub fn hash(password: &str) -> String {
    bcrypt::hash(password, 4).expect("a hash")
}

fn ask(secured: &Secured, path: &str, headers: &str) -> Response {
    http::get_with(secured.addr(), path, headers).expect("an answer")
}

#[test]
fn nobody_comes_in_without_a_password() {
    let secured = Secured::start(&dave());
    for path in ["/metrics", "/", "/-/healthy", "/-/ready", "/api/v1/diagnosis", "/nowhere"] {
        let answer = ask(&secured, path, "");
        assert_eq!((answer.status, answer.text().as_str()), (401, "Unauthorized\n"), "{path}");
        assert!(answer.head.contains("www-authenticate: Basic\r\n"), "{}", answer.head);
        assert!(answer.head.contains("x-content-type-options: nosniff"), "{}", answer.head);
    }
    assert_eq!(http::post(secured.addr(), "/-/reload").expect("an answer").status, 401);
}

#[test]
fn the_right_password() {
    let secured = Secured::start(&dave());
    for (user, password) in [("dave", "dave123"), ("alice", "alice123")] {
        assert_eq!(ask(&secured, "/metrics", &basic(user, password)).status, 200, "{user}");
    }
}

#[test]
fn a_wrong_password() {
    let secured = Secured::start(&dave());
    // Twice: compared, and remembered.
    for _ in 0..2 {
        assert_eq!(ask(&secured, "/metrics", &basic("dave", "alice123")).status, 401);
    }
}

#[test]
fn a_user_that_there_is_not() {
    let secured = Secured::start(&dave());
    for password in ["dave123", "alice123", "fakepassword", ""] {
        assert_eq!(ask(&secured, "/metrics", &basic("nonexistent", password)).status, 401, "{password}");
    }
}

#[test]
fn over_tls_too() {
    let secured = Secured::start(&format!("{}{}", tls(""), dave()));
    let status = |headers: &str| Client { headers, ..Client::default() }.get(&secured).expect("an answer").status;
    assert_eq!(status(""), 401);
    assert_eq!(status(&basic("dave", "dave123")), 200);
    assert_eq!(status(&basic("dave", "bad")), 401);
    assert_eq!(status(&basic("nonexistent", "dave123")), 401);
    assert_eq!(secured.asked("healthy"), (Some(0), String::new()), "it asks for a password, so it is there");
    let (_, said) = secured.asked("check");
    assert!(said.contains("asks for a password: most likely the hangup that runs already"), "{said}");
    assert!(said.contains("web.yml: TLS, 2 users"), "{said}");
}

#[test]
fn what_was_refused_is_counted() {
    let secured = Secured::start(&dave());
    for headers in [String::new(), basic("dave", "bad"), basic("nobody", "x")] {
        assert_eq!(ask(&secured, "/metrics", &headers).status, 401);
    }
    let metrics = ask(&secured, "/metrics", &basic("dave", "dave123")).text();
    assert!(metrics.contains("hangup_web_refused_total{reason=\"password\"} 3\n"), "{metrics}");
}

#[test]
fn without_a_limit_nothing_is_limited() {
    let secured = Secured::start("rate_limit: {interval: 0s, burst: 1}\n");
    assert!((0..10).all(|_| ask(&secured, "/-/healthy", "").status == 200));
}

#[test]
fn a_limit_of_one_a_second() {
    // An hour, so that no machine is slow enough for a second one.
    let secured = Secured::start("rate_limit: {interval: 1h, burst: 2}\n");
    let asked: Vec<u16> = (0..4).map(|_| ask(&secured, "/-/healthy", "").status).collect();
    assert_eq!(asked, [200, 200, 429, 429]);
    assert_eq!(secured.asked("healthy"), (Some(0), String::new()), "it says that too many ask, so it is there");
}
