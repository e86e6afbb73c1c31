//! Why a page was not got, and what to do about it. Knows: the errors of connecting and of HTTP. Does not know: which page.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use thiserror::Error;

use crate::http_client::innermost;
use crate::poll::error::Reason;

/// Why there is no answer.
#[derive(Debug, Error)]
pub(super) enum Failure {
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
    #[error("the name {0} is not resolved within {1:?}: DNS does not answer")]
    Unresolved(String, Duration),
    #[error("it sends without end and never answers")]
    Endless,
    #[error(transparent)]
    Asking(#[from] reqwest::Error),
}

pub(super) const IS_IT_THE_PAGE: &str = "is this the address of a location with \"stub_status;\"?";
const CLOSED: &str = "nginx closed it at once: it is out of worker_connections, or this is no page of nginx's";
const STALLED: &str = "nginx is stalled, or all its connection slots are taken";
const NOBODY_THERE: &str = "is nginx running and listening there?";
const DNS_SILENT: &str =
    "look at /etc/resolv.conf, or name the page by an address (and its server by --nginx.scrape-host)";
const UNTRUSTED: &str = "use a certificate that this host trusts, or ask a loopback address, where it is not checked";
const FORBIDDEN: &str = "hangup's user must be allowed to write to a unix socket; over TCP a rule of this host's firewall \
                         or a full conntrack table forbids it";

/// The reason, what happened, and the advice.
pub(super) fn explain(failure: &Failure) -> (Reason, String, &'static str) {
    let cause = innermost(failure);
    let (reason, advice) = match (failure, cause.downcast_ref().map(io::Error::kind)) {
        (Failure::TimedOut(_), _) => (Reason::TimedOut, STALLED),
        (Failure::Unresolved(..), _) => (Reason::TimedOut, DNS_SILENT),
        (Failure::Endless, _) => (Reason::Other, IS_IT_THE_PAGE),
        (_, Some(io::ErrorKind::NotFound)) => {
            return (Reason::Refused, "there is no such socket".to_owned(), NOBODY_THERE);
        }
        (_, Some(io::ErrorKind::ConnectionRefused)) => (Reason::Refused, NOBODY_THERE),
        (_, Some(io::ErrorKind::PermissionDenied)) => (Reason::Denied, FORBIDDEN),
        _ if is_of_tls(cause) => (Reason::Untrusted, UNTRUSTED),
        (Failure::Asking(error), _) if error.is_connect() => (Reason::Unreachable, "check name, address and firewall"),
        (_, Some(io::ErrorKind::ConnectionReset)) => (Reason::Other, CLOSED),
        _ if cause.downcast_ref().is_some_and(hyper::Error::is_incomplete_message) => (Reason::Other, CLOSED),
        _ => (Reason::Other, IS_IT_THE_PAGE),
    };
    (reason, cause.to_string(), advice)
}

/// An IO error that another error was put into, perhaps an IO error again, hides it: it gives the other's source as its own.
fn is_of_tls(cause: &(dyn StdError + 'static)) -> bool {
    let hidden = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    cause.is::<rustls::Error>() || hidden.is_some_and(|inner| is_of_tls(inner))
}
