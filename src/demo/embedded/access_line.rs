//! Writes one access-log line.
//! Knows: the demo's log_format. Does not know: files, or what a line means.

use std::fmt::{self, Display};
use std::io::{self, Write};

use super::calendar::Moment;
use super::conf;
use super::exchange::{Exchange, Tries, Try};

/// The combined format and what tells who hung up: the times, the tries, the completion.
pub const LOG_FORMAT: &str = r#"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" rt=$request_time uct="$upstream_connect_time" uht="$upstream_header_time" urt="$upstream_response_time" us="$upstream_status" ua="$upstream_addr" cl="$sent_http_content_length" rc="$request_completion" id=$request_id host=$server_name"#;

/// Milliseconds as `$request_time` shows them: `S.mmm`.
struct Seconds(u64);

impl Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}", self.0 / 1000, self.0 % 1000)
    }
}

pub fn write(x: &Exchange, now: Moment, out: &mut Vec<u8>) -> io::Result<()> {
    write!(out, "{} - - [{}] \"", x.client, now.local())?;
    if !x.target.is_empty() {
        write!(out, "{} {} HTTP/1.1", x.method, x.target)?;
    }
    write!(out, "\" {} {} \"{}\" \"{}\"", x.status, x.body_bytes, dash(x.referer), dash(x.agent))?;
    write!(out, " rt={}", Seconds(x.request_millis))?;
    write_list(out, "uct", x, |t| t.connect.map(Seconds))?;
    write_list(out, "uht", x, |t| t.header.map(Seconds))?;
    write_list(out, "urt", x, |t| Some(Seconds(t.response)))?;
    write_list(out, "us", x, |t| t.status)?;
    match x.upstream {
        Tries::NoSlot => write!(out, " ua=\"\"")?,
        Tries::None | Tries::Made(_) => write_list(out, "ua", x, |t| Some(t.server))?,
    }
    out.extend_from_slice(b" cl=\"");
    write_optional(out, x.content_length)?;
    let completion = if x.complete { "OK" } else { "" };
    writeln!(out, "\" rc=\"{completion}\" id={:032x} host={}", x.id, conf::SERVER_NAME)
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
