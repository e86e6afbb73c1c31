//! What is normal for a server or a route: thresholds of the alerts that a person sets.
//! Knows: how one is written. Does not know: any alert; the rules read the exported values.

use super::value_type::{Syntax, ValueType};

/// One threshold, and for what it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// `None`: every server.
    pub server: Option<String>,
    /// `None`: the server as a whole.
    pub route: Option<String>,
    /// Of the requests, 0 to 1.
    pub ratio: f64,
}

/// All that are set, by the settings of the same names.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Slo {
    pub abandoned_ticket: Vec<Threshold>,
    pub abandoned_page: Vec<Threshold>,
    pub gateway_errors_page: Vec<Threshold>,
}

pub(super) static THRESHOLD: ValueType<Threshold> =
    ValueType::new("[SERVER[/ROUTE]=]RATIO", Syntax::NoComma, parse, print);

/// `0.02`, `2%`, `shop.example=0.04`, `shop.example/pay=0.01`, `/poll=0.9`.
fn parse(text: &str) -> Result<Threshold, String> {
    let (place, ratio) = text.rsplit_once('=').unwrap_or(("", text));
    let (place, ratio) = (place.trim(), ratio.trim());
    let number = match ratio.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().map(|percent| percent / 100.0),
        None => ratio.parse(),
    };
    let wrong = || {
        format!(
            "invalid threshold `{text}`; write a share above 0 and up to 1, as in 0.02, shop.example=2% or shop.example/pay=0.01"
        )
    };
    let ratio = number.ok().filter(|ratio| *ratio > 0.0 && *ratio <= 1.0).ok_or_else(wrong)?;
    let (server, route) = place.split_at(place.find('/').unwrap_or(place.len()));
    let given = |part: &str| (!part.is_empty()).then(|| part.to_owned());
    Ok(Threshold { server: given(server), route: given(route), ratio })
}

fn print(threshold: &Threshold) -> String {
    let Threshold { server, route, ratio } = threshold;
    let place = [server, route].map(|part| part.as_deref().unwrap_or_default()).concat();
    if place.is_empty() { ratio.to_string() } else { format!("{place}={ratio}") }
}

/// Routes as they are labelled: one that has a pattern may have a name without the slash.
pub(super) fn labelled(mut thresholds: Vec<Threshold>, names: &[String]) -> Vec<Threshold> {
    for route in thresholds.iter_mut().filter_map(|threshold| threshold.route.as_mut()) {
        if names.iter().any(|name| *name == route[1..]) {
            route.remove(0);
        }
    }
    thresholds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_says_what_it_is_for() {
        for (text, server, route, ratio, printed) in [
            ("0.02", None, None, 0.02, "0.02"),
            ("4 %", None, None, 0.04, "0.04"),
            ("shop.example=2%", Some("shop.example"), None, 0.02, "shop.example=0.02"),
            ("shop.example/pay = 0.01", Some("shop.example"), Some("/pay"), 0.01, "shop.example/pay=0.01"),
            ("/poll/:id=1", None, Some("/poll/:id"), 1.0, "/poll/:id=1"),
        ] {
            let parsed = parse(text).expect(text);
            assert_eq!((parsed.server.as_deref(), parsed.route.as_deref(), parsed.ratio), (server, route, ratio));
            assert_eq!(print(&parsed), printed);
        }
        for wrong in ["", "0", "-1", "1.5", "101%", "NaN", "inf", "shop.example", "shop.example=", "a=b"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_route_without_a_slash_is_found_by_its_pattern() {
        let read = |text: &str| labelled(vec![parse(text).expect(text)], &["cart".to_owned()])[0].route.clone();
        assert_eq!((read("/cart=1").as_deref(), read("/pay=1").as_deref()), (Some("cart"), Some("/pay")));
    }
}
