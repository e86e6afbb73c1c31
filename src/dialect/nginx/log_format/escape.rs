//! How nginx escapes values. Does not know: what the bytes become.

/// `escape=` of a `log_format`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Escape {
    #[default]
    Default,
    Json,
    None,
}
