//! Where bytes stand. Knows: that a log line is asked for the same byte many times, and for some others nearby.
//! Does not know: what the bytes mean.

use memchr::memchr;
use wide::u8x16;

const LANE: usize = 16;
const BLOCK: usize = 4 * LANE;

/// The places of one byte in a text. It is searched block by block, and a block's places are kept as bits: most
/// questions fall into the block of the question before.
#[derive(Clone, Copy)]
pub struct Places<'a> {
    text: &'a [u8],
    wanted: u8,
    begin: usize,
    bits: u64,
}

impl<'a> Places<'a> {
    #[inline]
    pub fn of(wanted: u8, text: &'a [u8]) -> Places<'a> {
        Places { text, wanted, begin: 0, bits: bits(wanted, text, 0) }
    }

    /// The first place that is not before `from`.
    #[inline(always)]
    pub fn from(&mut self, from: usize) -> Option<usize> {
        let mut from = from;
        loop {
            let offset = from - self.begin;
            if offset < BLOCK {
                let ahead = self.bits >> offset;
                if ahead != 0 {
                    return Some(from + ahead.trailing_zeros() as usize);
                }
                from = self.begin + BLOCK;
            }
            if from >= self.text.len() {
                return None;
            }
            (self.begin, self.bits) = (from, bits(self.wanted, self.text, from));
        }
    }
}

/// One bit for each of the 64 bytes from here, as far as there are so many.
#[inline]
fn bits(wanted: u8, text: &[u8], from: usize) -> u64 {
    if let Some(block) = text[from..].first_chunk() {
        return block_bits(wanted, block);
    }
    match text.last_chunk() {
        // The last block, looked at together with bytes before it.
        Some(block) => block_bits(wanted, block) >> (from + BLOCK - text.len()),
        None => short_bits(wanted, &text[from..]),
    }
}

/// The same of a text that is shorter than a block.
#[cold]
fn short_bits(wanted: u8, text: &[u8]) -> u64 {
    let mut block = [!wanted; BLOCK];
    block[..text.len()].copy_from_slice(text);
    block_bits(wanted, &block)
}

#[inline]
fn block_bits(wanted: u8, block: &[u8; BLOCK]) -> u64 {
    let wanted = u8x16::splat(wanted);
    let (lanes, _) = block.as_chunks::<LANE>();
    let lane = |at: usize| u64::from(u8x16::new(lanes[at]).simd_eq(wanted).to_bitmask()) << (at * LANE);
    lane(0) | lane(1) | lane(2) | lane(3)
}

/// Short enough that looking at each byte is quicker than the way into a SIMD search.
const NEAR_BYTES: usize = 16;

/// The first place of a byte that is likely to stand near.
#[inline]
pub fn near(wanted: u8, text: &[u8]) -> Option<usize> {
    let near = &text[..text.len().min(NEAR_BYTES)];
    match near.iter().position(|&byte| byte == wanted) {
        None if text.len() > NEAR_BYTES => memchr(wanted, &text[NEAR_BYTES..]).map(|found| NEAR_BYTES + found),
        found => found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_one_wherever_it_stands() {
        for length in 0..150 {
            for at in 0..length {
                let mut text = vec![b'a'; length];
                text[at] = b'"';
                assert_eq!(near(b'"', &text), Some(at), "{length} bytes");
                assert_eq!(near(b'x', &text), None, "{length} bytes");
                for from in 0..length {
                    let expected = (from <= at).then_some(at);
                    assert_eq!(Places::of(b'"', &text).from(from), expected, "{length} bytes from {from}");
                }
            }
        }
    }

    #[test]
    fn one_after_the_other() {
        let text = "\"".repeat(200) + &"-".repeat(100) + "\"";
        let mut places = Places::of(b'"', text.as_bytes());
        for at in 0..200 {
            assert_eq!(places.from(at), Some(at));
        }
        assert_eq!(places.from(200), Some(300));
        assert_eq!(places.from(301), None);
        // What fills up a short block is no place.
        assert_eq!(Places::of(0, b"").from(0), None);
        assert_eq!(Places::of(0xff, b"abc").from(0), None);
    }
}
