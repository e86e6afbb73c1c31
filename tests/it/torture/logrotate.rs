//! logrotate itself, with the configurations that are in use: Debian's and nginx.org's for nginx, and those that people
//! ask about.

use std::fs;
use std::process::Command;

use super::rotation::Keeps;
use super::site::Site;

/// A configuration for the one log.
#[derive(Debug, PartialEq, Eq)]
pub struct Recipe {
    pub name: &'static str,
    directives: &'static [&'static str],
    /// nginx is told to open its log anew.
    reopens: bool,
    /// Whatever the time; otherwise logrotate looks for itself whether it is time.
    forced: bool,
    pub keeps: Keeps,
}

/// Debian's, without what compression waits for. `@DIR@` is the site's directory.
const fn recipe(name: &'static str, directives: &'static [&'static str]) -> Recipe {
    Recipe { name, directives, reopens: true, forced: true, keeps: Keeps::All }
}

pub const RECIPES: [Recipe; 11] = [
    recipe(
        "logrotate, Debian's nginx",
        &["daily", "missingok", "rotate 14", "compress", "delaycompress", "notifempty", "create 0640", "sharedscripts"],
    ),
    recipe("logrotate, dateext", &["daily", "rotate 52", "dateext", "dateformat -%Y%m%d-%s", "create"]),
    recipe(
        "logrotate, dateext before .log",
        &["rotate 52", "dateext", "dateformat -%Y%m%d-%s", "extension .log", "compress", "delaycompress", "nocreate"],
    ),
    Recipe { forced: false, ..recipe("logrotate, maxsize", &["daily", "maxsize 1k", "rotate 100", "sharedscripts"]) },
    recipe("logrotate, su", &["su root root", "rotate 9", "create 0644 nobody", "compress", "delaycompress"]),
    recipe("logrotate, olddir", &["olddir @DIR@/old", "createolddir 0755", "rotate 52", "create"]),
    // It removes what it has copied, and nginx may still write to that.
    Recipe {
        keeps: Keeps::WhatIsRead,
        ..recipe("logrotate, renamecopy", &["olddir @DIR@/old", "createolddir 0755", "renamecopy", "rotate 52"])
    },
    recipe(
        "logrotate, xz",
        &["compress", "delaycompress", "compresscmd /usr/bin/xz", "compressext .xz", "rotate 52", "create"],
    ),
    recipe(
        "logrotate, zstd in olddir",
        &[
            "compress",
            "delaycompress",
            "compresscmd /usr/bin/zstd",
            "compressoptions -q --rm",
            "compressext .zst",
            "olddir @DIR@/old",
            "createolddir 0755",
            "rotate 52",
        ],
    ),
    // The same.
    Recipe { keeps: Keeps::WhatIsRead, ..recipe("logrotate, compress at once", &["compress", "rotate 9", "create"]) },
    Recipe {
        reopens: false,
        keeps: Keeps::WhatIsCopied,
        ..recipe("logrotate, copytruncate", &["copytruncate", "compress", "delaycompress", "rotate 99"])
    },
];

impl Recipe {
    pub fn configure(&self, site: &Site) {
        let dir = site.dir().display();
        let told = format!("  postrotate\n    kill -USR1 `cat {dir}/nginx.pid`\n  endscript\n");
        let text: String = self.directives.iter().map(|line| format!("  {line}\n")).collect();
        let text = text.replace("@DIR@", &dir.to_string());
        let script = if self.reopens { told } else { String::new() };
        let text = format!("{} {{\n{text}{script}}}\n", site.log().display());
        fs::write(site.dir().join("logrotate.conf"), text).expect("writable");
    }

    pub fn rotate(&self, site: &Site) {
        let state = site.dir().join("logrotate.state");
        let mut logrotate = Command::new("/usr/sbin/logrotate");
        logrotate.arg("--state").arg(state).args(self.forced.then_some("--force"));
        let output = logrotate.arg(site.dir().join("logrotate.conf")).output().expect("logrotate is installed");
        let said = String::from_utf8_lossy(&output.stderr);
        // Two rotations within a second have one date: the second waits.
        let is_too_soon = said.contains("already exists") || said.contains("exists, skipping");
        assert!(output.status.success() || is_too_soon, "{}: {said}", self.name);
    }
}
