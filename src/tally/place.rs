//! Where a hash belongs in a table. Knows: the table's size. Does not know: what is held there.

/// One of so many places.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the low bits of a hash are as good as all of them")]
pub(super) fn place(hash: u64, places: usize) -> usize {
    hash as usize % places
}
