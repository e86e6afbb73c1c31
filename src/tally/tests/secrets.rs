//! Secrets in paths stay out of labels, and the words of real routes keep their names. Both are counted.

use crate::tally::fold::Folder;
use crate::tally::words::is_random;

/// Words of public APIs, of static files and of shops in some languages.
const WORDS: &str = include_str!("route_words.txt");

/// Random numbers that are the same in every run (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn text(&mut self, alphabet: &str, len: usize) -> String {
        let alphabet = alphabet.as_bytes();
        (0..len).map(|_| char::from(alphabet[(self.next() % alphabet.len() as u64) as usize])).collect()
    }
}

const BASE62: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE64URL: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
const BASE58: &str = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const BASE36: &str = "0123456789abcdefghijklmnopqrstuvwxyz";
const BASE32: &str = "abcdefghijklmnopqrstuvwxyz234567";
const CROCKFORD: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const HEX: &str = "0123456789abcdef";
const DIGITS: &str = "0123456789";
const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";

/// A kind of secret, and how one is made.
type Kind = (&'static str, fn(&mut Numbers) -> String);

const KINDS: &[Kind] = &[
    ("base62, 8", |n| n.text(BASE62, 8)),
    ("base62, 10", |n| n.text(BASE62, 10)),
    ("base62, 12", |n| n.text(BASE62, 12)),
    ("base62, 16", |n| n.text(BASE62, 16)),
    ("base62, 24", |n| n.text(BASE62, 24)),
    ("base62, 32", |n| n.text(BASE62, 32)),
    ("base64url, 16", |n| n.text(BASE64URL, 16)),
    ("base64url, 22", |n| n.text(BASE64URL, 22)),
    ("base64url, 43", |n| n.text(BASE64URL, 43)),
    ("nanoid", |n| n.text(BASE64URL, 21)),
    ("base58, 12", |n| n.text(BASE58, 12)),
    ("base36, 12", |n| n.text(BASE36, 12)),
    ("base36, 25", |n| n.text(BASE36, 25)),
    ("base32, 16", |n| n.text(BASE32, 16).to_uppercase()),
    ("base32, 20", |n| n.text(BASE32, 20)),
    ("base32, 26", |n| n.text(BASE32, 26)),
    ("ULID", |n| format!("01{}", n.text(CROCKFORD, 24))),
    ("hash, 8", |n| n.text(HEX, 8)),
    ("MD5", |n| n.text(HEX, 32)),
    ("SHA-1", |n| n.text(HEX, 40)),
    ("SHA-256", |n| n.text(HEX, 64)),
    ("UUID", |n| [8, 4, 4, 4, 12].map(|len| n.text(HEX, len)).join("-")),
    ("JWT", |n| format!("eyJhbGciOiJIUzI1NiJ9.eyJ{}.{}", n.text(BASE64URL, 60), n.text(BASE64URL, 43))),
    ("short JWT", |n| format!("eyJ{}.{}.{}", n.text(BASE64URL, 6), n.text(BASE64URL, 8), n.text(BASE64URL, 8))),
    ("prefixed key", |n| format!("sk_live_{}", n.text(BASE62, 24))),
    ("short prefixed id", |n| format!("cus_{}", n.text(BASE62, 14))),
    ("digits, 6", |n| n.text(DIGITS, 6)),
    ("digits, 16", |n| n.text(DIGITS, 16)),
    ("phone", |n| format!("+49{}", n.text(DIGITS, 11))),
    ("phone with marks", |n| format!("+1-{}-{}-{}", n.text(DIGITS, 3), n.text(DIGITS, 3), n.text(DIGITS, 4))),
    ("mail", |n| format!("{}.{}@{}.example", n.text(LOWER, 4), n.text(LOWER, 7), n.text(LOWER, 6))),
    ("mail with a tag", |n| format!("{}+{}@mail.{}.org", n.text(LOWER, 5), n.text(LOWER, 4), n.text(LOWER, 6))),
    ("escaped mail", |n| format!("{}%40{}.com", n.text(LOWER, 6), n.text(LOWER, 6))),
    ("IBAN", |n| format!("DE{}", n.text(DIGITS, 20))),
    ("MAC address", |n| [(); 6].map(|()| n.text(HEX, 2)).join(":")),
    ("file by token", |n| format!("{}.ics", n.text(BASE62, 20))),
];

const EACH: usize = 5_000;

/// Of each kind under 1 in 10,000 leaks: none of this many, or one by bad luck in one kind.
#[test]
fn secrets_are_folded() {
    let mut numbers = Numbers(17);
    let mut leaked = Vec::new();
    for (kind, make) in KINDS {
        for secret in (0..EACH).map(|_| make(&mut numbers)) {
            let path = format!("/calendar/{secret}/feed.ics");
            let route = Folder::default().fold(path.as_bytes()).expect("a path");
            if String::from_utf8_lossy(route.as_bytes()).contains(&secret) {
                leaked.push((*kind, secret));
            }
        }
    }
    println!("{} of {} secrets leaked: {leaked:?}", leaked.len(), KINDS.len() * EACH);
    for (kind, _) in KINDS {
        let of_kind = leaked.iter().filter(|(other, _)| other == kind).count();
        assert!(of_kind <= 1, "{kind}: {of_kind} of {EACH}");
    }
    assert!(leaked.len() * 50_000 <= KINDS.len() * EACH, "{leaked:?}");
}

/// The shortest ones that are promised, measured finely.
#[test]
#[ignore = "a million texts take half a minute without optimisation"]
fn a_million_short_tokens() {
    let mut numbers = Numbers(18);
    let kept = (0..1_000_000).filter(|_| !is_random(numbers.text(BASE62, 8).as_bytes())).count();
    println!("{kept} of a million");
    assert!(kept < 100, "{kept}");
}

/// Words by which nothing was chosen: other APIs, programs, shops in other languages.
const UNSEEN_WORDS: &str = include_str!("unseen_words.txt");

/// Names that fold all the same, because a number in them is long, or follows a number.
const FOLDED: [(&str, &str); 2] = [("ubuntu2204", "/:id"), ("iso-3166-1", "/iso-:id")];

/// The words that do not keep their names, with the route they get.
fn lost(words: &str) -> Vec<(&str, String)> {
    let routed = words.split_whitespace().map(|word| {
        let path = format!("/{word}");
        let route = Folder::default().fold(path.as_bytes()).expect("a path");
        (word, String::from_utf8_lossy(route.as_bytes()).into_owned())
    });
    let lost: Vec<_> =
        routed.filter(|(word, route)| without_numbers(route) != without_numbers(&format!("/{word}"))).collect();
    println!("{} of {} words lost: {lost:?}", lost.len(), words.split_whitespace().count());
    lost
}

/// Numbers in a name fold as they always did: what is left must be the word itself.
fn without_numbers(text: &str) -> String {
    let text = text.replace(":id", "0");
    let parts: Vec<&str> = text.split(|char: char| char.is_ascii_digit() || char == '.').collect();
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("0")
}

#[test]
fn words_of_real_routes_keep_their_names() {
    assert!(WORDS.split_whitespace().count() > 1_500);
    assert_eq!(lost(WORDS), FOLDED.map(|(word, route)| (word, route.to_owned())));
}

#[test]
fn words_never_seen_before_keep_their_names() {
    let count = UNSEEN_WORDS.split_whitespace().count();
    assert!(count > 400 && lost(UNSEEN_WORDS).len() * 50 < count);
}
