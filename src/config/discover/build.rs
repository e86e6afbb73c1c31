//! What an nginx was compiled with: its prefix, and where it logs when no directive says so.
//! The arguments of `configure` stand in its binary as one text, for `nginx -V` to print. Knows: that text
//! (source: ngx_show_version_info in nginx.c, auto/options). Does not know: which binary runs, and starts none.

use std::path::{Path, PathBuf};

use crate::dialect::nginx::conf::Files;

/// The compiled-in paths. Those that are relative follow the prefix, which `-p` moves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    pub prefix: PathBuf,
    conf: PathBuf,
    access_log: PathBuf,
    error_log: PathBuf,
}

/// Where distributions and vendors put their binaries. One that is not there costs nothing.
const BINARIES: &[&str] = &[
    "/usr/sbin/nginx",
    "/usr/local/sbin/nginx",
    "/usr/local/nginx/sbin/nginx",
    "/usr/local/openresty/nginx/sbin/nginx",
    "/usr/sbin/angie",
    "/usr/local/angie/sbin/angie",
    "/usr/local/tengine/sbin/nginx",
    "/opt/nginx/sbin/nginx",
    "/opt/gitlab/embedded/sbin/nginx",
    "/usr/bin/nginx",
    "/usr/local/bin/nginx",
];

/// Every nginx that is installed at a usual place.
pub(super) fn installed(files: &dyn Files) -> impl Iterator<Item = Build> {
    BINARIES.iter().filter_map(|binary| Build::of(Path::new(binary), files))
}

impl Build {
    /// `None`: it cannot be read, or is no nginx.
    pub fn of(binary: &Path, files: &dyn Files) -> Option<Build> {
        const BEGIN: &[u8] = b"configure arguments:";
        /// With the flags of compiler and linker it is one or two thousand bytes.
        const BYTES_MAX: usize = 64 << 10;
        let text = files.find(binary, BEGIN, BYTES_MAX)?;
        let end = text.iter().position(|byte| matches!(byte, 0 | b'\n')).unwrap_or(text.len());
        let text = String::from_utf8_lossy(&text[..end]);
        // Angie writes its own names before them.
        let vendor = if binary.file_name()? == "angie" { "angie" } else { "nginx" };
        Some(Build::from_arguments(&text, vendor))
    }

    fn from_arguments(text: &str, vendor: &str) -> Build {
        let arguments = split(text);
        let value = |name: &str| arguments.iter().rev().find_map(|argument| argument.strip_prefix(name));
        let prefix = value("--prefix=").map_or_else(|| Path::new("/usr/local").join(vendor), PathBuf::from);
        let usual = Build::from_source(&prefix);
        let or = |name: &str, usual: PathBuf| value(name).map_or(usual, PathBuf::from);
        let conf = or("--conf-path=", format!("conf/{vendor}.conf").into());
        Build {
            prefix,
            conf,
            access_log: or("--http-log-path=", usual.access_log),
            error_log: or("--error-log-path=", usual.error_log),
        }
    }

    /// As one that was built without a word about its paths, under this prefix.
    pub fn from_source(prefix: &Path) -> Build {
        Build {
            prefix: prefix.to_owned(),
            conf: "conf/nginx.conf".into(),
            access_log: "logs/access.log".into(),
            error_log: "logs/error.log".into(),
        }
    }

    /// With what the command line says: `-p` and `-e`.
    pub fn moved(mut self, prefix: Option<PathBuf>, error_log: Option<&str>) -> Build {
        self.prefix = prefix.unwrap_or(self.prefix);
        self.error_log = error_log.map_or(self.error_log, PathBuf::from);
        self
    }

    /// The main file.
    pub fn conf(&self) -> PathBuf {
        self.prefix.join(&self.conf)
    }

    /// Where requests are logged when no `access_log` says so.
    pub fn access_log(&self) -> PathBuf {
        self.prefix.join(&self.access_log)
    }

    /// Where errors are logged when no `error_log` says so. `None`: to the process's own output, as Debian's build does.
    pub fn error_log(&self) -> Option<PathBuf> {
        (self.error_log != Path::new("stderr")).then(|| self.prefix.join(&self.error_log))
    }
}

/// The words of a shell's command line; quotes go, what they hold stays together.
fn split(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for byte in text.chars() {
        match (byte, quote) {
            ('\'' | '"', None) => quote = Some(byte),
            (_, Some(open)) if byte == open => quote = None,
            (' ', None) => words.push(String::new()),
            _ => words.last_mut().expect("never empty").push(byte),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(arguments: &str, vendor: &str, expected: [&str; 4]) {
        let build = Build::from_arguments(arguments, vendor);
        let error_log = build.error_log().unwrap_or("stderr".into());
        let got = [build.prefix.clone(), build.conf(), build.access_log(), error_log];
        assert_eq!(got, expected.map(PathBuf::from), "{arguments}");
    }

    #[test]
    fn paths_are_those_of_configure() {
        check(
            " --with-cc-opt='-g -O2 --prefix=/no' --prefix=/usr/share/nginx --conf-path=/etc/nginx/nginx.conf \
             --http-log-path=/var/log/nginx/access.log --error-log-path=stderr --with-debug",
            "nginx",
            ["/usr/share/nginx", "/etc/nginx/nginx.conf", "/var/log/nginx/access.log", "stderr"],
        );
        check(
            "",
            "nginx",
            [
                "/usr/local/nginx",
                "/usr/local/nginx/conf/nginx.conf",
                "/usr/local/nginx/logs/access.log",
                "/usr/local/nginx/logs/error.log",
            ],
        );
        check(
            " --prefix=/usr/local/openresty/nginx --add-module=../x --with-ld-opt=-Wl,-rpath,/usr/local/lib",
            "nginx",
            [
                "/usr/local/openresty/nginx",
                "/usr/local/openresty/nginx/conf/nginx.conf",
                "/usr/local/openresty/nginx/logs/access.log",
                "/usr/local/openresty/nginx/logs/error.log",
            ],
        );
        check(
            " --prefix=/etc/angie --conf-path=angie.conf --error-log-path=/var/log/angie/error.log",
            "angie",
            ["/etc/angie", "/etc/angie/angie.conf", "/etc/angie/logs/access.log", "/var/log/angie/error.log"],
        );
    }

    /// Debian's, where it is installed.
    #[test]
    fn the_binary_tells() {
        let debian = Path::new("/usr/sbin/nginx");
        let Some(build) =
            Build::of(debian, &crate::config::OsFiles).filter(|_| Path::new("/etc/debian_version").exists())
        else {
            eprintln!("skipped: {} is not Debian's nginx", debian.display());
            return;
        };
        assert_eq!(build.conf(), Path::new("/etc/nginx/nginx.conf"));
        assert_eq!(build.access_log(), Path::new("/var/log/nginx/access.log"));
        assert_eq!(build.error_log(), None);
    }
}
