//! Writes one access-log line.
//! Knows: the demo's log_format. Does not know: files, or what a line means.

use std::fmt::{self, Display};
use std::io::{self, Write};

use time::UtcDateTime;
use time::format_description::StaticFormatDescription;
use time::macros::format_description;

use super::exchange::{Exchange, Tries, Try};
use super::site;

/// The combined format and what tells who hung up: the times, the tries, the completion.
pub const LOG_FORMAT: &str = r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" host="$server_name" rt=$request_time done="$request_completion" length="$sent_http_content_length" uaddr="$upstream_addr" ustatus="$upstream_status" uct="$upstream_connect_time" uht="$upstream_header_time" urt="$upstream_response_time" id=$request_id"#;

/// `$time_local`, in UTC.
const TIME_LOCAL: StaticFormatDescription =
    format_description!(version = 2, "[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");

/// Milliseconds as `$request_time` shows them: `S.mmm`.
struct Seconds(u64);

impl Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}", self.0 / 1000, self.0 % 1000)
    }
}

pub(super) fn write(x: &Exchange, now: UtcDateTime, out: &mut Vec<u8>) -> io::Result<()> {
    write!(out, "{} - - [{}] \"", x.client, now.format(TIME_LOCAL).map_err(io::Error::other)?)?;
    if !x.target.is_empty() {
        write!(out, "{} {} HTTP/1.1", x.method, x.target)?;
    }
    write!(out, "\" {} {} \"{}\" \"{}\"", x.status, x.body_bytes, dash(x.referer), dash(x.agent))?;
    write!(out, " host=\"{}\" rt={}", site::SERVER_NAME, Seconds(x.request_millis))?;
    write!(out, " done=\"{}\" length=\"", if x.complete { "OK" } else { "" })?;
    write_optional(out, x.content_length)?;
    out.push(b'"');
    match x.upstream {
        Tries::NoSlot => write!(out, " uaddr=\"\"")?,
        Tries::None | Tries::Made(_) => write_list(out, "uaddr", x, |t| Some(t.server))?,
    }
    write_list(out, "ustatus", x, |t| t.status)?;
    write_list(out, "uct", x, |t| t.connect.map(Seconds))?;
    write_list(out, "uht", x, |t| t.header.map(Seconds))?;
    write_list(out, "urt", x, |t| Some(Seconds(t.response)))?;
    writeln!(out, " id={:032x}", x.id)
}

fn dash(text: &str) -> &str {
    if text.is_empty() { "-" } else { text }
}

/// One value per try, or `-` where there was none.
fn write_list<V: Display>(
    out: &mut Vec<u8>,
    name: &str,
    x: &Exchange,
    value: impl Fn(&Try) -> Option<V>,
) -> io::Result<()> {
    write!(out, " {name}=\"")?;
    match &x.upstream {
        Tries::None | Tries::NoSlot => out.push(b'-'),
        Tries::Made(tries) => {
            for (n, one) in tries.iter().enumerate() {
                out.extend_from_slice(if n > 0 { b", " } else { b"" });
                write_optional(out, value(one))?;
            }
        }
    }
    out.push(b'"');
    Ok(())
}

fn write_optional(out: &mut Vec<u8>, value: Option<impl Display>) -> io::Result<()> {
    match value {
        Some(value) => write!(out, "{value}"),
        None => out.write_all(b"-"),
    }
}
