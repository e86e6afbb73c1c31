//! A real Prometheus, with a certificate and a password.

use super::users::dave;
use super::{Secured, dns, tls};
use crate::support::prometheus::Prometheus;
use crate::support::wait_for;

#[test]
fn prometheus_scrapes_over_tls_with_a_client_certificate_and_a_password() {
    let more = ", client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.crt, \
                client_allowed_sans: [prometheus.example]";
    let secured = Secured::start(&format!("{}{}", tls(more), dave()));
    let own = secured.ca.sign(&[dns("prometheus.example")]);
    std::fs::write(secured.path("client.crt"), &own.certificate).expect("writable");
    std::fs::write(secured.path("client.key"), &own.key).expect("writable");
    let path = |name: &str| secured.path(name).display().to_string();
    let scheme = |more: &str| {
        format!(
            "  scheme: https\n  tls_config: {{ca_file: {}, server_name: localhost{more}}}\n  \
             basic_auth: {{username: dave, password: dave123}}",
            path("ca.crt")
        )
    };
    let pair = format!(", cert_file: {}, key_file: {}", path("client.crt"), path("client.key"));
    let up = |config: &str| {
        let prometheus = Prometheus::scraping(secured.addr(), &[], config);
        let up = wait_for("a scrape", || prometheus.query("up").first().copied());
        (up, prometheus.query("hangup_build_info").len())
    };
    assert_eq!(up(&scheme(&pair)), (1.0, 1));
    assert_eq!(up(&scheme("")), (0.0, 0), "without its certificate it is kept out");
}
