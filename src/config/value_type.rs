//! What the type of a setting is: how its values are written, read and printed.
//! Does not know: which types there are (`types.rs`).

/// How values of one type are written, read and printed.
pub struct ValueType<T> {
    pub form: Form,
    /// `Err`: what is wrong, and what would be right.
    pub parse: fn(&str) -> Result<T, String>,
    /// A text that is read as the same value.
    pub print: fn(&T) -> String,
}

/// What there is to know of a type without a value.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    /// The word that stands for a value in the help.
    pub placeholder: &'static str,
    pub syntax: Syntax,
    pub list_style: ListStyle,
}

/// How one value is written.
#[derive(Debug, Clone, Copy)]
pub enum Syntax {
    Text,
    /// A text that never holds a comma, so that a comma separates the values of a list.
    NoComma,
    /// A flag without a value means `true`.
    Switch,
    /// One of these words.
    Choice(fn() -> Vec<&'static str>),
    /// `NAME=VALUE`; in the file a mapping of `name` and the key given here.
    Pair(&'static str),
}

/// How a list is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListStyle {
    /// A line for each value.
    Lines,
    /// All on one line: numbers.
    OneLine,
    /// A line for each value, but only a count of the default ones: many, and nobody wrote them.
    CountedDefault,
}

impl Form {
    /// Splits one flag or variable into the values of a list. A newline always separates.
    pub fn split(&self, text: &str) -> Vec<String> {
        let comma = matches!(self.syntax, Syntax::NoComma);
        let parts = text.split(move |c| c == '\n' || (comma && c == ','));
        parts.map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }
}

impl<T> ValueType<T> {
    pub(super) const fn new(
        placeholder: &'static str,
        syntax: Syntax,
        parse: fn(&str) -> Result<T, String>,
        print: fn(&T) -> String,
    ) -> ValueType<T> {
        ValueType { form: Form { placeholder, syntax, list_style: ListStyle::Lines }, parse, print }
    }

    pub(super) const fn list_style(self, list_style: ListStyle) -> ValueType<T> {
        let ValueType { form, parse, print } = self;
        ValueType { form: Form { list_style, ..form }, parse, print }
    }
}

/// A type whose values are a few words.
pub(super) trait Choice: Copy + PartialEq + 'static {
    const WORDS: &'static [(&'static str, Self)];
}

/// The type of a [`Choice`].
pub(super) const fn choice<T: Choice>() -> ValueType<T> {
    ValueType::new("CHOICE", Syntax::Choice(words::<T>), parse_choice::<T>, print_choice::<T>)
}

fn words<T: Choice>() -> Vec<&'static str> {
    T::WORDS.iter().map(|(word, _)| *word).collect()
}

fn parse_choice<T: Choice>(text: &str) -> Result<T, String> {
    let known = T::WORDS.iter().find(|(word, _)| *word == text);
    known.map(|(_, value)| *value).ok_or_else(|| none_of(text, &words::<T>()))
}

/// What is said of a word that is none of these.
pub(super) fn none_of(text: &str, words: &[&str]) -> String {
    let (last, others) = words.split_last().unwrap_or((&"nothing", &[]));
    let others = others.join(", ");
    format!("invalid value `{text}`; write {others}{}{last}", if others.is_empty() { "" } else { " or " })
}

fn print_choice<T: Choice>(value: &T) -> String {
    let known = T::WORDS.iter().find(|(_, known)| known == value);
    known.map_or("", |(word, _)| word).to_owned()
}
