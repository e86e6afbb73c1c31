//! The cases that do not hold yet. Whoever makes one hold takes its name off.

pub const PENDING: &[&str] = &[
    "formats/04-nothing-parsed-reported-as-nobody-gave-up",
    "formats/10-labels-inside-quoted-values",
    "formats/11-json-keys-people-use",
    "peers/17-own-stdout",
    "peers/19-amplify-ut",
];
