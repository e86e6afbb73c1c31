//! dashboards/*.json are what tools/dashboards writes, and that satisfies the types that Grafana publishes.

use super::files;
use std::path::Path;
use std::process::Command;

#[test]
fn generated_from_source_that_grafanas_types_accept() {
    let tool = files::repository().join("tools/dashboards");
    run(&tool, &["node_modules/.bin/tsc"]);
    let out = tempfile::tempdir().expect("a temporary directory");
    run(&tool, &["node", "build/main.js", &out.path().to_string_lossy()]);
    let written = std::fs::read_dir(out.path()).expect("readable").count();
    assert_eq!(written, files::paths().len(), "dashboards/ holds a file that tools/dashboards does not write");
    for shipped in files::paths() {
        let fresh = out.path().join(shipped.file_name().expect("a name"));
        let same = std::fs::read(&shipped).expect("readable") == std::fs::read(&fresh).unwrap_or_default();
        assert!(same, "{} is not what its source gives: run `make dashboards`", shipped.display());
    }
}

fn run(directory: &Path, command: &[&str]) {
    let output = Command::new(command[0])
        .args(&command[1..])
        .current_dir(directory)
        .output()
        .unwrap_or_else(|e| panic!("cannot run {command:?}: {e}; `make tools` installs it"));
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}:\n{said}");
}
