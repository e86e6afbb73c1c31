//! hangup's own use of the machine. Knows: /proc/self. Does not know: what counts as much.
//!
//! Always the real /proc: under a relocated one, "self" can be somebody else.

use std::path::Path;

use procfs::process::Process;

use crate::poll::error::{PollError, Reason};
use crate::poll::options::Options;
use crate::poll::proc_root::{PROCESSES_ONLY, shows_processes_only};
use crate::poll::readings::{ProcessSample, Readings};
use crate::poll::source::Source;

pub(super) struct OwnProcess;

impl Source for OwnProcess {
    const NAME: &'static str = "process";
    type Sample = ProcessSample;

    fn new(_: &Options) -> Self {
        Self
    }

    fn differs(_: &Options, _: &Options) -> bool {
        false
    }

    fn ask(&mut self) -> Result<ProcessSample, PollError> {
        sample().map_err(|error| {
            if shows_processes_only(Path::new("/proc")) {
                return PollError::new(Reason::Denied, format!("/proc {PROCESSES_ONLY}"));
            }
            PollError::new(Reason::Other, format!("/proc/self: {error}: is /proc mounted?"))
        })
    }

    fn store(readings: &mut Readings, sample: Option<ProcessSample>) {
        readings.process = sample;
    }

    fn describe(&self, sample: &ProcessSample) -> String {
        format!("{} open files, {} MB of memory", sample.open_fds, sample.resident_memory_bytes / 1_000_000)
    }
}

fn sample() -> procfs::ProcResult<ProcessSample> {
    let process = Process::myself()?;
    let stat = process.stat()?;
    let ticks_per_second = procfs::ticks_per_second() as f64;
    Ok(ProcessSample {
        cpu_seconds: (stat.utime + stat.stime) as f64 / ticks_per_second,
        resident_memory_bytes: stat.rss * procfs::page_size(),
        virtual_memory_bytes: stat.vsize,
        open_fds: process.fd_count()? as u64,
        max_fds: match process.limits()?.max_open_files.soft_limit {
            procfs::process::LimitValue::Value(limit) => Some(limit),
            procfs::process::LimitValue::Unlimited => None,
        },
        start_time_unix_seconds: procfs::boot_time_secs()? as f64 + stat.starttime as f64 / ticks_per_second,
        threads: stat.num_threads.unsigned_abs(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_test_is_a_process() {
        let sample = OwnProcess.ask().expect("on Linux");
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs_f64();
        assert!(sample.threads >= 1 && sample.open_fds >= 3 && sample.resident_memory_bytes > 1 << 20, "{sample:?}");
        assert!((now - 3600.0..now + 2.0).contains(&sample.start_time_unix_seconds), "{sample:?}");
    }
}
