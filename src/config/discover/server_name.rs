//! A server's name as nginx writes `$server_name` into a log, so that its series have one label wherever they come from
//! (sources: ngx_http_core_server_name and ngx_http_core_merge_srv_conf in ngx_http_core_module.c,
//! ngx_http_log_escape in ngx_http_log_module.c).

use crate::dialect::nginx::log_format::Escape;

/// The label of a server without a name of its own.
pub(super) const NAMELESS: &str = "default";

/// The first of a server's names, as it is logged.
pub(super) fn logged(first: &str, hostname: &str, escape: Escape) -> String {
    let name = match first {
        "$hostname" => hostname.to_lowercase(),
        // A regex keeps its case; its `~` is part of the name.
        regex if regex.starts_with('~') => regex.to_owned(),
        // The dot that stands for all subdomains is not.
        name => name.strip_prefix('.').unwrap_or(name).to_ascii_lowercase(),
    };
    if name.is_empty() { NAMELESS.to_owned() } else { escaped(&name, escape) }
}

fn escaped(name: &str, escape: Escape) -> String {
    let one = |byte: u8, out: &mut String| match (escape, byte) {
        (Escape::Default, b'"' | b'\\' | 0..=0x1f | 0x7f..) => out.push_str(&format!("\\x{byte:02X}")),
        (Escape::Json, b'"' | b'\\') => out.extend(['\\', char::from(byte)]),
        _ => out.push(char::from(byte)),
    };
    // Without an escape, and in JSON, what is no ASCII stands as it is.
    if escape != Escape::Default && !name.is_ascii() {
        return name.replace('\\', if escape == Escape::Json { "\\\\" } else { "\\" });
    }
    let mut out = String::with_capacity(name.len());
    name.bytes().for_each(|byte| one(byte, &mut out));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_log() {
        #[track_caller]
        fn check(first: &str, escape: Escape, expected: &str) {
            assert_eq!(logged(first, "Web-1", escape), expected);
        }
        check("Www.Example.COM", Escape::Default, "www.example.com");
        check(".Example.com", Escape::Default, "example.com");
        check("*.Example.com", Escape::Default, "*.example.com");
        check("_", Escape::Default, "_");
        check("", Escape::Default, "default");
        check("$hostname", Escape::Default, "web-1");
        check(r"~^(?<U>.+)\.net$", Escape::Default, r"~^(?<U>.+)\x5C.net$");
        check(r"~^(?<U>.+)\.net$", Escape::Json, r"~^(?<U>.+)\\.net$");
        check(r"~^(?<U>.+)\.net$", Escape::None, r"~^(?<U>.+)\.net$");
        check("ü.example", Escape::Default, r"\xC3\xBC.example");
        check("ü.example", Escape::Json, "ü.example");
    }
}
