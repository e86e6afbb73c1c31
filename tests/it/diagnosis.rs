//! `/api/v1/diagnosis` is what docs/diagnosis.schema.json says, and the schema knows every word that may stand there.

use std::path::{Path, PathBuf};
use std::process::Command;

use hangup::diagnosis::{Cause, Confidence, Unit};
use hangup::tally::SourceKind;
use hangup::verdict::{Party, Phase};
use serde_json::Value;

use crate::support::hangup::Hangup;
use crate::support::http;
use crate::support::nginx::{Nginx, Site};
use crate::support::{free_port, wait_for};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn schema() -> PathBuf {
    root().join("docs/diagnosis.schema.json")
}

/// What the checker says; empty: it is content.
fn complaints(answer: &[u8]) -> String {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let file = dir.path().join("answer.json");
    std::fs::write(&file, answer).expect("writable");
    let output = Command::new("python3")
        .env("PYTHONPATH", root().join("target/tools/check-jsonschema"))
        .args(["-m", "check_jsonschema", "--schemafile"])
        .args([schema(), file])
        .output()
        .expect("python3; `make tools` installs it");
    let said = [output.stdout, output.stderr].concat();
    if output.status.success() { String::new() } else { String::from_utf8_lossy(&said).into_owned() }
}

#[test]
fn a_real_answer_is_what_the_schema_says() {
    let dead = free_port();
    let server = format!("location / {{ proxy_pass http://127.0.0.1:{dead}; }}");
    let nginx = Nginx::start(Site { server: &server, ..Site::default() });
    let hangup = Hangup::beside(&nginx, &["--diagnosis.resolution=300ms"]);
    let quiet = hangup.get("/api/v1/diagnosis").body;
    assert_eq!(complaints(&quiet), "", "{}", String::from_utf8_lossy(&quiet));
    let answer = wait_for("a cause", || {
        for _ in 0..4 {
            http::get(&nginx.addr(), "/cart").expect("an answer");
        }
        let answer = hangup.get("/api/v1/diagnosis").body;
        let value: Value = serde_json::from_slice(&answer).expect("JSON");
        let held = value["windows"].as_object().expect("windows").values().any(|window| {
            window["diagnosis"].as_array().expect("causes").iter().any(|cause| cause["cause"] == "upstream_down")
        });
        held.then_some(answer)
    });
    assert_eq!(complaints(&answer), "", "{}", String::from_utf8_lossy(&answer));

    // And it is no schema that takes anything.
    let mut value: Value = serde_json::from_slice(&answer).expect("JSON");
    value["version"] = 2.into();
    assert!(complaints(value.to_string().as_bytes()).contains("version"));
    let mut value: Value = serde_json::from_slice(&answer).expect("JSON");
    let windows = value["windows"].as_object_mut().expect("windows");
    let causes = windows.values_mut().flat_map(|window| window["diagnosis"].as_array_mut().expect("causes"));
    causes.for_each(|cause| cause["cause"] = "the_moon".into());
    assert!(complaints(value.to_string().as_bytes()).contains("the_moon"));
}

#[test]
fn the_schema_knows_every_word() {
    let schema: Value = serde_json::from_slice(&std::fs::read(schema()).expect("the schema")).expect("JSON");
    let check = |pointer: &str, words: &[&str]| {
        let known = schema.pointer(pointer).and_then(|known| known["enum"].as_array()).expect(pointer);
        let known: Vec<&str> = known.iter().filter_map(Value::as_str).collect();
        assert_eq!(known, words, "{pointer}");
    };
    check("/$defs/cause/properties/cause", &Cause::ALL.map(Cause::as_str));
    check("/$defs/cause/properties/confidence", &Confidence::ALL.map(Confidence::as_str));
    check("/$defs/evidence/properties/unit", &Unit::ALL.map(Unit::as_str));
    check("/$defs/gave_up/properties/party", &Party::ALL.map(Party::as_str));
    check("/$defs/gave_up/properties/phase", &Phase::ALL.map(Phase::as_str));
    check("/$defs/busy_source/properties/kind", &SourceKind::ALL.map(SourceKind::as_str));
    let docs = std::fs::read_to_string(root().join("docs/diagnosis.md")).expect("docs/diagnosis.md");
    let untold: Vec<_> = Cause::ALL.iter().filter(|cause| !docs.contains(&format!("`{}`", cause.as_str()))).collect();
    assert!(untold.is_empty(), "docs/diagnosis.md does not tell of {untold:?}");
}
