//! Tells words from random text: whether a part of a path is something people named, or a token made by a machine.
//! Knows: how letters follow each other in words. Does not know: paths.
//!
//! The measure is bits: how long the text would be if it were written down as words (letters by how they follow each
//! other, common words by their number, digits and changes of case at a price) against what a random text of its length
//! has. Random text is seldom cheap as words: by n bits cheaper only once in 2ⁿ times.
//!
//! `words/letters.txt` holds the bits of each letter after the two before it, learned by `scripts/learn-letters` from
//! names and summaries of public packages and from programs' messages in 22 languages; `words/common.txt` the common
//! words.

use std::sync::LazyLock;

/// Bits are counted in quarters.
const BIT: usize = 4;
/// A random letter or digit: log2(62), in hundredths of a quarter.
const RANDOM_62: usize = 2382;
/// Likewise for texts of small letters and digits alone: log2(36).
const RANDOM_36: usize = 2068;
/// A digit: log2(10), in hundredths of a quarter.
const DIGIT: usize = 1329;

/// Letters and the border of a word.
const LETTERS: usize = 27;
const BORDER: usize = 26;

static LETTER_BITS: &[u8] = include_bytes!("words/letters.txt");
static COMMON: LazyLock<Vec<&str>> = LazyLock::new(|| include_str!("words/common.txt").lines().collect());

/// A common word: log2 of how many there are.
const COMMON_BITS: usize = 9 * BIT;
const COMMON_BYTES_MAX: usize = 9;
/// One more word without a mark before it.
const SPLIT_BITS: usize = 2 * BIT;
/// What a number costs beside its digits, and a mark.
const NUMBER_BITS: usize = 2 * BIT;
const MARK_BITS: usize = 2 * BIT;
/// Finding the words of a text that looks as random as this would not make words of it.
const HOPELESS_BITS: usize = 40 * BIT;

/// Shorter texts are never called random: too many of them are abbreviations.
pub(super) const BYTES_MIN: usize = 8;
/// From so many digits on, a number is one that varies, whatever is around it.
const NUMBER_BYTES_MAX: usize = 3;
/// Texts of small letters, digits and marks must be this long to be judged as a whole.
const MARKED_BYTES_MIN: usize = 16;

/// What kinds of characters a text has.
#[derive(Debug, Clone, Copy, Default)]
struct Kinds {
    lower: bool,
    upper: bool,
    digit: bool,
    mark: bool,
}

impl Kinds {
    fn of(text: &[u8]) -> Kinds {
        let mut kinds = Kinds::default();
        for byte in text {
            match byte {
                b'a'..=b'z' => kinds.lower = true,
                b'A'..=b'Z' => kinds.upper = true,
                b'0'..=b'9' => kinds.digit = true,
                _ => kinds.mark = true,
            }
        }
        kinds
    }

    /// The most bits, in quarters, that words of these kinds and of this length have. Measured: it lies between the words
    /// of public APIs in many languages and one of ten thousand random texts.
    fn most(self, len: usize) -> usize {
        let below_62 = |half_bits: usize| (len * RANDOM_62 / 100).saturating_sub(half_bits * BIT / 2);
        match (self.lower, self.upper, self.digit) {
            (true, true, true) => below_62(25),
            (true, true, false) => below_62(20),
            (_, _, true) if !self.mark => (len * RANDOM_36 / 100).saturating_sub(10 * BIT),
            (_, _, true) => below_62(12),
            // Random texts that have letters of one case only are drawn from fewer.
            (_, _, false) => below_62(10 + len.saturating_sub(8) * 5 / 2),
        }
    }
}

/// Whether this text, ASCII without blanks, is one that nobody would have written as words.
pub(super) fn is_random(text: &[u8]) -> bool {
    if text.len() < BYTES_MIN {
        return false;
    }
    let kinds = Kinds::of(text);
    let vague = kinds.mark && kinds.digit && !(kinds.lower && kinds.upper) && text.len() < MARKED_BYTES_MIN;
    if vague || is_version(text) {
        return false;
    }
    let most = kinds.most(text.len());
    let as_it_is = bits(text, one_word);
    if as_it_is <= most {
        return false;
    }
    as_it_is - most > HOPELESS_BITS || bits(text, best_words) > most
}

/// Whether a word has a number in it that is too long for a word's (`report2026`).
pub(super) fn has_long_number(text: &[u8]) -> bool {
    text.len() >= BYTES_MIN
        && text.chunk_by(same_kind).any(|run| run[0].is_ascii_digit() && run.len() > NUMBER_BYTES_MAX)
}

fn same_kind(one: &u8, other: &u8) -> bool {
    one.is_ascii_digit() == other.is_ascii_digit()
}

/// `v2`, `v1beta1`, `v1p1beta1`, `v2alpha3`.
fn is_version(text: &[u8]) -> bool {
    let Some(rest) = text.strip_prefix(b"v") else { return false };
    let stage = |run: &[u8]| run[0].is_ascii_digit() || [&b"p"[..], b"alpha", b"beta", b"rc"].contains(&run);
    rest.first().is_some_and(u8::is_ascii_digit) && rest.chunk_by(same_kind).all(stage)
}

/// The bits of a text as numbers, marks and words, a word's by `of_word`.
fn bits(text: &[u8], of_word: fn(&[u8]) -> usize) -> usize {
    let (mut rest, mut bits) = (text, 0);
    while let Some(first) = rest.first() {
        let (run, next) = rest.split_at(run_bytes(rest));
        bits += match first {
            b'0'..=b'9' => NUMBER_BITS + run.len() * DIGIT / 100,
            _ if !first.is_ascii_alphabetic() => MARK_BITS,
            _ => of_word(run) + case_bits(run),
        };
        rest = next;
    }
    bits
}

/// How many bytes belong together: digits; one mark; a word in small letters, with or without a capital; capitals, with
/// an `s` behind (`IDs`), but not the one that begins the next word (`XML` of `XMLHttp`).
fn run_bytes(text: &[u8]) -> usize {
    let count = |from: usize, is: fn(&u8) -> bool| text[from..].iter().take_while(|byte| is(byte)).count();
    let (digits, upper) = (count(0, u8::is_ascii_digit), count(0, u8::is_ascii_uppercase));
    let lower = count(upper, u8::is_ascii_lowercase);
    match (digits, upper, lower) {
        (1.., _, _) => digits,
        (_, 0, 0) => 1,
        (_, 0 | 1, _) | (_, _, 0) => upper + lower,
        (_, _, 1) if text[upper] == b's' => upper + 1,
        _ => upper - 1,
    }
}

fn case_bits(run: &[u8]) -> usize {
    let bits = match (run[0].is_ascii_lowercase(), run.iter().any(u8::is_ascii_lowercase)) {
        (true, _) => 1,
        (false, true) => 2,
        (false, false) => 3,
    };
    bits * BIT
}

/// The place of a letter of either case.
fn place(byte: u8) -> usize {
    usize::from(byte.to_ascii_lowercase() - b'a')
}

/// The bits of one letter after two others; lines of the table end in a newline.
fn letter_bits(before: [usize; 2], letter: usize) -> usize {
    let line = before[0] * (LETTERS * LETTERS + 1);
    usize::from(LETTER_BITS[line + before[1] * LETTERS + letter] - b'0')
}

fn one_word(word: &[u8]) -> usize {
    let (mut before, mut bits) = ([BORDER; 2], 0);
    for letter in word.iter().map(|byte| place(*byte)).chain([BORDER]) {
        bits += letter_bits(before, letter);
        before = [before[1], letter];
    }
    bits
}

/// The fewest bits of a word as several words written together. Longer ones than a path's segment has are cut.
fn best_words(word: &[u8]) -> usize {
    const BYTES_MAX: usize = 64;
    let len = word.len().min(BYTES_MAX);
    let mut best = [usize::MAX; BYTES_MAX + 1];
    best[0] = 0;
    for from in 0..len {
        if best[from] == usize::MAX {
            continue;
        }
        let base = best[from] + if from == 0 { 0 } else { SPLIT_BITS };
        for to in from + 1..=len.min(from + COMMON_BYTES_MAX) {
            if best[to] > base + COMMON_BITS && is_common(&word[from..to]) {
                best[to] = base + COMMON_BITS;
            }
        }
        spell(&word[..len], from, base, &mut best);
    }
    best[len]
}

/// Spells on from here, letter by letter, and notes where that ends a word of three letters or more.
fn spell(word: &[u8], from: usize, base: usize, best: &mut [usize]) {
    const WORD_BYTES_MIN: usize = 3;
    let (mut before, mut bits) = ([BORDER; 2], base);
    for (at, byte) in word.iter().enumerate().skip(from) {
        let letter = place(*byte);
        bits += letter_bits(before, letter);
        before = [before[1], letter];
        if at + 1 - from >= WORD_BYTES_MIN || at + 1 == word.len() {
            best[at + 1] = best[at + 1].min(bits + letter_bits(before, BORDER));
        }
    }
}

fn is_common(word: &[u8]) -> bool {
    let lower = |byte: &u8| byte.to_ascii_lowercase();
    COMMON.binary_search_by(|common| common.bytes().cmp(word.iter().map(lower))).is_ok()
}
