//! The names and times that `docker compose logs` and `kubectl logs` print before each line: `web-1  | LINE`,
//! `[pod/web-7f9c/nginx] LINE`, `2026-11-21T14:17:26.123456789Z LINE`.

use memchr::memchr;

/// The line. `None`: nothing of the kind stands before it.
pub(super) fn message(line: &[u8]) -> Option<&[u8]> {
    let named = without_service(line).or_else(|| without_pod(line));
    let rest = named.unwrap_or(line);
    without_time(rest).or(named)
}

/// `web-1  | `, coloured or not, and nothing but a name before the bar.
fn without_service(line: &[u8]) -> Option<&[u8]> {
    let plain = without_colour(line);
    let bar = memchr(b'|', &plain[..plain.len().min(NAME_BYTES_MAX)])?;
    let name = plain[..bar].strip_suffix(b" ")?.trim_ascii_end();
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
    let is_service = name.iter().all(is_name) && name.iter().any(u8::is_ascii_alphabetic);
    let rest = without_colour(&plain[bar + 1..]);
    is_service.then(|| rest.strip_prefix(b" ")).flatten()
}

/// A container's name, and the blanks that make all names equally long.
const NAME_BYTES_MAX: usize = 160;

/// `[pod/web-7f9c/nginx] `.
fn without_pod(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"[pod/")?;
    let end = memchr(b']', rest)?;
    rest[end + 1..].strip_prefix(b" ")
}

/// `ESC[36m`.
fn without_colour(text: &[u8]) -> &[u8] {
    let code = text.strip_prefix(b"\x1b[").and_then(|rest| Some(&rest[memchr(b'm', rest)? + 1..]));
    code.unwrap_or(text)
}

fn without_time(line: &[u8]) -> Option<&[u8]> {
    let blank = memchr(b' ', &line[..line.len().min(TIME_BYTES_MAX)])?;
    let (time, rest) = line.split_at(blank);
    let is_time = matches!(time, [b'0'..=b'9', _, _, _, b'-', _, _, b'-', _, _, b'T', _, _, b':', _, _, b':', ..]);
    is_time.then_some(&rest[1..])
}

/// Longer than `2026-11-21T14:17:26.123456789+01:00 `.
const TIME_BYTES_MAX: usize = 48;
