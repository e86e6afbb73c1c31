//! Lengths of time as a person types them: `500ms`, `90s`, `5m`, `1.5h`.
//! Knows: the units. Does not know: what lasts that long.

use std::time::Duration;

/// A demo is watched by somebody: a day is far beyond that, and keeps sums of times from overflowing.
const SPAN_SECONDS_MAX: f64 = 86_400.0;

/// For clap's `value_parser`.
pub fn parse(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(format!("invalid duration `{text}`; write a number and its unit, as in 500ms, 90s or 5m")),
    };
    let number: f64 = digits
        .parse()
        .map_err(|_| format!("invalid duration `{text}`; write a number and its unit, as in 500ms, 90s or 5m"))?;
    let seconds = number * unit;
    if !(0.0..=SPAN_SECONDS_MAX).contains(&seconds) {
        return Err(format!("invalid duration `{text}`; write at most a day (24h)"));
    }
    Ok(Duration::from_secs_f64(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans() {
        let check =
            |text: &str, millis: Option<u128>| assert_eq!(parse(text).ok().map(|s| s.as_millis()), millis, "{text}");
        check("500ms", Some(500));
        check("90s", Some(90_000));
        check("90", Some(90_000));
        check("1.5m", Some(90_000));
        check("24h", Some(86_400_000));
        check("25h", None);
        check("-1s", None);
        check("NaN", None);
        check("inf", None);
        check("5 parsecs", None);
        check("", None);
    }
}
