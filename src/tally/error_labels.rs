//! The label values of the error-log families.

use crate::nginx::error::{ClientFailure, Event, Resource, TimeoutPhase, UpstreamFailure};

pub(super) const TIMEOUT_PHASES: [&str; TimeoutPhase::Other as usize + 1] =
    ["connect", "tls", "send", "header", "body", "upgraded", "other"];
pub(super) const UPSTREAM_FAILURES: [&str; UpstreamFailure::TemporarilyDisabled as usize + 1] = [
    "refused",
    "reset",
    "closed_early",
    "no_live",
    "invalid_response",
    "header_too_big",
    "unreachable",
    "resolve",
    "connect_other",
    "tls",
    "rejected",
    "temporarily_disabled",
];
pub(super) const CLIENT_FAILURES: [&str; ClientFailure::IdleClosed as usize + 1] = [
    "closed_waiting",
    "closed_connecting",
    "closed_sending",
    "closed_body",
    "closed_request",
    "closed_tls",
    "closed_stream",
    "closed_upload",
    "timed_out_request",
    "timed_out_body",
    "timed_out_send",
    "timed_out_tls",
    "reset",
    "too_large_body",
    "idle_closed",
];
pub(super) const RESOURCES: [&str; Resource::Disk as usize + 1] =
    ["worker_connections", "open_files", "ports", "memory", "request_rate", "connections", "disk"];
pub(super) const CLASSES: [&str; 6] =
    ["upstream_timeout", "upstream_failure", "client_failure", "exhausted", "routine", "unclassified"];

pub(super) fn class(event: Event) -> usize {
    match event {
        Event::UpstreamTimeout(_) => 0,
        Event::UpstreamFailure(_) => 1,
        Event::ClientFailure(_) => 2,
        Event::Exhausted(_) => 3,
        Event::Routine => 4,
        Event::Unclassified => 5,
    }
}
