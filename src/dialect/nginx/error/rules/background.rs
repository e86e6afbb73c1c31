//! What nginx does for itself, beside any request: name servers, OCSP stapling, mail clients' host names, syslog.
//! Its sockets fail in the words of an upstream's, so the phase decides, and before the upstream's own rules
//! (sources: ngx_resolver.c, ngx_event_openssl_stapling.c, ngx_syslog.c, ngx_mail_smtp_handler.c).

use super::{Rule, SOCKET_CALLS, start, word};
use crate::record::{Event, UpstreamFailure};

pub(in super::super) static RULES: &[Rule] = &[
    start(&[""], Event::Routine).during("requesting certificate status"),
    start(&["OCSP ", "OCSP_", "certificate status ", "d2i_OCSP_", "i2d_OCSP_"], Event::Routine),
    start(&["no OCSP responder URL", "empty host in OCSP responder", "invalid nextUpdate time"], Event::Routine),
    // The PTR record of a mail client.
    start(&[""], Event::Routine).during("in resolving client "),
    word("", " resolved to invalid host name", Event::Routine),
    start(&[""], Event::Routine).during("logging to syslog"),
    start(&["send() to syslog "], Event::Routine),
    // A name server that cannot be asked; with one that is silent the name "could not be resolved".
    start(SOCKET_CALLS, RESOLVE).during(RESOLVING),
    start(&["connect() failed", "connect() to "], RESOLVE).during(RESOLVING),
    start(&["DNS error ("], RESOLVE),
    // Answers that nobody waits for any more, or of a type nobody asked for.
    start(DNS_NOISE, Event::Routine),
];

const RESOLVING: &str = "resolving, resolver: ";
const RESOLVE: Event = Event::UpstreamFailure(UpstreamFailure::Resolve);

const DNS_NOISE: &[&str] = &[
    "unexpected DNS response",
    "unexpected A record in DNS response",
    "unexpected AAAA record in DNS response",
    "unexpected RR ",
    "unexpected response code ",
    "unknown query ",
    "short DNS response",
    "invalid UDP DNS response",
    "invalid TCP DNS response",
    "wrong ident ",
    "no A or CNAME types in DNS response",
    "no PTR type in DNS response",
    "no SRV type in DNS response",
    "invalid in-addr.arpa or ip6.arpa name in DNS response",
];
