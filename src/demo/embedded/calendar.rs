//! Moments as nginx writes them, in UTC.
//! Knows: the civil calendar. Does not know: what time it is.

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// Days in 400 years of the Gregorian calendar, after which it repeats.
const DAYS_PER_ERA: u64 = 146_097;
/// From 0000-03-01, where the years below begin, to 1970-01-01.
const DAYS_BEFORE_1970: u64 = 719_468;

/// One moment, to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    year: u64,
    month: u64,
    day: u64,
    second_of_day: u64,
}

impl Moment {
    /// Years are counted from March, so that the leap day is a year's last.
    pub fn at(unix_millis: u64) -> Moment {
        let seconds = unix_millis / 1000;
        let days = seconds / 86_400 + DAYS_BEFORE_1970;
        let (era, day_of_era) = (days / DAYS_PER_ERA, days % DAYS_PER_ERA);
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = era * 400 + year_of_era + u64::from(month <= 2);
        Moment { year, month, day, second_of_day: seconds % 86_400 }
    }

    /// `$time_local`.
    pub fn local(self) -> String {
        let Moment { year, month, day, .. } = self;
        format!("{day:02}/{}/{year:04}:{} +0000", MONTHS[month as usize - 1], self.clock())
    }

    /// The beginning of an error.log line.
    pub fn error_log(self) -> String {
        let Moment { year, month, day, .. } = self;
        format!("{year:04}/{month:02}/{day:02} {}", self.clock())
    }

    fn clock(self) -> String {
        let s = self.second_of_day;
        format!("{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments() {
        // Checked with `date -u -d @SECONDS`.
        let check = |seconds: u64, local: &str, error_log: &str| {
            let moment = Moment::at(seconds * 1000 + 999);
            assert_eq!((moment.local(), moment.error_log()), (local.into(), error_log.into()));
        };
        check(0, "01/Jan/1970:00:00:00 +0000", "1970/01/01 00:00:00");
        check(951_782_400, "29/Feb/2000:00:00:00 +0000", "2000/02/29 00:00:00");
        check(1_709_251_199, "29/Feb/2024:23:59:59 +0000", "2024/02/29 23:59:59");
        check(1_795_270_646, "21/Nov/2026:14:17:26 +0000", "2026/11/21 14:17:26");
        check(4_107_542_400, "01/Mar/2100:00:00:00 +0000", "2100/03/01 00:00:00");
    }
}
