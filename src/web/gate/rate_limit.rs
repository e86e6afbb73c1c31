//! How often anything is answered at all: a token bucket for everybody together.
//! Does not know: what is asked for.

use std::time::{Duration, Instant};

/// One request each `interval`, and after a pause up to `burst` at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    pub interval: Duration,
    pub burst: u32,
}

pub(super) struct Bucket {
    limit: RateLimit,
    tokens: f64,
    filled: Instant,
}

impl Bucket {
    /// It begins full.
    pub(super) fn new(limit: RateLimit) -> Bucket {
        Bucket { limit, tokens: f64::from(limit.burst), filled: Instant::now() }
    }

    /// Takes a token, if there is one.
    pub(super) fn take(&mut self) -> bool {
        self.take_at(Instant::now())
    }

    fn take_at(&mut self, now: Instant) -> bool {
        let gained = now.saturating_duration_since(self.filled).as_secs_f64() / self.limit.interval.as_secs_f64();
        self.tokens = (self.tokens + gained).min(f64::from(self.limit.burst));
        self.filled = now;
        let allowed = self.tokens >= 1.0;
        self.tokens -= if allowed { 1.0 } else { 0.0 };
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_at_once_then_one_each_interval() {
        let mut bucket = Bucket::new(RateLimit { interval: Duration::from_secs(1), burst: 3 });
        let begin = bucket.filled;
        let after = |ms: u64| begin + Duration::from_millis(ms);
        let asked = [0, 0, 0, 0, 900, 1000, 1000, 5000, 5000, 5000, 5000].map(|ms| bucket.take_at(after(ms)));
        let expected = [true, true, true, false, false, true, false, true, true, true, false];
        assert_eq!(asked, expected);
    }
}
