//! One row of the incident bench, as incidents.yml writes it: traffic, trouble, and what a person must then be told.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::rules::{root, yaml};

/// All durations in seconds.
pub struct Row {
    /// Also the job's name, so that the rows of one batch do not see each other.
    pub name: String,
    pub what: String,
    pub scrape: u32,
    /// How often Prometheus evaluates the rules.
    pub every: u32,
    /// Every so many-th scrape fails; 0 is never.
    pub fails: u32,
    pub instances: u32,
    /// How long an instance lives before another takes its place; 0 is for ever.
    pub lives: u32,
    /// Requests a second of each instance.
    pub rps: f64,
    /// Share of the requests that users abandon without any trouble.
    pub background: f64,
    /// Server and route by their share of the requests.
    pub routes: Vec<(String, String, f64)>,
    pub from: u32,
    pub lasts: u32,
    /// On for the first of each second: (on, period).
    pub repeats: Option<(u32, u32)>,
    pub length: u32,
    /// Whether there is a status page, and whether the access log names the upstreams.
    pub stub: bool,
    pub mapped: bool,
    /// Whether there is an access log.
    pub logged: bool,
    pub trouble: Vec<Effect>,
    pub series: Vec<Own>,
    /// `Alert severity` by how long after the beginning of the trouble it must have been told.
    pub told: BTreeMap<String, u32>,
    /// What must have fired and been held back.
    pub held: Vec<String>,
    /// Whether it is over in between for so long that it is told again.
    pub again: bool,
}

/// A series of the row's own.
pub struct Own {
    /// With its labels.
    pub name: String,
    /// The value, or of a counter its rate a second. NaN: not there.
    pub before: f64,
    pub during: f64,
    pub only: Option<u32>,
    pub until: u32,
}

/// What goes wrong, to what share of the requests, and where.
pub struct Effect {
    pub kind: String,
    pub share: f64,
    pub only: Option<Only>,
    /// Seconds after the beginning of the trouble, and when it ends before the rest.
    pub after: u32,
    pub until: u32,
}

/// An effect on one route, server or instance only.
pub enum Only {
    Route(String),
    Server(String),
    Instance(u32),
}

pub fn rows() -> Vec<Row> {
    let table = yaml(&root().join("tests/it/rules/incidents.yml"));
    let rows = table["incidents"].as_array().expect("incidents").iter();
    let rows = rows.flat_map(at_each_interval).map(|row| Row::read(&row, &table["defaults"]));
    // BENCH_ROWS=deploy,log- plays only what begins so.
    let chosen = std::env::var("BENCH_ROWS").unwrap_or_default();
    rows.filter(|row| chosen.split(',').any(|start| row.name.starts_with(start))).collect()
}

/// A row with `scrape: [5s, 15s]` is two rows.
fn at_each_interval(row: &Value) -> Vec<Value> {
    let Some(intervals) = row["scrape"].as_array() else { return vec![row.clone()] };
    let at = |interval: &Value| {
        let mut row = row.clone();
        let interval = interval.as_str().expect("a duration");
        row["name"] = format!("{}-{interval}", row["name"].as_str().expect("a name")).into();
        row["what"] = format!("{}, at {interval}", row["what"].as_str().expect("words")).into();
        row["scrape"] = interval.into();
        row
    };
    intervals.iter().map(at).collect()
}

impl Row {
    fn read(row: &Value, defaults: &Value) -> Row {
        let get = |key: &str| row.get(key).or_else(|| defaults.get(key)).unwrap_or(&Value::Null);
        let known = |key: &&String| defaults.get(key.as_str()).is_none();
        let name = get("name").as_str().expect("a name").to_owned();
        let unknown: Vec<_> = row.as_object().expect("a row").keys().filter(known).collect();
        assert!(unknown.is_empty(), "{name}: what is {unknown:?}?");
        let number = |key: &str| get(key).as_f64().unwrap_or_else(|| panic!("{name}: {key} is no number"));
        let time = |key: &str| seconds(get(key).as_str().unwrap_or_else(|| panic!("{name}: {key} is no duration")));
        let list = |key: &str| get(key).as_array().cloned().unwrap_or_default();
        let word = |value: &Value| value.as_str().expect("a word").to_owned();
        let repeats = get("repeats").as_str().and_then(|text| text.split_once(" in "));
        let told = get("told").as_object().cloned().unwrap_or_default();
        Row {
            what: word(get("what")),
            scrape: time("scrape"),
            every: time("every"),
            fails: number("fails") as u32,
            instances: number("instances") as u32,
            lives: time("lives"),
            rps: number("rps"),
            background: number("background"),
            routes: get("routes").as_object().expect("routes").iter().map(route).collect(),
            from: time("from"),
            lasts: time("lasts"),
            repeats: repeats.map(|(on, period)| (seconds(on), seconds(period))),
            length: time("length"),
            stub: get("stub") == true,
            mapped: get("mapped") == true,
            logged: get("logged") == true,
            trouble: list("trouble").iter().map(|effect| effect_of(&word(effect))).collect(),
            series: list("series").iter().map(series_of).collect(),
            told: told.iter().map(|(alert, by)| (alert.clone(), seconds(&word(by)))).collect(),
            again: get("again") == true,
            held: list("held").iter().map(word).collect(),
            name,
        }
    }

    /// Whether the trouble goes on at this second.
    pub fn troubled(&self, second: u32) -> bool {
        let since = second.saturating_sub(self.from + 1);
        let lasts = second > self.from && second <= self.from + self.lasts;
        lasts && self.repeats.is_none_or(|(on, period)| since % period < on)
    }
}

/// `shop.example/pay: 0.1`.
fn route((name, share): (&String, &Value)) -> (String, String, f64) {
    let slash = name.find('/').expect("server/route");
    (name[..slash].to_owned(), name[slash..].to_owned(), share.as_f64().expect("a share"))
}

/// `leave-long 30 %`, `leave-long 80 % /pay`, `refused 100 % i0`, `gone 100 % +10m`, `502 50 % -5m`.
fn effect_of(text: &str) -> Effect {
    let mut words = text.split_whitespace().filter(|word| *word != "%");
    let kind = words.next().expect("a kind").to_owned();
    let share = words.next().map_or(1.0, |word| word.parse::<f64>().unwrap_or_else(|_| panic!("{text}")) / 100.0);
    let mut rest = words.collect::<Vec<_>>();
    let mut time = |sign: char, otherwise: u32| {
        rest.iter().position(|word| word.starts_with(sign)).map_or(otherwise, |at| seconds(&rest.remove(at)[1..]))
    };
    let (after, until) = (time('+', 0), time('-', u32::MAX));
    let only = rest.first().map(|&word| match word.strip_prefix('i').and_then(|n| n.parse().ok()) {
        Some(instance) => Only::Instance(instance),
        None if word.starts_with('/') => Only::Route(word.to_owned()),
        None => Only::Server(word.to_owned()),
    });
    Effect { kind, share, only, after, until }
}

/// `[name, before, during]`, and `i0` where one instance alone has it, `-5m` where it ends before the rest.
fn series_of(row: &Value) -> Own {
    // null: not there.
    let number = |at: usize| row[at].as_f64().unwrap_or(f64::NAN);
    let more = |sign: char| row[3].as_str().and_then(|word| word.strip_prefix(sign));
    Own {
        name: row[0].as_str().expect("a name").to_owned(),
        before: number(1),
        during: number(2),
        only: more('i').map(|number| number.parse().expect("a number")),
        until: more('-').map_or(u32::MAX, seconds),
    }
}

pub fn seconds(text: &str) -> u32 {
    let (number, unit) = text.split_at(text.len() - 1);
    let number: f64 = number.parse().unwrap_or_else(|_| panic!("invalid duration {text}"));
    let unit = match unit {
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => panic!("invalid duration {text}"),
    };
    (number * unit) as u32
}
