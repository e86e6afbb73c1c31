//! No two files under `src/` use each other, directly or through others.
//!
//! Reads `use` declarations and paths, follows them through re-exports to the file that defines the name, and lists
//! the strongly connected components of the graph file → file. What counts:
//! - a name used by any path (`use`, `crate::…`, `super::…`, `module::name`), not a method called on a value;
//! - not `mod x;` and no re-export (`pub use`), with which a folder's head only says what is inside;
//! - not what a file uses of the file that heads its own folder (`super::X` where mod.rs defines X): a folder and its
//!   head are one subject in several files, and the head calls the rest. Between the files of a folder, and between
//!   folders, there is one direction;
//! - no glob (there are none outside tests);
//! - nothing under `#[cfg(test)]` and no file of tests.

use std::collections::{BTreeMap, BTreeSet};

use super::source::{Source, Use};

type Path = Vec<String>;
type Graph = BTreeMap<String, BTreeSet<String>>;

#[test]
fn no_files_use_each_other() {
    let found = circles(&graph(&super::product_files()));
    assert!(found.is_empty(), "these use each other: {found:#?}");
}

#[test]
fn a_circle_is_seen_through_re_exports_aliases_and_bare_paths() {
    let check = |files: &[(&str, &str)], circle: &[&str]| {
        let files: Vec<_> = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        let expected: Vec<BTreeSet<String>> =
            if circle.is_empty() { vec![] } else { vec![circle.iter().map(|f| (*f).to_owned()).collect()] };
        assert_eq!(circles(&graph(&files)), expected, "{files:?}");
    };
    let with = |a, b| [("lib.rs", "mod r;"), ("r/mod.rs", "mod a;\nmod b;\npub use b::B;\npub struct R;"), a, b];
    let a_and_b: &[&str] = &["r/a.rs", "r/b.rs"];
    check(&with(("r/a.rs", "use super::B;\npub struct A;"), ("r/b.rs", "use super::a::A;\npub struct B;")), a_and_b);
    check(
        &with(("r/a.rs", "use super::b as z;\nfn f() { z::g() }"), ("r/b.rs", "fn g() { crate::r::a::f() }")),
        a_and_b,
    );
    check(
        &with(("r/a.rs", "use crate::r::{R, b::{self, B}};"), ("r/b.rs", "use super::{R, a};\nfn g() { a::f() }")),
        a_and_b,
    );
    check(&with(("r/a.rs", "use super::{R, b};"), ("r/b.rs", "use super::a::f;")), &[]);
    check(&with(("r/a.rs", "use super::B;"), ("r/b.rs", "#[cfg(test)]\nmod tests { use crate::r::a::A; }")), &[]);
    check(&with(("r/a.rs", "use super::B;"), ("r/b.rs", "// super::a::A\nconst T: &str = \"super::a::A\";")), &[]);
}

/// Which file uses which, by names relative to `src/`.
fn graph(files: &[(String, String)]) -> Graph {
    let modules = Modules::read(files);
    let mut graph = Graph::new();
    for (module, (file, source)) in &modules.by_path {
        let used = graph.entry(file.clone()).or_default();
        let bare = source.paths.iter().filter_map(|path| modules.absolute(module, path));
        let imported = source.uses.iter().filter(|u| !u.public).filter_map(|u| modules.absolute(module, &u.path));
        for path in bare.chain(imported) {
            if let Some(owner) = modules.owner(&path).filter(|owner| !module.starts_with(owner)) {
                used.insert(modules.by_path[&owner].0.clone());
            }
        }
    }
    graph
}

/// Every module by its path below `crate`, with its file.
struct Modules {
    by_path: BTreeMap<Path, (String, Source)>,
}

impl Modules {
    fn read(files: &[(String, String)]) -> Modules {
        let module = |(file, text): &(String, String)| {
            let name = file.trim_end_matches(".rs").trim_end_matches("/mod");
            let path = if name == "lib" { Path::new() } else { name.split('/').map(str::to_owned).collect() };
            (path, (file.clone(), Source::parse(text)))
        };
        Modules { by_path: files.iter().map(module).collect() }
    }

    /// The path below `crate`, `None` where it leads out of the crate.
    fn absolute(&self, module: &[String], path: &[String]) -> Option<Path> {
        let (first, rest) = path.split_first()?;
        let below = |base: &[String], rest: &[String]| [base, rest].concat();
        match first.as_str() {
            "crate" => Some(rest.to_vec()),
            "self" => Some(below(module, rest)),
            "super" => {
                let ups = path.iter().take_while(|part| *part == "super").count();
                Some(below(&module[..module.len().checked_sub(ups)?], &path[ups..]))
            }
            _ if self.by_path.contains_key(&below(module, &path[..1])) => Some(below(module, path)),
            _ => {
                let import = self.by_path[module].1.uses.iter().find(|u| u.name == *first && u.path[0] != *first)?;
                self.absolute(module, &import.path).map(|base| below(&base, rest))
            }
        }
    }

    /// The module that defines the name at the end; `None` for a module, of which nothing is used by naming it.
    fn owner(&self, path: &[String]) -> Option<Path> {
        let inside = (0..=path.len()).rev().find(|n| self.by_path.contains_key(&path[..*n]))?;
        let (module, rest) = path.split_at(inside);
        let name = rest.first()?;
        let uses = &self.by_path[module].1.uses;
        let through = |u: &Use| self.owner(&[&self.absolute(module, &u.path)?, &rest[1..]].concat());
        uses.iter().find(|u| u.name == *name).map_or_else(|| Some(module.to_vec()), through)
    }
}

/// The strongly connected components of more than one file.
fn circles(graph: &Graph) -> Vec<BTreeSet<String>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        graph.keys().map(|file| (file.as_str(), reach(graph, file))).collect();
    let circle = |file: &&str| -> BTreeSet<String> {
        let back = reached[file].iter().filter(|other| reached[**other].contains(file));
        back.map(|other| (*other).to_owned()).collect()
    };
    let found: BTreeSet<_> = reached.keys().map(circle).filter(|circle| circle.len() > 1).collect();
    found.into_iter().collect()
}

fn reach<'g>(graph: &'g Graph, from: &'g str) -> BTreeSet<&'g str> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = vec![from];
    while let Some(file) = open.pop() {
        open.extend(graph[file].iter().map(String::as_str).filter(|next| reached.insert(*next)));
    }
    reached
}
