//! A path that a location's regex accepts: `~ ^/(stub_status|nginx_status)$` is reached at `/stub_status`.
//! Does not know: what PCRE has beyond ordinary regexes (lookaround, back references); such a regex gives no path.

use regex_syntax::hir::{Class, Hir, HirKind};

/// The first path it accepts, of the shortest. `modifier`: `~` or `~*`.
pub(super) fn path(modifier: &str, regex: &str) -> Option<String> {
    let hir = regex_syntax::Parser::new().parse(regex).ok()?;
    let mut text = String::new();
    first(&hir, &mut text)?;
    // A regex without `^` may stand anywhere in the path, which begins with a slash in any case.
    let path = if text.starts_with('/') { text } else { format!("/{text}") };
    let matcher = regex::RegexBuilder::new(regex).case_insensitive(modifier == "~*").build().ok()?;
    let plain = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_-.~".contains(&byte));
    (plain && matcher.is_match(&path)).then_some(path)
}

/// Appends the text of the first alternative, with as few repetitions as it takes.
fn first(hir: &Hir, text: &mut String) -> Option<()> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(std::str::from_utf8(&literal.0).ok()?),
        HirKind::Class(class) => text.push(one_of(class)?),
        HirKind::Repetition(repetition) => {
            /// A path this long is nobody's status page.
            const TIMES_MAX: u32 = 64;
            for _ in 0..Some(repetition.min).filter(|min| *min <= TIMES_MAX)? {
                first(&repetition.sub, text)?;
            }
        }
        HirKind::Capture(capture) => first(&capture.sub, text)?,
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| first(part, text))?,
        HirKind::Alternation(alternatives) => first(alternatives.first()?, text)?,
    }
    Some(())
}

/// A letter or digit if the class has one.
fn one_of(class: &Class) -> Option<char> {
    let ranges: Vec<(char, char)> = match class {
        Class::Unicode(class) => class.ranges().iter().map(|range| (range.start(), range.end())).collect(),
        Class::Bytes(class) => class.ranges().iter().map(|range| (range.start().into(), range.end().into())).collect(),
    };
    let candidates = ('a'..='z').chain('0'..='9').chain('A'..='Z').chain("/_-.".chars());
    candidates.into_iter().find(|c| ranges.iter().any(|(from, to)| (from..=to).contains(&c)))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_regex_has_a_first_path() {
        for (modifier, regex, expected) in [
            ("~", "/(stub_status|nginx_status)", Some("/stub_status")),
            ("~", "^/(nginx_)?status$", Some("/status")),
            ("~*", r"^/Status\.html?$", Some("/Status.htm")),
            ("~", "^/nginx[_-]status/?$", Some("/nginx_status")),
            ("~", "status", Some("/status")),
            ("~", r"^/s/\d+$", Some("/s/0")),
            ("~", "^(?<name>/status)$", Some("/status")),
            ("~", "^/a(?!b)", None),
            ("~", "^status$", None),
            ("~", "^/a b$", None),
        ] {
            assert_eq!(super::path(modifier, regex).as_deref(), expected, "{regex}");
        }
    }
}
