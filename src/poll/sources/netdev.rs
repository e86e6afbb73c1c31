//! What network devices dropped. Knows: which file counts it. Does not know: its layout.

use crate::kernel::netdev::{self, ReceiveDrops};
use crate::poll::error::PollError;
use crate::poll::options::Options;
use crate::poll::proc_root::ProcRoot;
use crate::poll::readings::Readings;
use crate::poll::source::Source;

pub(super) struct Netdev(ProcRoot);

impl Source for Netdev {
    const NAME: &'static str = "netdev";
    type Sample = Vec<ReceiveDrops>;

    fn new(options: &Options) -> Self {
        Self(ProcRoot::of(options))
    }

    fn ask(&mut self) -> Result<Vec<ReceiveDrops>, PollError> {
        self.0.net_parsed("dev", netdev::parse)
    }

    fn store(readings: &mut Readings, sample: Option<Vec<ReceiveDrops>>) {
        readings.netdev = sample;
    }

    fn describe(&self, sample: &Vec<ReceiveDrops>) -> String {
        format!("{} devices", sample.len())
    }
}
