//! Numbers that look random and are the same in every run (SplitMix64: Steele, Lea, Flood, 2014).

pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// True in so many of a thousand cases.
    pub fn in_thousand(&mut self, cases: u64) -> bool {
        self.below(1000) < cases
    }

    /// Milliseconds around `typical`: most near it, a few ten times as long.
    pub fn millis_around(&mut self, typical: u64) -> u32 {
        let stretched = if self.in_thousand(20) { typical * 10 } else { typical };
        (stretched / 2 + self.below(stretched.max(1))) as u32
    }
}

/// Ranks of which the first is asked for most: rank `r` with weight 1 / (r + 1).
pub struct Zipf {
    cumulative: Vec<f64>,
}

impl Zipf {
    pub fn new(ranks: usize) -> Zipf {
        let weights = (1..=ranks).map(|rank| 1.0 / rank as f64);
        let cumulative = weights.scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        });
        Zipf { cumulative: cumulative.collect() }
    }

    pub fn pick(&self, random: &mut Random) -> usize {
        let whole = self.cumulative.last().copied().unwrap_or_default();
        // 53 bits are what a float holds exactly.
        let point = (random.next() >> 11) as f64 / (1_u64 << 53) as f64 * whole;
        self.cumulative.partition_point(|&sum| sum <= point).min(self.cumulative.len() - 1)
    }
}
