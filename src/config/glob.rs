//! Paths by pattern, as glob(3) without flags finds them in the C locale, and so nginx's `include`: sorted by their bytes,
//! no name that begins with a dot unless the pattern does there, names of any bytes.
//! Does not know: braces, tildes, `**`, none of which glob(3) has either.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The paths that are there. A directory that cannot be listed has none.
pub(super) fn glob(pattern: &Path) -> Vec<PathBuf> {
    let components: Vec<&[u8]> = pattern.as_os_str().as_bytes().split(|&byte| byte == b'/').collect();
    let mut found = Vec::new();
    expand(PathBuf::new(), &components, &mut found);
    found.sort_by(|a, b| a.as_os_str().as_bytes().cmp(b.as_os_str().as_bytes()));
    found
}

fn expand(base: PathBuf, components: &[&[u8]], found: &mut Vec<PathBuf>) {
    let Some((component, rest)) = components.split_first() else {
        return found.extend(Some(base).filter(|path| fs::symlink_metadata(path).is_ok()));
    };
    if !is_pattern(component) {
        // The first of an absolute path is empty, and stands for the root.
        let name = if component.is_empty() && base.as_os_str().is_empty() { b"/".to_vec() } else { literal(component) };
        return expand(base.join(OsStr::from_bytes(&name)), rest, found);
    }
    let listed = if base.as_os_str().is_empty() { Path::new(".") } else { &base };
    let Ok(entries) = fs::read_dir(listed) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let hidden = name.as_bytes().starts_with(b".") && !component.starts_with(b".");
        if !hidden && matches(component, name.as_bytes()) {
            expand(base.join(name), rest, found);
        }
    }
}

/// A pattern as the path it was made from, where it is one with its special bytes in brackets: `[[]` is how it says `[`.
pub fn unescaped(pattern: &str) -> String {
    let mut path = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let escaped = ["[[]", "[]]", "[*]", "[?]"].iter().find_map(|escaped| rest.strip_prefix(escaped));
        path.push(if escaped.is_some() { char::from(rest.as_bytes()[1]) } else { first });
        rest = escaped.unwrap_or(&rest[first.len_utf8()..]);
    }
    path
}

fn is_pattern(component: &[u8]) -> bool {
    component.iter().any(|byte| b"*?[".contains(byte))
}

/// A component without its backslashes.
fn literal(component: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(component.len());
    let mut bytes = component.iter();
    while let Some(&byte) = bytes.next() {
        plain.push(if byte == b'\\' { bytes.next().copied().unwrap_or(byte) } else { byte });
    }
    plain
}

/// fnmatch(3) of one name.
pub(super) fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut pattern, mut name) = (pattern, name);
    // Where to go on when what follows the last `*` does not fit: one byte later.
    let mut retry: Option<(&[u8], &[u8])> = None;
    loop {
        if let Some(rest) = pattern.strip_prefix(b"*") {
            (pattern, retry) = (rest, Some((rest, name)));
            continue;
        }
        if pattern.is_empty() && name.is_empty() {
            return true;
        }
        match name.split_first().and_then(|(&byte, after)| Some((one(pattern, byte)?, after))) {
            Some((rest, after)) => (pattern, name) = (rest, after),
            None => {
                let Some((behind, skipped)) = retry.filter(|(_, skipped)| !skipped.is_empty()) else { return false };
                (pattern, name) = (behind, &skipped[1..]);
                retry = Some((behind, name));
            }
        }
    }
}

/// The rest of the pattern if its first element stands for this byte.
fn one(pattern: &[u8], byte: u8) -> Option<&[u8]> {
    let (&first, rest) = pattern.split_first()?;
    match first {
        b'?' => Some(rest),
        b'\\' if !rest.is_empty() => (rest[0] == byte).then_some(&rest[1..]),
        b'[' => match bracket(rest, byte) {
            Some((fits, rest)) => fits.then_some(rest),
            // Never closed: a bracket like any other byte.
            None => (byte == b'[').then_some(rest),
        },
        _ => (first == byte).then_some(rest),
    }
}

/// Whether a bracket expression has the byte, and what follows it. `None`: it is not closed.
fn bracket(inside: &[u8], byte: u8) -> Option<(bool, &[u8])> {
    let (negated, inside) = match inside {
        [b'!' | b'^', rest @ ..] => (true, rest),
        _ => (false, inside),
    };
    // A `]` that comes first is one of the bytes.
    let end = 1 + inside.iter().skip(1).position(|&byte| byte == b']')?;
    let (mut set, rest) = (&inside[..end], &inside[end + 1..]);
    let mut fits = false;
    while let Some((&low, after)) = set.split_first() {
        let (high, after) = match after {
            [b'-', high, after @ ..] => (*high, after),
            _ => (low, after),
        };
        fits |= (low..=high).contains(&byte);
        set = after;
    }
    Some((fits != negated, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_as_fnmatch_says() {
        for (pattern, name, expected) in [
            ("*", "", true),
            ("*.conf", "a.conf", true),
            ("*.conf", "a.conf.bak", false),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b", "ba", false),
            ("?", "a", true),
            ("?", "", false),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[^a-c]x", "dx", true),
            ("[]]", "]", true),
            ("[]-a]", "^", true),
            ("[[]", "[", true),
            ("[a", "[a", true),
            ("\\*", "*", true),
            ("\\*", "a", false),
            ("a-[0-9]*", "a-12", true),
            ("**", "ab", true),
        ] {
            assert_eq!(matches(pattern.as_bytes(), name.as_bytes()), expected, "{pattern} {name}");
        }
        assert!(matches(b"*.conf", b"\xfc.conf"));
    }

    #[test]
    fn an_escaped_path_is_shown_as_it_is() {
        for path in ["/a.log", "/a[1].log", "/[*]?", "/é[].log"] {
            assert_eq!(unescaped(&glob::Pattern::escape(path)), path);
        }
        assert_eq!(unescaped("/logs/*.log"), "/logs/*.log");
    }

    #[test]
    fn paths_come_in_the_order_of_their_bytes_and_without_dotfiles() {
        let directory = tempfile::tempdir().expect("a directory");
        for name in [&b"a/x.conf"[..], b"a-b/x.conf", b"B/x.conf", b"a/.hidden.conf", b"a/y.txt", b"\xfc/x.conf"] {
            let path = directory.path().join(OsStr::from_bytes(name));
            fs::create_dir_all(path.parent().expect("two components")).expect("a directory");
            fs::write(path, "").expect("writable");
        }
        let found = |pattern: &str| -> Vec<Vec<u8>> {
            let paths = glob(&directory.path().join(pattern));
            let short =
                |path: PathBuf| path.strip_prefix(directory.path()).expect("below").as_os_str().as_bytes().to_vec();
            paths.into_iter().map(short).collect()
        };
        assert_eq!(found("*/*.conf"), [&b"B/x.conf"[..], b"a-b/x.conf", b"a/x.conf", b"\xfc/x.conf"]);
        assert_eq!(found("a/.*.conf"), [b"a/.hidden.conf"]);
        assert_eq!(found("?/x.conf"), [&b"B/x.conf"[..], b"a/x.conf", b"\xfc/x.conf"]);
        assert_eq!(found("a/x.conf"), [b"a/x.conf"]);
        assert_eq!(found("none/*"), Vec::<Vec<u8>>::new());
    }
}
