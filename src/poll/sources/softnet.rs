//! Packets dropped before any socket saw them. Knows: which file counts them. Does not know: its layout.

use crate::kernel::{Count, softnet};
use crate::poll::error::PollError;
use crate::poll::options::Options;
use crate::poll::proc_root::ProcRoot;
use crate::poll::readings::Readings;
use crate::poll::source::Source;

pub(super) struct Softnet(ProcRoot);

impl Source for Softnet {
    const NAME: &'static str = "softnet";
    type Sample = Vec<Count>;

    fn new(options: &Options) -> Self {
        Self(ProcRoot::of(options))
    }

    fn ask(&mut self) -> Result<Vec<Count>, PollError> {
        self.0.net_parsed("softnet_stat", softnet::parse)
    }

    fn store(readings: &mut Readings, sample: Option<Vec<Count>>) {
        readings.softnet = sample;
    }

    fn describe(&self, sample: &Vec<Count>) -> String {
        format!("{} counters", sample.len())
    }
}
