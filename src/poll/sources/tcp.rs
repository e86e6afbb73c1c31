//! The kernel's TCP counters. Knows: which files hold them. Does not know: their layout.

use crate::kernel::{Count, netstat};
use crate::poll::error::PollError;
use crate::poll::options::Options;
use crate::poll::proc_root::ProcRoot;
use crate::poll::readings::Readings;
use crate::poll::source::Source;

pub(super) struct TcpCounters(ProcRoot);

impl Source for TcpCounters {
    const NAME: &'static str = "tcp";
    type Sample = Vec<Count>;

    fn new(options: &Options) -> Self {
        Self(ProcRoot::of(options))
    }

    fn ask(&mut self) -> Result<Vec<Count>, PollError> {
        let mut counts = self.0.net_parsed("netstat", netstat::parse)?;
        counts.extend(self.0.net_parsed("snmp", netstat::parse)?);
        Ok(counts)
    }

    fn store(readings: &mut Readings, sample: Option<Vec<Count>>) {
        readings.tcp = sample;
    }

    fn describe(&self, sample: &Vec<Count>) -> String {
        format!("{} counters", sample.len())
    }
}
