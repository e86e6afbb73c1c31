//! When a running nginx loaded its configuration: each load starts new workers. Knows: how workers call themselves, and
//! when each was started, as proc_pid_stat(5) tells. Does not know: what they loaded.

use std::path::Path;

use super::Machine;
use super::installation::ours;
use super::master;

/// The load that the workers of now came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loaded {
    /// In nanoseconds since 1970, some hundredths of a second late.
    pub at_ns: i64,
    /// Workers of an earlier load finish their last requests, and write what that said.
    pub leaving: bool,
}

/// Workers are started some hundredths of a second after the files were read, and their age is told in hundredths.
const CLOCKS_NS: i64 = 50_000_000;

impl Loaded {
    /// Whether it came after a change of that time. One that came in the same moment is taken to have.
    pub fn is_after(&self, changed_ns: i64) -> bool {
        self.at_ns + CLOCKS_NS >= changed_ns
    }
}

/// `None`: no nginx runs with this main file, several do, or nobody can tell.
pub fn loaded(main: &Path, machine: &Machine<'_>, now_ns: i64) -> Option<Loaded> {
    let masters = master::running(machine.proc_root, machine.files);
    let [master] = ours(&masters, main, machine.files).try_into().ok()?;
    let oldest_ticks = master.started.iter().min()?;
    let up_ns = uptime_ns(machine)?;
    /// A hundredth of a second on every Linux that tells it to programs (USER_HZ).
    const TICK_NS: i64 = 10_000_000;
    let age_ns = up_ns - i64::try_from(*oldest_ticks).ok()? * TICK_NS;
    Some(Loaded { at_ns: now_ns - age_ns, leaving: master.leaving > 0 })
}

/// `12345.67 23456.78`: since the machine was started.
fn uptime_ns(machine: &Machine<'_>) -> Option<i64> {
    let text = machine.files.read(&machine.proc_root.join("uptime")).ok()?;
    let text = String::from_utf8_lossy(&text);
    let seconds: f64 = text.split_ascii_whitespace().next()?.parse().ok()?;
    Some((seconds * 1e9) as i64)
}
