//! Who hangup runs as, and what users and groups are called. Does not know: files it may not read.

use std::fs;

use procfs::process::Process;

/// The user and the groups of this process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    pub uid: u32,
    pub groups: Vec<u32>,
}

/// The texts of /etc/passwd and /etc/group. Users from elsewhere (LDAP, systemd's dynamic ones) keep their numbers.
#[derive(Debug, Clone, Default)]
pub struct Names {
    pub passwd: String,
    pub group: String,
}

impl Identity {
    /// This process; `None` where there is no /proc to ask.
    pub fn own() -> Option<Identity> {
        let status = Process::myself().and_then(|process| process.status()).ok()?;
        let groups = std::iter::once(status.egid).chain(status.groups.iter().copied()).collect();
        Some(Identity { uid: status.euid, groups })
    }
}

impl Names {
    pub fn read() -> Names {
        let text = |path| fs::read_to_string(path).unwrap_or_default();
        Names { passwd: text("/etc/passwd"), group: text("/etc/group") }
    }

    pub fn user(&self, uid: u32) -> String {
        name(&self.passwd, uid)
    }

    pub fn group(&self, gid: u32) -> String {
        name(&self.group, gid)
    }
}

/// Both files begin `name:password:number` on each line.
fn name(table: &str, number: u32) -> String {
    let number = number.to_string();
    let found = table.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1) == Some(&number)).then(|| name.to_owned())
    });
    found.unwrap_or(number)
}
