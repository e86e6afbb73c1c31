//! The kernel's limits. Knows: that they are those of one's own network namespace. Does not know: which they are.

use crate::kernel::number;
use crate::kernel::sysctl::{self, Sysctl};
use crate::poll::error::{PollError, Reason};
use crate::poll::options::Options;
use crate::poll::proc_root::{ProcRoot, not_understood};
use crate::poll::readings::Readings;
use crate::poll::source::Source;

pub(super) struct Sysctls(ProcRoot);

const FOREIGN: &str = "the limits of another network namespace cannot be read from outside it";

impl Source for Sysctls {
    const NAME: &'static str = "sysctl";
    type Sample = Vec<Sysctl>;

    fn new(options: &Options) -> Self {
        Self(ProcRoot::of(options))
    }

    /// Those that this kernel has and that are numbers.
    fn ask(&mut self) -> Result<Vec<Sysctl>, PollError> {
        if self.0.is_foreign() {
            return Err(PollError::new(Reason::Absent, FOREIGN));
        }
        let mut values = Vec::new();
        for name in sysctl::NAMES {
            match self.0.sys(&sysctl::path(name)) {
                Ok(text) => {
                    values.push(Sysctl { name, value: number(&text).map_err(|error| not_understood(name, error))? })
                }
                Err(error) if error.is_absent() => (),
                Err(error) => return Err(error),
            }
        }
        Ok(values)
    }

    fn store(readings: &mut Readings, sample: Option<Vec<Sysctl>>) {
        readings.sysctls = sample;
    }

    fn describe(&self, sample: &Vec<Sysctl>) -> String {
        format!("{} limits", sample.len())
    }
}
