//! What people call the values of a line, beside the names of nginx's variables.
//! Knows: names and how they are spelled. Does not know: in which notation a line is written.

use super::super::field::Field;
use super::super::variable;
use super::Notation;
use super::keys::Keys;

/// In words between underscores; each is known in every usual spelling.
const NAMES: &[(Field, &[&str])] = &[
    (
        Field::Status,
        &[
            "status_code",
            "http_status",
            "http_status_code",
            "http_code",
            "response_status",
            "response_code",
            "response_status_code",
            "resp_status",
            "resp_code",
        ],
    ),
    (Field::AnyStatus, &["code"]),
    (Field::Request, &["req", "http_request", "request_line"]),
    (Field::GelfMessage, &["short_message"]),
    (Field::Method, &["method", "http_method", "http_request_method", "req_method", "verb"]),
    (
        Field::RequestUri,
        &["url", "request_url", "http_url", "url_original", "url_full", "http_uri", "req_uri", "target", "http_target"],
    ),
    (Field::Uri, &["path", "request_path", "url_path", "uri_path"]),
    (Field::ServerName, &["server"]),
    (Field::Host, &["domain", "vhost", "virtual_host", "url_domain", "request_host"]),
    (
        Field::RemoteAddr,
        &[
            "client_ip",
            "client_addr",
            "client_address",
            "remote_ip",
            "remote_address",
            "source_ip",
            "source_address",
            "src_ip",
            "network_client_ip",
        ],
    ),
    (Field::AnyClient, &["ip", "client", "remote", "address", "source", "remote_host"]),
    (Field::UserAgent, &["agent", "ua", "user_agent", "http_useragent", "user_agent_original"]),
    (Field::RequestTime, &["rt", "req_time", "request_duration"]),
    (
        Field::AnyDuration,
        &[
            "duration",
            "duration_s",
            "duration_sec",
            "duration_seconds",
            "elapsed",
            "elapsed_time",
            "time_taken",
            "took",
            "total_time",
            "cost",
        ],
    ),
    (Field::ResponseTime, &["response_time", "resp_time", "response_duration", "latency"]),
    (
        Field::RequestMillis,
        &["request_time_ms", "duration_ms", "response_time_ms", "latency_ms", "elapsed_ms", "took_ms", "request_ms"],
    ),
    (Field::BodyBytes, &["body_bytes", "body_byte_sent", "response_body_bytes", "response_body_size"]),
    // Not `responseSize`: of Google's HttpRequest that is with the headers.
    (Field::AnyBytes, &["bytes", "size", "response_bytes"]),
    (Field::ContentLength, &["sent_http_content_length"]),
    (Field::Completion, &["completion"]),
    (Field::RequestId, &["req_id", "http_request_id"]),
    (Field::TraceId, &["trace_id"]),
    (Field::Traceparent, &["traceparent"]),
    (Field::TimeLocal, &["time", "timestamp", "ts", "datetime", "date_time", "log_time"]),
    (Field::TimeIso, &["@timestamp"]),
    (
        Field::UpstreamAddr,
        &[
            "uaddr",
            "upstream",
            "upstream_host",
            "upstream_address",
            "upstream_server",
            "upstream_ip",
            "backend",
            "backend_addr",
            "backend_address",
        ],
    ),
    (
        Field::UpstreamStatus,
        &["ust", "ustatus", "upstream_code", "upstream_status_code", "upstream_http_status", "backend_status"],
    ),
    (Field::UpstreamConnectTime, &["uct", "upstream_connect", "upstream_connection_time"]),
    (Field::UpstreamHeaderTime, &["uht", "upstream_header"]),
    (
        Field::UpstreamResponseTime,
        &[
            "urt",
            "apptime",
            "app_time",
            "upstream_time",
            "upstream_resp_time",
            "upstream_duration",
            "upstream_latency",
            "upstream_took",
            "upstream_rt",
            "upstream_response",
            "backend_time",
            "backend_response_time",
        ],
    ),
];

/// More of them behind a combined beginning, where client and user agent are told already.
const BEHIND_COMBINED: &[(&str, Field)] = &[
    ("cl", Field::ContentLength),
    ("done", Field::Completion),
    ("host", Field::Host),
    ("id", Field::RequestId),
    ("length", Field::ContentLength),
    ("sn", Field::ServerName),
    ("ua", Field::UpstreamAddr),
    ("us", Field::UpstreamStatus),
    ("ut", Field::UpstreamResponseTime),
];

/// The keys of a notation.
pub(super) fn keys(notation: Notation) -> Keys {
    let mut keys = Keys::default();
    match notation {
        Notation::Json => keys.insert("host", Field::HostOrClient),
        // The LTSV convention calls the client `host` and the virtual host `vhost`.
        Notation::Ltsv => keys.insert("host", Field::RemoteAddr),
        Notation::Pairs => BEHIND_COMBINED.iter().for_each(|(name, field)| keys.insert(name, *field)),
    }
    let variables = variable::needed().map(|name| (variable::lookup(name).0, name));
    let named = NAMES.iter().flat_map(|(field, names)| names.iter().map(move |name| (*field, *name)));
    let all: Vec<_> =
        variables.chain(named).filter(|(field, _)| notation != Notation::Pairs || !is_in_combined(*field)).collect();
    // A name as it is stands above the spellings of another.
    all.iter().for_each(|(field, name)| keys.insert(name, *field));
    for (field, name) in all {
        spellings(name).iter().for_each(|spelling| keys.insert(spelling, field));
    }
    keys
}

/// What the beginning says better than any label could: a client may write labels of its own.
fn is_in_combined(field: Field) -> bool {
    use Field::{
        AnyBytes, AnyClient, AnyStatus, BodyBytes, GelfMessage, HostOrClient, Method, Msec, RemoteAddr, Request,
        Status, TimeIso, TimeLocal, UserAgent,
    };
    let told = [
        AnyBytes,
        AnyClient,
        AnyStatus,
        BodyBytes,
        GelfMessage,
        HostOrClient,
        Method,
        Msec,
        RemoteAddr,
        Request,
        Status,
        TimeIso,
        TimeLocal,
        UserAgent,
    ];
    field.is_target() || told.contains(&field)
}

/// `request_time` as `requesttime`, `requestTime`, `RequestTime` and, in GELF, `_request_time`. Other marks than
/// underscores are seen when a key is looked up.
fn spellings(name: &str) -> [String; 4] {
    let words: Vec<&str> = name.split('_').collect();
    let pascal: String = words.iter().map(|word| capitalised(word)).collect();
    let mut camel = pascal.clone();
    camel.replace_range(..words[0].len(), words[0]);
    [words.concat(), camel, pascal, format!("_{name}")]
}

fn capitalised(word: &str) -> String {
    let mut word = word.to_owned();
    if let Some(first) = word.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_known_in_its_spellings() {
        let keys = keys(Notation::Json);
        for (field, names) in NAMES {
            for name in *names {
                assert_eq!(keys.field(name.as_bytes()).0, *field, "{name}");
            }
        }
        for key in ["requestTime", "RequestTime", "request-time", "requesttime", "_request_time", "request.time"] {
            assert_eq!(keys.field(key.as_bytes()).0, Field::RequestTime, "{key}");
        }
        for key in
            ["", "_", "http_referer", "a.b", "time.taken.by.a.very.long.key.that.nobody.would.ever.write.into.a.log"]
        {
            assert_eq!(keys.field(key.as_bytes()).0, Field::Skipped, "{key}");
        }
    }

    #[test]
    fn behind_combined_nothing_of_it_is_named_again() {
        let keys = keys(Notation::Pairs);
        for key in
            ["status", "request", "remote_addr", "client", "path", "uri", "method", "bytes", "time", "user_agent"]
        {
            assert_eq!(keys.field(key.as_bytes()).0, Field::Skipped, "{key}");
        }
        assert_eq!(keys.field(b"ua").0, Field::UpstreamAddr);
        assert_eq!(keys.field(b"host").0, Field::Host);
    }
}
