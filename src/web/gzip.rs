//! Compresses an answer where the client asked for gzip.
//! Knows: Accept-Encoding (RFC 9110, section 12.5.3). Does not know: what is inside the body.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

/// Whether an Accept-Encoding header allows gzip.
pub(super) fn accepted(accept_encoding: &str) -> bool {
    let q_of = |name: &str| accept_encoding.split(',').find_map(|range| quality(range, name));
    q_of("gzip").or_else(|| q_of("x-gzip")).or_else(|| q_of("*")).is_some_and(|q| q > 0.0)
}

/// The q of this coding, `None` where the range names another one.
fn quality(range: &str, name: &str) -> Option<f32> {
    let (coding, parameters) = range.split_once(';').unwrap_or((range, ""));
    if !coding.trim().eq_ignore_ascii_case(name) {
        return None;
    }
    let q = parameters.trim().strip_prefix(['q', 'Q']).and_then(|rest| rest.trim_start().strip_prefix('='));
    Some(q.map_or(1.0, |q| q.trim().parse().unwrap_or(0.0)))
}

/// The fastest level: a scrape is repetitive text, which even that one shrinks to about a tenth.
pub(super) fn compress(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 8), Compression::fast());
    encoder.write_all(body).and_then(|()| encoder.finish()).expect("a Vec takes every write")
}

#[cfg(test)]
mod tests {
    #[test]
    fn accept_encoding() {
        for (header, expected) in [
            ("", false),
            ("gzip", true),
            ("GZip", true),
            ("x-gzip", true),
            ("br, gzip;q=0.5", true),
            ("deflate, gzip; q = 0.1", true),
            ("*", true),
            ("identity", false),
            ("gzip;q=0", false),
            ("gzip;q=0.000, *", false),
            ("*;q=0", false),
            ("gzip;q=none", false),
            ("gzipped", false),
        ] {
            assert_eq!(super::accepted(header), expected, "Accept-Encoding: {header}");
        }
    }
}
