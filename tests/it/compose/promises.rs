//! What the compose file and the Dockerfile promise: pinned, bounded, watched, on loopback, without a password.

use super::file::{compose, repository, text};
use std::collections::BTreeSet;
use std::process::Command;

/// The image that is built here; all others are pulled.
const OURS: &str = "hangup:local";

#[test]
fn the_published_schema_accepts_it() {
    let modules = repository().join("target/tools/check-jsonschema");
    let output = Command::new("python3")
        .env("PYTHONPATH", &modules)
        .args(["-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"])
        .current_dir(repository())
        .output()
        .expect("python3; `make tools` installs it");
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

#[test]
fn images_are_pinned() {
    let version = regex::Regex::new(r":v?\d+\.\d+\.\d+(-\w+)?$").expect("a pattern");
    for (name, service) in compose().services {
        assert!(service.image == OURS || version.is_match(&service.image), "{name}: {}", service.image);
    }
}

#[test]
fn only_loopback_is_published() {
    let services = compose().services;
    let ports: Vec<_> = services.values().flat_map(|service| &service.ports).collect();
    assert!(!ports.is_empty());
    assert!(ports.iter().all(|port| port.starts_with("127.0.0.1:")), "{ports:?}");
}

#[test]
fn every_service_is_bounded_and_watched() {
    for (name, service) in compose().services {
        let limits = &service.deploy.resources.limits;
        assert!(!limits.cpus.is_empty() && limits.memory.ends_with('M'), "{name}: limits");
        assert!(service.security_opt.contains(&"no-new-privileges:true".to_owned()), "{name}: privileges");
        // The demo's two parts have nothing inside that could ask them.
        let asked = !service.healthcheck.test.is_empty();
        let excused = service.healthcheck.disable && ["upstream", "clients"].contains(&name.as_str());
        assert_ne!(asked, excused, "{name}: health check");
    }
}

#[test]
fn hangup_is_unprivileged_on_a_read_only_root() {
    let compose = compose();
    let (hangup, nginx) = (&compose.services["hangup"], &compose.services["nginx"]);
    assert!(hangup.read_only && hangup.cap_drop == ["ALL"] && hangup.user.as_deref() == Some("65532:65532"));
    assert_eq!(hangup.network_mode.as_deref(), Some("service:nginx"));
    let shared: BTreeSet<_> = nginx.named_volumes().collect();
    assert!(hangup.named_volumes().any(|volume| shared.contains(volume)), "no log volume is shared");
}

#[test]
fn no_password_is_left_in_place() {
    let grafana = &compose().services["grafana"].environment;
    assert_eq!(grafana["GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"], "true", "admin:admin would be made");
    assert_eq!(grafana["GF_AUTH_ANONYMOUS_ORG_ROLE"], "Viewer");
    assert!(!text("docker-compose.yml").to_lowercase().contains("password:"));
}

#[test]
fn the_image_holds_one_static_binary() {
    let dockerfile = text("Dockerfile");
    let (build, image) = dockerfile.split_once("FROM scratch").expect("a last stage from scratch");
    assert!(build.contains("target-feature=+crt-static") && build.contains("--locked"));
    assert!(image.contains("USER 65532:65532") && image.contains(r#"ENTRYPOINT ["/hangup"]"#));
    let rust = text("Cargo.toml").lines().find_map(|l| l.strip_prefix("rust-version = ").map(|v| v.replace('"', "")));
    let rust = rust.expect("a rust-version");
    assert!(build.contains(&format!("FROM rust:{rust}.")), "the image builds with the oldest Rust promised, {rust}");
    // Cargo wants every target that Cargo.toml names, so all but what is built or drawn goes in.
    assert!(build.contains("COPY . .") && text(".dockerignore").lines().any(|line| line == "/target"));
}
