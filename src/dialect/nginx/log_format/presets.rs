//! Formats known by name. Knows: what nginx, its packages and its best-known users write. Does not know: files.

use super::combined;
use super::escape::Escape;
use super::labelled::Notation;

/// How lines of a preset are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// As the format says.
    Exact(Escape),
    /// By the labels in the line; the template only shows what such a format looks like.
    Labels(Notation),
    /// As the format says, and what stands behind its last quote by labels.
    Beginning,
}

use Reading::{Beginning, Exact, Labels};

/// A named format.
#[derive(Debug)]
pub(super) struct Preset {
    pub name: &'static str,
    pub reading: Reading,
    pub source: &'static str,
}

const fn preset(name: &'static str, reading: Reading, source: &'static str) -> Preset {
    Preset { name, reading, source }
}

/// In the order in which they are tried: a later one wins only if it reads more lines,
/// and the last, which reads least of a line, only if none of the others fits.
pub(super) const PRESETS: &[Preset] = &[
    preset("hangup", Exact(Escape::Default), HANGUP),
    preset(
        "kv",
        Exact(Escape::Default),
        r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" rt=$request_time uct="$upstream_connect_time" uht="$upstream_header_time" urt="$upstream_response_time""#,
    ),
    preset(
        "kv_nospace",
        Exact(Escape::Default),
        r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"rt=$request_time uct="$upstream_connect_time" uht="$upstream_header_time" urt="$upstream_response_time""#,
    ),
    preset(
        "timed",
        Exact(Escape::Default),
        r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_time $upstream_response_time $pipe"#,
    ),
    preset("combined", Exact(Escape::Default), combined::SOURCE),
    preset(
        "main",
        Exact(Escape::Default),
        r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "$http_x_forwarded_for""#,
    ),
    preset(
        "common",
        Exact(Escape::Default),
        r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent"#,
    ),
    preset(
        "ingress",
        Exact(Escape::Default),
        r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_length $request_time [$proxy_upstream_name] [$proxy_alternative_upstream_name] $upstream_addr $upstream_response_length $upstream_response_time $upstream_status $req_id"#,
    ),
    preset(
        "json",
        Labels(Notation::Json),
        r#"{"time":"$time_iso8601","remote_addr":"$remote_addr","request":"$request","status":"$status","body_bytes_sent":"$body_bytes_sent","request_time":"$request_time","request_completion":"$request_completion","sent_http_content_length":"$sent_http_content_length","http_user_agent":"$http_user_agent","server_name":"$server_name","request_id":"$request_id","upstream_addr":"$upstream_addr","upstream_status":"$upstream_status","upstream_connect_time":"$upstream_connect_time","upstream_header_time":"$upstream_header_time","upstream_response_time":"$upstream_response_time"}"#,
    ),
    preset(
        "ltsv",
        Labels(Notation::Ltsv),
        "time:$time_local\thost:$remote_addr\treq:$request\tstatus:$status\tsize:$body_bytes_sent\treferer:$http_referer\tua:$http_user_agent\treqtime:$request_time\tapptime:$upstream_response_time\tvhost:$host",
    ),
    preset(
        "pipes",
        Exact(Escape::Default),
        "$status|$request_time|$upstream_connect_time|$upstream_header_time|$upstream_response_time|$request_method|$uri",
    ),
    preset(
        "xff",
        Exact(Escape::Default),
        r#"$http_x_forwarded_for - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""#,
    ),
    preset(
        "extended",
        Beginning,
        r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"$anything_with_labels"#,
    ),
];

/// What `hangup check` and the README recommend: everything a verdict can use, behind the usual beginning.
const HANGUP: &str = r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" host="$server_name" rt=$request_time done="$request_completion" length="$sent_http_content_length" uaddr="$upstream_addr" ustatus="$upstream_status" uct="$upstream_connect_time" uht="$upstream_header_time" urt="$upstream_response_time" id=$request_id"#;
