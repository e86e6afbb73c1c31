//! The Helm chart: rendered by helm in each of its shapes, held to the schemas of Kubernetes and of the Prometheus
//! operator, and to what hangup, nginx and the rules' own files say.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::free_port;
use crate::support::hangup::Hangup;
use hangup::dialect::nginx::log_format::LogFormat;

/// What is set, one row for each shape and switch.
const SHAPES: [&[&str]; 5] = [
    &[],
    &[
        "monitor.kind=ServiceMonitor",
        "daemonset.logFormat=combined",
        "daemonset.dockerContainers=",
        "podLabels.team=web",
    ],
    &["shape=sidecar"],
    &["shape=sidecar", "sidecar.via=syslog", "config.limits.series=5000"],
    &["monitor.kind=none", "rules.enabled=false", "dashboards.enabled=false", "serviceAccount.create=false"],
];

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn helm(args: &[&str]) -> Output {
    let binary = repository().join("target/tools/helm/bin/helm");
    let run = Command::new(binary).args(args).current_dir(repository()).output();
    run.expect("helm; `make tools` installs it")
}

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

/// The objects that a shape makes.
fn objects(set: &[&str]) -> Vec<Value> {
    let set = set.join(",");
    let rendered = text(&helm(&["template", "web", "deploy/helm/hangup", "--namespace=shop", "--set", &set]));
    let documents = rendered.split("\n---\n").map(|document| document.trim_start_matches("---\n"));
    let parsed = documents.map(|document| serde_saphyr::from_str::<Option<Value>>(document).expect(document));
    parsed.flatten().collect()
}

fn find<'a>(objects: &'a [Value], kind: &str, name: &str) -> &'a Value {
    let found = objects.iter().find(|it| it["kind"] == kind && it["metadata"]["name"] == name);
    found.unwrap_or_else(|| panic!("no {kind} {name}"))
}

/// The flags of hangup's container.
fn flags(workload: &Value) -> Vec<String> {
    let containers = workload["spec"]["template"]["spec"]["containers"].as_array().expect("containers");
    let hangup = containers.iter().find(|it| it["name"] == "hangup").expect("a container of that name");
    let args = hangup["args"].as_array().expect("arguments");
    args.iter().map(|arg| arg.as_str().expect("text").to_owned()).collect()
}

#[test]
fn helm_has_nothing_to_say() {
    for shape in SHAPES {
        let said = text(&helm(&["lint", "--strict", "deploy/helm/hangup", "--set", &shape.join(",")]));
        assert!(said.contains("0 chart(s) failed") && !said.contains("[WARNING]"), "{said}");
    }
}

#[test]
fn wrong_values_are_refused_by_name() {
    for (set, named) in
        [("shape=pod", "shape"), ("sidecar.via=tcp", "via"), ("prot=1", "prot"), ("monitor.interval=often", "interval")]
    {
        let refused = helm(&["template", "web", "deploy/helm/hangup", "--set", set]);
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(!refused.status.success() && said.contains(named), "{set}: {said}");
    }
}

#[test]
fn kubernetes_and_the_operator_know_every_field() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let (mut of_kubernetes, mut of_the_operator) = (Vec::new(), Vec::new());
    for (nth, shape) in SHAPES.iter().enumerate() {
        for object in objects(shape) {
            let kind = object["kind"].as_str().expect("a kind");
            let path =
                dir.path().join(format!("{nth}.{kind}.{}.json", object["metadata"]["name"].as_str().expect("a name")));
            std::fs::write(&path, object.to_string()).expect("writable");
            let is_of_the_operator = object["apiVersion"] == "monitoring.coreos.com/v1";
            if is_of_the_operator { &mut of_the_operator } else { &mut of_kubernetes }.push(path);
        }
    }
    assert!(of_kubernetes.len() > 20 && of_the_operator.len() > 8);
    accepts(&mut kubernetes_validate(&of_kubernetes));
    accepts(Command::new("node").arg("tools/charts/check.mjs").args(of_the_operator));
}

fn kubernetes_validate(files: &[PathBuf]) -> Command {
    let modules = repository().join("target/tools/kubernetes-validate");
    let mut command = Command::new("python3");
    command.env("PYTHONPATH", modules).args(["-m", "kubernetes_validate", "--strict", "--no-warn"]).args(files);
    command
}

fn accepts(command: &mut Command) {
    let output = command.current_dir(repository()).output().expect("starts; `make tools` installs it");
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

/// The chart's rules and dashboards are links to the shipped files, so there is no second copy.
#[test]
fn rules_and_dashboards_are_the_shipped_ones() {
    let objects = objects(&[]);
    for name in ["rules", "alerts"] {
        let shipped = std::fs::read_to_string(repository().join(format!("alerts/hangup.{name}.yml"))).expect("a file");
        let shipped: Value = serde_saphyr::from_str(&shipped).expect("YAML");
        assert_eq!(find(&objects, "PrometheusRule", &format!("web-hangup-{name}"))["spec"], shipped, "{name}");
    }
    for file in std::fs::read_dir(repository().join("dashboards")).expect("a directory") {
        let path = file.expect("an entry").path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".json")) else { continue };
        let object = find(&objects, "ConfigMap", &format!("web-hangup-dashboard-{name}"));
        let shown: Value =
            serde_json::from_str(object["data"][format!("hangup-{name}.json")].as_str().expect("text")).expect("JSON");
        let shipped: Value = serde_json::from_str(&std::fs::read_to_string(&path).expect("a file")).expect("JSON");
        assert_eq!(shown, shipped, "{name}");
        assert!(object.to_string().len() < 256 * 1024, "{name}: kubectl apply keeps a copy in an annotation");
    }
}

#[test]
fn runbooks_can_be_ones_own() {
    let objects = objects(&["rules.runbooks=https://wiki.example/hangup/"]);
    let alerts = find(&objects, "PrometheusRule", "web-hangup-alerts").to_string();
    assert!(!alerts.contains("docs/runbooks") && alerts.contains("\"runbook_url\":\"https://wiki.example/hangup/"));
}

/// hangup understands the command line of every shape, and nginx the configuration beside it.
#[test]
fn hangup_and_nginx_accept_what_they_are_given() {
    for (shape, kind) in [(SHAPES[0], "DaemonSet"), (SHAPES[2], "Deployment"), (SHAPES[3], "Deployment")] {
        let objects = objects(shape);
        let dir = tempfile::tempdir().expect("a temporary directory");
        let here = |inside: &str| {
            let places = ["/etc/hangup", "/logs", "/state", "/var/log/pods", "/var/lib/hangup", "/tmp"];
            let own = dir.path().display().to_string();
            let marked = places.iter().fold(inside.to_owned(), |text, place| text.replace(place, "@DIR@"));
            let flag = marked.replace("@DIR@", &own);
            flag.replace(":10499", "127.0.0.1:0")
        };
        for (file, content) in find(&objects, "ConfigMap", "web-hangup")["data"].as_object().expect("files") {
            let port = |it: &str| it.replace("listen 8080", &format!("listen 127.0.0.1:{}", free_port()));
            let content = port(&here(content.as_str().expect("text")))
                .replace("127.0.0.1:8081", &format!("127.0.0.1:{}", free_port()));
            std::fs::write(dir.path().join(file), content).expect("writable");
        }
        if kind == "Deployment" {
            let conf = dir.path().join("nginx.conf");
            accepts(Command::new(crate::support::nginx::Version::Debian.binary()).args(["-q", "-t", "-c"]).arg(conf));
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_hangup"));
        command.args(flags(find(&objects, kind, "web-hangup")).iter().map(|flag| here(flag)));
        let ready = Hangup::spawn(&mut command);
        crate::support::wait_for("hangup to be ready", || (ready.get("/-/ready").status == 200).then_some(()));
    }
}

/// The format that the chart's nginx writes, and the one to paste, is the one that hangup advises.
#[test]
fn nginx_logs_as_hangup_advises() {
    let objects = objects(SHAPES[2]);
    let conf = find(&objects, "ConfigMap", "web-hangup")["data"]["nginx.conf"].as_str().expect("text").to_owned();
    let start = conf.find("log_format hangup '").expect("a log_format");
    let strings: Vec<_> =
        conf[start..start + conf[start..].find(';').expect("its end")].split('\'').skip(1).step_by(2).collect();
    assert_eq!(strings.concat(), LogFormat::recommended().source());
}
