//! The compose file, read as far as the tests look.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
pub struct Compose {
    pub services: BTreeMap<String, Service>,
    pub volumes: BTreeMap<String, Option<serde_json::Value>>,
}

#[derive(Deserialize)]
pub struct Service {
    pub image: String,
    #[serde(default)]
    pub command: Vec<String>,
    #[serde(default)]
    pub ports: Vec<String>,
    #[serde(default)]
    pub volumes: Vec<Mount>,
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    pub network_mode: Option<String>,
    pub user: Option<String>,
    #[serde(default)]
    pub read_only: bool,
    #[serde(default)]
    pub cap_drop: Vec<String>,
    pub security_opt: Vec<String>,
    pub healthcheck: Healthcheck,
    pub deploy: Deploy,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub enum Mount {
    /// `SOURCE:TARGET` or `SOURCE:TARGET:ro`; a source that begins with a dot is a path.
    Short(String),
    Long {
        source: String,
        target: String,
    },
}

#[derive(Deserialize)]
pub struct Healthcheck {
    #[serde(default)]
    pub test: Vec<String>,
    #[serde(default)]
    pub disable: bool,
}

#[derive(Deserialize)]
pub struct Deploy {
    pub resources: Resources,
}

#[derive(Deserialize)]
pub struct Resources {
    pub limits: Limits,
}

#[derive(Deserialize)]
pub struct Limits {
    pub cpus: String,
    pub memory: String,
}

/// A file or directory of the repository as a container sees it.
pub struct Bind {
    pub source: PathBuf,
    pub target: String,
    pub read_only: bool,
}

impl Service {
    pub fn binds(&self) -> impl Iterator<Item = Bind> {
        self.volumes.iter().filter_map(|mount| {
            let Mount::Short(text) = mount else { return None };
            let mut parts = text.split(':');
            let (source, target) = (parts.next()?, parts.next()?);
            let source = repository().join(source.strip_prefix("./")?);
            Some(Bind { source, target: target.to_owned(), read_only: parts.next() == Some("ro") })
        })
    }

    /// Names of the volumes that Docker keeps.
    pub fn named_volumes(&self) -> impl Iterator<Item = &str> {
        self.volumes.iter().filter_map(|mount| match mount {
            Mount::Short(text) => text.split(':').next().filter(|source| !source.starts_with('.')),
            Mount::Long { source, .. } => Some(source.as_str()),
        })
    }

    /// The shipped file behind a path inside the container.
    #[track_caller]
    pub fn mounted(&self, target: &str) -> PathBuf {
        let found = self.binds().find(|bind| bind.target == target);
        found.unwrap_or_else(|| panic!("nothing is mounted at {target}")).source
    }
}

impl Mount {
    pub fn target(&self) -> &str {
        match self {
            Mount::Short(text) => text.split(':').nth(1).unwrap_or_default(),
            Mount::Long { target, .. } => target,
        }
    }
}

pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn text(path: impl AsRef<Path>) -> String {
    let path = repository().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

pub fn compose() -> Compose {
    serde_saphyr::from_str(&text("docker-compose.yml")).unwrap_or_else(|e| panic!("docker-compose.yml: {e}"))
}
