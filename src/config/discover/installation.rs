//! The nginx that a configuration belongs to: the one that runs with it, else the one that was compiled for it, else what
//! its place among the directories says. Does not know: what stands in the configuration.

use std::path::{Component, Path, PathBuf};

use super::Machine;
use super::build::{self, Build};
use super::master::{self, Master};
use crate::dialect::nginx::conf::Files;

/// What a configuration's nginx has from elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Installation {
    /// Compiled-in paths, moved by the command line. `None`: nobody tells.
    pub build: Option<Build>,
    /// The workers of the master that runs with it. `None`: none does, or more than one may.
    pub workers: Option<u64>,
}

/// The nginx of this main file.
pub(super) fn find(main: &Path, machine: &Machine<'_>) -> Installation {
    let files = machine.files;
    let masters = master::running(machine.proc_root, files);
    if let [master] = ours(&masters, main, files).as_slice() {
        return Installation {
            build: of_master(master, main),
            workers: Some(master.started.len() as u64).filter(|n| *n > 0),
        };
    }
    let compiled = build::installed(files).find(|build| is_main(Some(build.conf()), main, files));
    Installation { build: compiled.or_else(|| from_source(main)), workers: None }
}

/// Those that run with this main file.
pub(super) fn ours<'a>(masters: &'a [Master], main: &Path, files: &dyn Files) -> Vec<&'a Master> {
    masters.iter().filter(|master| is_main(master.conf(), main, files)).collect()
}

/// The main file of the nginx that runs, or that is installed, where there is none at the usual place.
pub fn main_file(machine: &Machine<'_>) -> Option<PathBuf> {
    let files = machine.files;
    let running = master::running(machine.proc_root, files).into_iter().filter_map(|master| master.conf());
    let installed = build::installed(files).map(|build| build.conf());
    let mut candidates = running.chain(installed).chain(PLACES.iter().map(PathBuf::from));
    candidates.find(|path| files.read(path).is_ok())
}

/// Where OpenResty, Tengine, Angie, GitLab and builds from source keep it.
const PLACES: &[&str] = &[
    "/usr/local/nginx/conf/nginx.conf",
    "/usr/local/openresty/nginx/conf/nginx.conf",
    "/etc/openresty/nginx.conf",
    "/etc/angie/angie.conf",
    "/usr/local/angie/conf/angie.conf",
    "/usr/local/tengine/conf/nginx.conf",
    "/var/opt/gitlab/nginx/conf/nginx.conf",
    "/opt/nginx/conf/nginx.conf",
    "/usr/local/etc/nginx/nginx.conf",
];

/// Whether a path is the main file, be it by way of a link.
fn is_main(path: Option<PathBuf>, main: &Path, files: &dyn Files) -> bool {
    let Some(path) = path else { return false };
    // `nginx -p . -c conf/nginx.conf`: relative to a directory that no title tells.
    if path.is_relative() {
        return main.ends_with(path.components().filter(|part| *part != Component::CurDir).collect::<PathBuf>());
    }
    let same_name = path.file_name() == main.file_name();
    path == main || (same_name && files.read(&path).is_ok_and(|text| files.read(main).is_ok_and(|own| own == text)))
}

/// The compiled-in paths as the command line moves them.
fn of_master(master: &Master, main: &Path) -> Option<Build> {
    let prefix = master.prefix.as_deref().map(|prefix| absolute(prefix, master, main));
    let build =
        master.build.clone().or_else(|| from_source(main)).or_else(|| Some(Build::from_source(prefix.as_ref()?)));
    Some(build?.moved(prefix, master.error_log.as_deref()))
}

/// `-p .` is relative to a directory that no title tells; the main file's own place does.
fn absolute(prefix: &str, master: &Master, main: &Path) -> PathBuf {
    let conf = master.conf.as_deref().unwrap_or("conf/nginx.conf");
    let above = main.ancestors().nth(Path::new(conf).components().count());
    match above {
        Some(above) if !prefix.starts_with('/') => above.to_owned(),
        _ => PathBuf::from(prefix),
    }
}

/// A main file in a directory `conf` is that of a build from source, whose prefix is the directory above.
fn from_source(main: &Path) -> Option<Build> {
    let directory = main.parent().filter(|directory| directory.ends_with("conf"))?;
    Some(Build::from_source(directory.parent()?))
}
