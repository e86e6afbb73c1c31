//! An address without a host means IPv4 and IPv6, whatever the host says of sockets that do not.

use super::netns::{Namespace, allowed};
use crate::support::hangup::{Hangup, command};
use crate::support::http;

#[test]
fn every_address_is_both_whatever_bindv6only_says() {
    if !allowed() {
        return;
    }
    for (bind_v6_only, host) in [(1, ""), (0, ""), (1, "[::]")] {
        let namespace = Namespace::add("dual");
        namespace.run(&["ip", "link", "set", "lo", "up"]);
        namespace.sysctl("net.ipv6.bindv6only", bind_v6_only);
        namespace.inside(|| {
            let flag = format!("--web.listen-address={host}:0");
            let hangup = Hangup::spawn(command().args(["--nginx.config=", &flag]));
            let port = hangup.addr.rsplit(':').next().expect("a port").to_owned();
            for loopback in ["127.0.0.1", "[::1]"] {
                let answer = http::get(&format!("{loopback}:{port}"), "/-/healthy");
                assert_eq!(answer.map(|answer| answer.status).ok(), Some(200), "{host:?} by {loopback}");
            }
        });
    }
}
