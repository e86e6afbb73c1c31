//! Why a format string cannot be used, in words for a person.

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    #[error("the log format has no $status, so nothing can be said about who gave up; add $status to it")]
    NoStatus,
    #[error(
        "the log format holds a line break, so nginx writes more than one line for a request; \
         take it out, or write the format as several strings one after the other"
    )]
    LineBreak,
    #[error("two variables stand side by side (${0}${1}): a line cannot be split there; put a blank between them")]
    Adjacent(String, String),
}
