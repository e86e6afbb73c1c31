//! What is said of one cause: a sentence, evidence with values and limits, what to do first.
//! Does not know: how it was found.

use serde::{Deserialize, Serialize};

use super::cause::{Cause, Confidence};
use crate::record::labels;

labels! {
    /// What a value is counted in.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    Unit {
        Count = "count",
        PerSecond = "per_second",
        Ratio = "ratio",
        Seconds = "seconds",
    }
}

/// One piece of evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    pub signal: String,
    pub value: f64,
    /// Beyond it the signal speaks for the cause. `None`: it only gives a measure.
    pub limit: Option<f64>,
    pub unit: Unit,
    /// Where the value comes from: a metric, a log, a kernel counter.
    pub source: String,
}

impl Evidence {
    pub fn new(
        signal: impl Into<String>,
        value: f64,
        limit: impl Into<Option<f64>>,
        unit: Unit,
        source: &str,
    ) -> Evidence {
        Evidence { signal: signal.into(), value, limit: limit.into(), unit, source: source.to_owned() }
    }

    /// The value as a person reads it.
    pub fn value_text(&self) -> String {
        written(self.value, self.unit)
    }

    /// The limit as a person reads it; empty: there is none.
    pub fn limit_text(&self) -> String {
        self.limit.map_or_else(String::new, |limit| written(limit, self.unit))
    }
}

/// `12 %`, `3.2 s`, `14/s`, `1204`.
pub(super) fn written(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Count => format!("{value:.0}"),
        Unit::PerSecond if value < 10.0 => format!("{value:.1}/s"),
        Unit::PerSecond => format!("{value:.0}/s"),
        Unit::Ratio => percent(value),
        Unit::Seconds if value < 0.1 => format!("{:.0} ms", value * 1000.0),
        Unit::Seconds if value < 9.95 => format!("{value:.1} s"),
        Unit::Seconds => format!("{value:.0} s"),
    }
}

fn percent(ratio: f64) -> String {
    let percent = ratio * 100.0;
    if percent < 9.95 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}

/// A cause that holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Diagnosis {
    pub cause: Cause,
    /// Empty: the whole host.
    pub server: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub upstream: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub route: Option<String>,
    pub confidence: Confidence,
    pub sentence: String,
    pub evidence: Vec<Evidence>,
    /// What it would look like if it were not so.
    pub otherwise: String,
    pub first_fix: String,
    /// Where the whole procedure stands.
    pub runbook: String,
}
