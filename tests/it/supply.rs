//! What is linked: licences, sources and doubled versions against `deny.toml`, and a reason for each dependency.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

fn file(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_dependency_is_listed_with_a_reason() {
    let (manifest, docs) = (file("Cargo.toml"), file("docs/dependencies.md"));
    let section = manifest.split("\n[dependencies]\n").nth(1).and_then(|rest| rest.split("\n[").next());
    let named = section.expect("dependencies").lines().filter_map(|line| line.split_once(" = "));
    let named: BTreeSet<&str> = named.map(|(name, _)| name).collect();
    let rows = docs.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let listed: BTreeSet<&str> = rows.filter(|(_, why)| why.len() > 5).map(|(name, _)| name).collect();
    assert_eq!(named, listed, "docs/dependencies.md says why each crate of Cargo.toml is there");
}

/// The packages that are linked or run at build time; tests' own are left out.
fn packages() -> Vec<Value> {
    let asked =
        ["metadata", "--locked", "--offline", "--format-version=1", "--filter-platform=x86_64-unknown-linux-gnu"];
    let output =
        Command::new(env!("CARGO")).args(asked).current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("cargo");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let nodes: BTreeMap<String, Value> =
        list(&metadata["resolve"]["nodes"]).into_iter().map(|node| (node["id"].to_string(), node)).collect();
    let (mut linked, mut next) = (BTreeSet::new(), vec![metadata["resolve"]["root"].to_string()]);
    while let Some(id) = next.pop() {
        if linked.insert(id.clone()) {
            let needed = list(&nodes[&id]["deps"]).into_iter();
            let needed = needed.filter(|dep| list(&dep["dep_kinds"]).iter().any(|kind| kind["kind"] != "dev"));
            next.extend(needed.map(|dep| dep["pkg"].to_string()));
        }
    }
    list(&metadata["packages"]).into_iter().filter(|package| linked.contains(&package["id"].to_string())).collect()
}

/// The quoted words between these two lines of deny.toml.
fn denied(from: &str) -> BTreeSet<String> {
    let text = file("deny.toml");
    let part = text.split(&format!("\n{from} = [\n")).nth(1).and_then(|rest| rest.split("\n]").next()).expect("a list");
    part.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn licences_are_allowed() {
    let allowed = denied("allow");
    for package in packages() {
        let licence = package["license"].as_str().unwrap_or_default().replace('/', " OR ");
        let any = |part: &str| part.split(" OR ").any(|one| allowed.contains(one.trim().trim_matches(['(', ')'])));
        assert!(licence.split(" AND ").all(any), "{}: {licence:?}", package["name"]);
    }
}

#[test]
fn sources_are_the_registry_and_doubles_are_known() {
    let packages = packages();
    let sources: BTreeSet<&str> = packages.iter().filter_map(|package| package["source"].as_str()).collect();
    assert!(sources.len() == 1 && sources.iter().all(|source| source.starts_with("registry+")), "{sources:?}");
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in &packages {
        let name = package["name"].as_str().unwrap_or_default().to_owned();
        versions.entry(name).or_default().insert(package["version"].to_string());
    }
    let doubled: BTreeSet<String> =
        versions.into_iter().filter(|(_, versions)| versions.len() > 1).map(|(name, _)| name).collect();
    let known = denied("skip");
    assert!(doubled.is_subset(&known), "{doubled:?} are linked in several versions; deny.toml knows {known:?}");
}
