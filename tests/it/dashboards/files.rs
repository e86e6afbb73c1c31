//! The shipped dashboards, read as far as the tests look.

use serde::Deserialize;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dashboard {
    pub uid: String,
    pub title: String,
    pub description: String,
    pub schema_version: u32,
    pub tags: Vec<String>,
    pub links: Vec<Link>,
    pub templating: Templating,
    pub panels: Vec<Panel>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    pub title: String,
    #[serde(default)]
    pub tags: Vec<String>,
    #[serde(default)]
    pub url: String,
    pub include_vars: bool,
    pub keep_time: bool,
}

#[derive(Deserialize)]
pub struct Templating {
    pub list: Vec<Variable>,
}

#[derive(Deserialize)]
pub struct Variable {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub query: serde_json::Value,
    pub datasource: Option<Source>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Panel {
    pub id: u32,
    pub title: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub grid_pos: Grid,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub targets: Vec<Target>,
    #[serde(default)]
    pub links: Vec<Link>,
    #[serde(default)]
    pub field_config: serde_json::Value,
    #[serde(default)]
    pub options: serde_json::Value,
    pub datasource: Option<Source>,
}

#[derive(Deserialize, Clone, Copy)]
pub struct Grid {
    pub x: u32,
    pub y: u32,
    pub w: u32,
    pub h: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    pub ref_id: String,
    pub expr: String,
    pub legend_format: String,
    #[serde(default)]
    pub exemplar: bool,
    pub datasource: Source,
}

#[derive(Deserialize, PartialEq, Eq, Debug)]
pub struct Source {
    #[serde(rename = "type")]
    pub kind: String,
    pub uid: String,
}

impl Dashboard {
    /// All but the rows that part them.
    pub fn drawn(&self) -> impl Iterator<Item = &Panel> {
        self.panels.iter().filter(|panel| panel.kind != "row")
    }
}

pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn paths() -> Vec<PathBuf> {
    let found = glob::glob(&repository().join("dashboards/*.json").to_string_lossy()).expect("a pattern");
    found.map(|path| path.expect("readable")).collect()
}

pub fn all() -> Vec<Dashboard> {
    let read = |path: &PathBuf| serde_json::from_slice(&std::fs::read(path).expect("readable"));
    paths().iter().map(|path| read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))).collect()
}
