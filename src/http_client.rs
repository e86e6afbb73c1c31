//! What whoever asks over HTTP shares: the status page's poller, `hangup top`.
//! Knows: which hosts are this machine, what an error comes from. Does not know: who is asked, or what for.

use std::error::Error;
use std::net::IpAddr;

use reqwest::Url;

/// Whether what answers there can only be this very machine: its certificate is made out to other names, and nobody
/// stands in between.
pub(crate) fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// The last cause says what happened ("Connection refused"); the outer ones say only that something did.
pub(crate) fn innermost<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause
}
