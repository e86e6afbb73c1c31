//! A control group that gives a process so much memory and no more, with what the kernel holds for its sockets.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::support::process::write_first;

/// Where version 1 and version 2 of control groups have the memory controller, and what its limit is called there.
const CONTROLLERS: [(&str, &str); 2] =
    [("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")];

/// Goes when this does, which has to be after its process.
pub struct Group(PathBuf);

impl Drop for Group {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

/// The kernel kills the process beyond this many MiB. Panics where root has no memory controller to say so.
pub fn confine(command: &mut Command, mib: u64) -> Group {
    let (group, limit) = CONTROLLERS
        .iter()
        .find_map(|(at, limit)| Some((new_group(at, limit)?, limit)))
        .unwrap_or_else(|| panic!("FRONT_MEMORY_MIB wants root, and a memory controller below /sys/fs/cgroup"));
    fs::write(group.0.join(limit), (mib << 20).to_string()).expect("a limit");
    write_first(command, group.0.join("cgroup.procs"), b"0");
    group
}

fn new_group(at: &str, limit: &str) -> Option<Group> {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let name = format!("hangup-{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
    let group = Group(Path::new(at).join(name));
    fs::create_dir(&group.0).ok()?;
    group.0.join(limit).exists().then_some(group)
}
