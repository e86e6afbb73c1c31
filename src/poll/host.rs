//! Reads the small texts of /proc. Knows: which file says what. Does not know: their layout.

use super::miss::{Miss, Reason};
use super::proc_root::ProcRoot;
use crate::kernel::netdev::{self, ReceiveDrops};
use crate::kernel::sysctl::{self, Sysctl};
use crate::kernel::{Count, NotUnderstood, netstat, number, softnet};

pub(super) fn tcp(proc_root: &ProcRoot) -> Result<Vec<Count>, Miss> {
    let mut counts = read("netstat", proc_root, netstat::parse)?;
    counts.extend(read("snmp", proc_root, netstat::parse)?);
    Ok(counts)
}

pub(super) fn softnet(proc_root: &ProcRoot) -> Result<Vec<Count>, Miss> {
    read("softnet_stat", proc_root, softnet::parse)
}

pub(super) fn netdev(proc_root: &ProcRoot) -> Result<Vec<ReceiveDrops>, Miss> {
    read("dev", proc_root, netdev::parse)
}

/// Those that this kernel has and that are numbers.
pub(super) fn sysctls(proc_root: &ProcRoot) -> Result<Vec<Sysctl>, Miss> {
    if proc_root.is_foreign() {
        return Err(Miss::new(
            Reason::Absent,
            "the limits of another network namespace cannot be read from outside it",
        ));
    }
    let mut values = Vec::new();
    for name in sysctl::NAMES {
        match proc_root.sys(&sysctl::path(name)) {
            Ok(text) => {
                values.push(Sysctl { name, value: number(&text).map_err(|error| not_understood(name, error))? })
            }
            Err(miss) if miss.is_absent() => (),
            Err(miss) => return Err(miss),
        }
    }
    Ok(values)
}

fn read<T>(file: &str, root: &ProcRoot, parse: impl Fn(&str) -> Result<T, NotUnderstood>) -> Result<T, Miss> {
    parse(&root.net(file)?).map_err(|error| not_understood(file, error))
}

pub(super) fn not_understood(file: &str, error: NotUnderstood) -> Miss {
    Miss::new(Reason::NotUnderstood, format!("{file} of this kernel is not understood, please report it: {error}"))
}
