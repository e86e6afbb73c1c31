//! What third-party modules say of the servers they ask: OpenResty's cosockets, health checks, LDAP, mail's auth_http
//! (sources: ngx_http_lua_socket_tcp.c, ngx_http_lua_socket_udp.c, ngx_http_upstream_check_module.c,
//! ngx_http_proxy_connect_module.c, ngx_http_auth_ldap_module.c, ngx_mail_auth_http_module.c, NGINX Plus's health_check).

use super::{Rule, start, word};
use crate::record::{ClientFailure, Event, TimeoutPhase, UpstreamFailure};

pub(in super::super) static RULES: &[Rule] = &[
    start(&["lua tcp socket connect timed out"], timeout(TimeoutPhase::Connect)),
    start(&["lua tcp socket queued connect timed out"], timeout(TimeoutPhase::Connect)),
    start(&["lua tcp socket write timed out", "lua tcp socket send timed out"], timeout(TimeoutPhase::Send)),
    // A cosocket has neither heads nor bodies.
    start(&["lua tcp socket read timed out", "lua udp socket read timed out"], timeout(TimeoutPhase::Other)),
    start(&["lua ssl certificate ", "js http SSL certificate "], failure(UpstreamFailure::Tls)),
    // Health checks.
    start(&["check time out with peer: "], timeout(TimeoutPhase::Other)),
    start(&["disable check peer: ", "peer is unhealthy"], failure(UpstreamFailure::TemporarilyDisabled)),
    start(&["enable check peer: ", "peer is healthy"], Event::Routine),
    word("check protocol ", " error with peer: ", failure(UpstreamFailure::ConnectOther)),
    start(&["check handle write event error with peer: "], failure(UpstreamFailure::ConnectOther)),
    start(&["check peer closed connection"], failure(UpstreamFailure::ClosedEarly)),
    start(CHECK_INVALID, failure(UpstreamFailure::InvalidResponse)),
    // The CONNECT method, which clients use as they should.
    start(&["client sent connect method"], Event::Routine),
    start(&["upstream connect timed out"], timeout(TimeoutPhase::Connect)),
    start(&["upstream read timed out", "upstream write timed out"], timeout(TimeoutPhase::Upgraded)),
    start(&["client read timed out", "client write timed out"], Event::ClientFailure(ClientFailure::TimedOutSend)),
    start(&["http_auth_ldap: Authentication timed out"], timeout(TimeoutPhase::Other)),
    start(&["http_auth_ldap: Request timed out"], timeout(TimeoutPhase::Other)),
    start(LDAP_DOWN, failure(UpstreamFailure::ConnectOther)),
    start(&["http_auth_ldap: SSL ", "http_auth_ldap: Remote side "], failure(UpstreamFailure::Tls)),
    start(&["http_auth_ldap: "], Event::Routine),
    word("auth http server ", " timed out", timeout(TimeoutPhase::Other)),
    start(&["auth http server "], failure(UpstreamFailure::InvalidResponse)),
];

const CHECK_INVALID: &[&str] = &[
    "http parse status line error with peer: ",
    "http parse headers error with peer: ",
    "fastcgi http parse status line error with peer: ",
    "check fastcgi ",
];
const LDAP_DOWN: &[&str] =
    &["http_auth_ldap: Could not connect", "http_auth_ldap: Unable to connect ", "http_auth_ldap: LDAP_SERVER_DOWN"];

const fn timeout(phase: TimeoutPhase) -> Event {
    Event::UpstreamTimeout(phase)
}

const fn failure(kind: UpstreamFailure) -> Event {
    Event::UpstreamFailure(kind)
}
