//! What a diagnosis says to people, in words and in lines of text: the page, curl and the terminal all say the same.
//! Knows: how numbers and names are written. Does not know: HTML, terminals, how anything was found out.

mod lines;
mod text;
mod words;

pub(crate) use lines::{Line, Lines, Style};
pub(crate) use text::{cause, head, last, people, plain, read, unclassified, upstreams, when, who, why};
pub(crate) use words::{
    causes, clock, failures, gave_up, measured, people_lines, per_second, percent, place, seconds, server, shown,
    timeline_in_words, windows,
};
