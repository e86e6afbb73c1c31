//! Which exposition format a scraper asked for (RFC 9110, section 12.5.1, as Prometheus and curl write it).
//! Knows: media types and their q-values. Does not know: what the formats look like inside.

/// An exposition format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Prometheus text 0.0.4: what everybody gets who asks for nothing else.
    Classic,
    OpenMetrics,
    /// Length-delimited `io.prometheus.client.MetricFamily`: the only one that carries native histograms.
    Protobuf,
}

impl Format {
    pub const ALL: [Format; 3] = [Format::Classic, Format::OpenMetrics, Format::Protobuf];

    pub fn content_type(self) -> &'static str {
        match self {
            Format::Classic => "text/plain; version=0.0.4; charset=utf-8",
            Format::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Format::Protobuf => {
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
            }
        }
    }

    /// The format with the highest q in an Accept header; of equals the one named first.
    /// What is not understood, or refused with `q=0`, never wins; where nothing wins, classic text is the answer.
    /// Without `native`, the format that carries native histograms is not to be had.
    pub fn negotiate(accept: &str, native: bool) -> Format {
        let mut best = (0.0, Format::Classic);
        let offers = accept.split(',').filter_map(offer).filter(|(_, format)| native || *format != Format::Protobuf);
        for (q, format) in offers {
            if q > best.0 {
                best = (q, format);
            }
        }
        best.1
    }
}

/// One media range of the header: its q and the format that answers it.
fn offer(range: &str) -> Option<(f32, Format)> {
    let mut parts = range.split(';').map(str::trim);
    let media_type = parts.next()?.to_ascii_lowercase();
    let parameters: Vec<(String, &str)> = parts.filter_map(parameter).collect();
    let get = |name: &str| parameters.iter().find(|(key, _)| key == name).map(|(_, value)| *value);

    let format = match media_type.as_str() {
        "application/vnd.google.protobuf"
            if get("proto") == Some("io.prometheus.client.MetricFamily") && get("encoding") == Some("delimited") =>
        {
            Format::Protobuf
        }
        // OpenMetrics 0.0.1 is the draft of 1.0.0: the same text, so one answer serves both.
        "application/openmetrics-text" if matches!(get("version"), Some("1.0.0" | "0.0.1")) => Format::OpenMetrics,
        "text/plain" if matches!(get("version"), None | Some("0.0.4")) => Format::Classic,
        "text/*" | "*/*" => Format::Classic,
        _ => return None,
    };
    let q = get("q").map_or(Some(1.0), |q| q.parse().ok())?;
    Some((q, format))
}

/// `name=value`, the value with or without quotes.
fn parameter(text: &str) -> Option<(String, &str)> {
    let (name, value) = text.split_once('=')?;
    Some((name.trim().to_ascii_lowercase(), value.trim().trim_matches('"')))
}

#[cfg(test)]
mod tests {
    use super::Format::{Classic, OpenMetrics, Protobuf};
    use super::*;

    const PROTO: &str = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

    #[track_caller]
    fn check(accept: &str, expected: Format) {
        assert_eq!(Format::negotiate(accept, true), expected, "Accept: {accept}");
    }

    #[test]
    fn the_highest_q_wins() {
        check("", Classic);
        check("*/*", Classic);
        check("text/html,application/xhtml+xml,*/*;q=0.8", Classic);
        check("text/plain;version=0.0.4", Classic);
        check("application/json", Classic);
        check(PROTO, Protobuf);
        check(&format!("{PROTO};q=0.3,text/plain;version=0.0.4;q=0.5"), Classic);
        check(&format!("text/plain;version=0.0.4;q=0.5,{PROTO};q=0.7"), Protobuf);
        check("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", OpenMetrics);
        check("application/openmetrics-text; version=0.0.1; charset=utf-8", OpenMetrics);
        check("application/openmetrics-text;q=0.4;version=1.0.0,*/*;q=0.5", Classic);
    }

    #[test]
    fn native_histograms_can_be_left_out() {
        let accept = format!("{PROTO};q=0.9,application/openmetrics-text;version=1.0.0;q=0.8,text/plain;q=0.1");
        assert_eq!(Format::negotiate(&accept, false), OpenMetrics);
        assert_eq!(Format::negotiate(PROTO, false), Classic);
    }

    #[test]
    fn what_real_scrapers_send() {
        // Prometheus 2.42, without and with native histograms.
        let text = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
                    text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        check(text, OpenMetrics);
        check(&format!("{PROTO},{text}"), Protobuf);
        // Prometheus 3 adds its own versions and the escaping of UTF-8 names, which hangup has none of.
        check(
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
             application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,\
             text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
            OpenMetrics,
        );
    }

    #[test]
    fn refused_unknown_and_broken_ranges_never_win() {
        check("application/openmetrics-text;version=1.0.0;q=0", Classic);
        check("application/openmetrics-text", Classic);
        check("application/openmetrics-text;version=2.0.0", Classic);
        check("application/vnd.google.protobuf", Classic);
        check("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text", Classic);
        check("application/openmetrics-text;version=1.0.0;q=NaN", Classic);
        check("application/openmetrics-text;version=1.0.0;q=much", Classic);
        check(";;,,=;q=,", Classic);
        check(&"a".repeat(100_000), Classic);
    }

    #[test]
    fn spelling_is_free_where_the_standard_says_so() {
        check("Application/OpenMetrics-Text ; Version=\"1.0.0\" ; Q=0.9", OpenMetrics);
    }
}
