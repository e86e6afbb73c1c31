//! Iterates over the positions of one byte: scans 64 bytes at a time and keeps a bitmask. Finds other bytes nearby.
//! Does not know: what the bytes mean.

use memchr::memchr;
use wide::u8x16;

const LANE: usize = 16;
const BLOCK: usize = 4 * LANE;

/// The places of one byte in a text, one after the other. It is searched block by block, and a block's places are kept
/// as bits: the next place is the lowest of them, mostly without any further search. Beside memchr's iterator that
/// saves a seventh of a kv line's instructions, a quarter of a JSON line's.
pub(super) struct ByteIndex<'a> {
    text: &'a [u8],
    wanted: u8,
    begin: usize,
    bits: u64,
}

impl<'a> ByteIndex<'a> {
    #[inline]
    pub(super) fn of(wanted: u8, text: &'a [u8]) -> ByteIndex<'a> {
        ByteIndex { text, wanted, begin: 0, bits: bits(wanted, text, 0) }
    }
}

impl Iterator for ByteIndex<'_> {
    type Item = usize;

    #[inline(always)]
    fn next(&mut self) -> Option<usize> {
        while self.bits == 0 {
            self.begin += BLOCK;
            if self.begin >= self.text.len() {
                return None;
            }
            self.bits = bits(self.wanted, self.text, self.begin);
        }
        let place = self.begin + self.bits.trailing_zeros() as usize;
        self.bits &= self.bits - 1;
        Some(place)
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
    let (lanes, _) = block.as_chunks::<LANE>();
    let lane = |at: usize| u64::from(lane_bits(wanted, &lanes[at])) << (at * LANE);
    lane(0) | lane(1) | lane(2) | lane(3)
}

#[inline]
fn lane_bits(wanted: u8, lane: &[u8; LANE]) -> u32 {
    u8x16::new(*lane).simd_eq(u8x16::splat(wanted)).to_bitmask()
}

/// The first place of a byte that is likely to stand near: the way into a longer search is taken only if it does not,
/// which saves 4 % of a kv line's instructions.
#[inline]
pub(super) fn near(wanted: u8, text: &[u8]) -> Option<usize> {
    let Some(lane) = text.first_chunk() else { return text.iter().position(|&byte| byte == wanted) };
    match lane_bits(wanted, lane) {
        0 => memchr(wanted, &text[LANE..]).map(|found| LANE + found),
        bits => Some(bits.trailing_zeros() as usize),
    }
}

/// The first place of either byte in a text of some lanes, for 1 % fewer of a line's instructions than memchr2.
#[inline]
pub(super) fn either(one: u8, other: u8, text: &[u8]) -> Option<usize> {
    let place = |at: usize, lane: &[u8; LANE]| {
        let bits = lane_bits(one, lane) | lane_bits(other, lane);
        (bits != 0).then(|| at + bits.trailing_zeros() as usize)
    };
    let (lanes, _) = text.as_chunks();
    let found = lanes.iter().enumerate().find_map(|(at, lane)| place(at * LANE, lane));
    // The last lane is looked at together with bytes before it, in which there was none.
    found.or_else(|| match text.last_chunk() {
        Some(lane) => place(text.len() - LANE, lane),
        None => text.iter().position(|&byte| byte == one || byte == other),
    })
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
                assert_eq!(either(b'x', b'"', &text), Some(at), "{length} bytes");
                assert_eq!(either(b'"', b'x', &text), Some(at), "{length} bytes");
                assert_eq!(either(b'x', b'y', &text), None, "{length} bytes");
                assert_eq!(ByteIndex::of(b'"', &text).collect::<Vec<_>>(), [at], "{length} bytes");
            }
        }
    }

    #[test]
    fn one_after_the_other() {
        let text = "\"".repeat(200) + &"-".repeat(100) + "\"";
        let mut places = ByteIndex::of(b'"', text.as_bytes());
        assert!(places.by_ref().eq((0..200).chain([300])));
        assert_eq!(places.next(), None);
        // What fills up a short block is no place.
        assert_eq!(ByteIndex::of(0, b"").next(), None);
        assert_eq!(ByteIndex::of(0xff, b"abc").next(), None);
    }
}
