//! A classic text exposition that can be asked for sums by label.

use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub name: String,
    pub labels: BTreeMap<String, String>,
    pub value: f64,
}

#[derive(Debug, Clone, Default)]
pub struct Scrape(pub Vec<Sample>);

impl Scrape {
    pub fn parse(text: &str) -> Scrape {
        Scrape(text.lines().filter(|l| !l.is_empty() && !l.starts_with('#')).map(sample).collect())
    }

    /// All samples of a family whose labels hold all of `labels`.
    pub fn select<'a>(&'a self, name: &'a str, labels: &'a [(&str, &str)]) -> impl Iterator<Item = &'a Sample> {
        self.0.iter().filter(move |s| {
            s.name == name && labels.iter().all(|(k, v)| s.labels.get(*k).map(String::as_str) == Some(*v))
        })
    }

    /// Their sum; 0 where there is none.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        self.select(name, labels).map(|s| s.value).sum()
    }

    /// The one sample that matches.
    #[track_caller]
    pub fn one(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let found: Vec<_> = self.select(name, labels).collect();
        assert_eq!(found.len(), 1, "{name}{labels:?} is not one sample: {found:?}");
        found[0].value
    }
}

fn sample(line: &str) -> Sample {
    let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no value in {line:?}"));
    let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
    let labels = labels.strip_suffix('}').unwrap_or_else(|| panic!("labels not closed in {line:?}"));
    Sample { name: name.to_owned(), labels: label_pairs(labels), value: value.parse().expect("a number") }
}

fn label_pairs(mut text: &str) -> BTreeMap<String, String> {
    let mut pairs = BTreeMap::new();
    while let Some((key, rest)) = text.split_once("=\"") {
        let end = closing_quote(rest);
        let value = rest[..end].replace("\\\"", "\"").replace("\\n", "\n").replace("\\\\", "\\");
        pairs.insert(key.trim_start_matches(',').to_owned(), value);
        text = &rest[end + 1..];
    }
    pairs
}

fn closing_quote(text: &str) -> usize {
    let mut escaped = false;
    text.bytes()
        .position(|b| {
            let closes = b == b'"' && !escaped;
            escaped = b == b'\\' && !escaped;
            closes
        })
        .expect("a closing quote")
}
