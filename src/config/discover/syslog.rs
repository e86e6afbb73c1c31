//! Where `access_log syslog:…` and `error_log syslog:…` send their lines, as hangup names the same place.
//! Knows: the options (source: ngx_syslog.c). Does not know: who listens there.

use crate::input::Address;

/// What a person is told of such a log: `setting` is the flag that would read it.
pub(super) fn explained(written: &str, setting: &str) -> String {
    let receive = address(written).map(|address| {
        format!("hangup can receive it itself in place of what listens there, with --{setting}={address}; or ")
    });
    format!(
        "this log goes to syslog, which hangup does not read by itself: {}add one to a file beside it",
        receive.unwrap_or_default()
    )
}

/// `syslog:udp://127.0.0.1:1514` of `syslog:server=127.0.0.1:1514,tag=nginx`.
pub(super) fn address(written: &str) -> Option<String> {
    let mut options = written.strip_prefix("syslog:")?.split(',');
    let server = options.find_map(|option| option.strip_prefix("server="))?;
    let text = match server.strip_prefix("unix:") {
        Some(path) => format!("syslog:unix:{path}"),
        None => format!("syslog:udp://{server}"),
    };
    Address::parse(&text).ok().flatten().map(|address| address.to_string())
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn an_address_in_our_words() {
        for (written, expected) in [
            ("syslog:server=127.0.0.1:1514", Some("syslog:udp://127.0.0.1:1514")),
            ("syslog:server=10.0.0.1,facility=local7,tag=nginx,severity=info", Some("syslog:udp://10.0.0.1:514")),
            ("syslog:tag=x,server=[::1]:5140", Some("syslog:udp://[::1]:5140")),
            ("syslog:server=[::1]", Some("syslog:udp://[::1]:514")),
            ("syslog:server=unix:/run/a.sock,nohostname", Some("syslog:unix:/run/a.sock")),
            ("syslog:tag=x", None),
            ("/var/log/nginx/access.log", None),
        ] {
            assert_eq!(address(written).as_deref(), expected, "{written}");
        }
    }
}
