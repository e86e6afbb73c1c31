//! Why a file may not be read, and what an administrator has to do about it.
//! Knows: mode bits, owners, groups. Does not know: how to open anything.

mod identity;
#[cfg(test)]
pub(crate) mod nobody;
mod output;
#[cfg(test)]
mod tests;

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::Access;

pub use identity::{Identity, Names};
pub use output::{explain_output, linked_to, output};

/// A file or directory as stat(2) shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    pub path: PathBuf,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub directory: bool,
}

/// Whether a directory may be entered and not listed: files in it are found by name alone.
pub fn is_unlisted(directory: &Path) -> bool {
    let may = |what| rustix::fs::access(directory, what).is_ok();
    may(Access::EXEC_OK) && !may(Access::READ_OK)
}

/// The sentence for such a directory of logs.
pub fn explain_unlisted(directory: &Path) -> String {
    format!(
        "{} cannot be listed, so a pattern finds nothing there, and files rotated while hangup is down are found by usual names only: let hangup's user read that directory (chmod o+r, or its group)",
        directory.display()
    )
}

/// The sentence for a path this process was refused.
pub fn explain(path: &Path) -> String {
    let Some(own) = Identity::own() else { return format!("{} may not be read by this user", path.display()) };
    // From the root down: the first directory that may not be entered hides all below it.
    let mut way: Vec<&Path> = path.ancestors().collect();
    way.reverse();
    let seen: Vec<Seen> = way.into_iter().map_while(see).collect();
    sentence(path, &seen, &own, &Names::read())
}

fn see(path: &Path) -> Option<Seen> {
    let stat = fs::metadata(path).ok()?;
    let (mode, uid, gid) = (stat.mode() & 0o7777, stat.uid(), stat.gid());
    Some(Seen { path: path.to_owned(), mode, uid, gid, directory: stat.is_dir() })
}

/// `seen`: everything on the way to `path` that can be looked at, from the root on.
pub fn sentence(path: &Path, seen: &[Seen], own: &Identity, names: &Names) -> String {
    let Some(barrier) = seen.iter().find(|thing| !thing.admits(own)) else { return elsewhere(path, own, names) };
    let (mode, owner, group) = (barrier.mode & 0o777, names.user(barrier.uid), names.group(barrier.gid));
    let (user, barred) = (who(own, names), barrier.path.display());
    if barrier.is_hidden() {
        return format!("{} may not be read by {user}: {}", path.display(), unhide(&barrier.path));
    }
    format!("{barred} is {mode:04o} {owner}:{group} and hangup runs as {user}: {}", remedy(barrier, own, names))
}

impl Seen {
    /// What is asked for: to read a file, to pass through a directory.
    fn wanted(&self) -> u32 {
        if self.directory { 0o1 } else { 0o4 }
    }

    /// The kernel looks at the bits of one class only: owner, else group, else others (path_resolution(7)).
    fn admits(&self, own: &Identity) -> bool {
        let class = if self.uid == own.uid {
            6
        } else if own.groups.contains(&self.gid) {
            3
        } else {
            0
        };
        own.uid == 0 || (self.mode >> class) & self.wanted() != 0
    }

    /// As systemd leaves a directory that it hides from a unit. Nobody else takes all rights from root's own directories.
    fn is_hidden(&self) -> bool {
        self.directory && self.uid == 0 && self.mode & 0o777 == 0
    }

    fn group_admits(&self) -> bool {
        (self.mode >> 3) & self.wanted() != 0
    }
}

/// The directories that ProtectHome= hides.
const HOMES: [&str; 3] = ["/home", "/root", "/run/user"];

fn unhide(directory: &Path) -> String {
    let hidden = directory.display();
    if HOMES.iter().any(|home| directory.starts_with(home)) {
        return format!(
            "hangup's own unit hides {hidden} (ProtectHome=), and no mode or group helps; write ProtectHome=read-only in it \
             (systemctl edit hangup), or log outside of {hidden}"
        );
    }
    format!(
        "{hidden} is hidden from it, as a unit's InaccessiblePaths= does, and no mode or group helps; take it off there"
    )
}

/// Why a file may not be there: `ProtectHome=tmpfs` puts an empty file system in its directory's place.
pub fn explain_absent(path: &Path) -> Option<String> {
    let home = HOMES.iter().map(Path::new).find(|home| path.starts_with(home))?;
    let is_tmpfs = rustix::fs::statfs(home).is_ok_and(|stat| stat.f_type == TMPFS_MAGIC);
    let is_empty = fs::read_dir(home).is_ok_and(|mut entries| entries.next().is_none());
    (is_tmpfs && is_empty).then(|| format!("{} is not there: {}", path.display(), unhide(home)))
}

/// statfs(2).
const TMPFS_MAGIC: rustix::fs::FsWord = 0x0102_1994;

fn remedy(barrier: &Seen, own: &Identity, names: &Names) -> String {
    /// Joining root's group would give far more than one log.
    const ROOT: u32 = 0;
    let (user, group, path) = (names.user(own.uid), names.group(barrier.gid), barrier.path.display());
    let letter = if barrier.directory { "x" } else { "r" };
    if barrier.group_admits() && !own.groups.contains(&barrier.gid) && barrier.gid != ROOT {
        return format!("add it to group {group} (usermod -aG {group} {user}) and restart hangup");
    }
    let lasting = if barrier.directory {
        ""
    } else {
        ", and in logrotate's `create` line give new files mode 0640 and a group it is in"
    };
    format!("let it through with setfacl -m u:{user}:{letter} {path}{lasting}")
}

/// The mode bits would allow it.
fn elsewhere(path: &Path, own: &Identity, names: &Names) -> String {
    format!(
        "{} may not be read by {}, although its mode would allow it: look for an ACL, SELinux or AppArmor, \
         or the unit's sandbox (ProtectSystem=, InaccessiblePaths=)",
        path.display(),
        who(own, names)
    )
}

fn who(own: &Identity, names: &Names) -> String {
    let name = names.user(own.uid);
    if name == own.uid.to_string() { format!("uid {name}") } else { format!("{name} (uid {})", own.uid) }
}
