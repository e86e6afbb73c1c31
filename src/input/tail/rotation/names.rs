//! How rotated files are named. Text only.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// What stands around a number or a date in the name of a rotated file (logrotate's `dateformat` allows these).
const SEPARATORS: &[u8] = b".-_:TZ";

/// Words that are used in place of a number.
const WORDS: [&[u8]; 2] = [b".old", b".prev"];

/// The suffixes that compressors give.
const PACKED: [&[u8]; 4] = [b".gz", b".bz2", b".xz", b".zst"];

/// Whether `name` is what rotation makes of `live`: `access.log.1`, `access.log-20260101.gz`, `access-20260101.log`.
pub(in crate::input::tail) fn is_rotated_name(live: &OsStr, name: &OsStr) -> bool {
    let (live, name) = (live.as_bytes(), unpacked(name.as_bytes()));
    let appended = name.strip_prefix(live);
    let inserted = live.iter().rposition(|byte| *byte == b'.').and_then(|dot| {
        let (stem, extension) = live.split_at(dot);
        name.strip_prefix(stem)?.strip_suffix(extension)
    });
    appended.into_iter().chain(inserted).any(is_suffix)
}

/// What every name that rotation makes of `live` begins with.
pub(super) fn stem(live: &OsStr) -> &OsStr {
    let bytes = live.as_bytes();
    match bytes.iter().rposition(|byte| *byte == b'.') {
        Some(dot) if dot > 0 => OsStr::from_bytes(&bytes[..dot]),
        _ => live,
    }
}

/// The path with `#` for each number in it, and without the suffix of a compressor: what all files of a chain share.
pub(in crate::input::tail) fn template(path: &Path) -> PathBuf {
    let mut template = Vec::new();
    for byte in unpacked(path.as_os_str().as_bytes()) {
        match byte {
            b'0'..=b'9' if template.last() == Some(&b'#') => {}
            b'0'..=b'9' => template.push(b'#'),
            other => template.push(*other),
        }
    }
    OsString::from_vec(template).into()
}

/// The names that are tried where a directory cannot be listed: numbers, and dates from the day before yesterday on.
/// `days`: since 1970, in universal time; logrotate's own day may be one off.
pub(super) fn usual_names(live: &OsStr, days: i64) -> Vec<OsString> {
    let live = live.as_bytes();
    let dot = live.iter().rposition(|byte| *byte == b'.').unwrap_or(live.len());
    let (stem, extension) = live.split_at(dot);
    let dates = (days - 2..=days + 1).rev().map(date);
    let dated = dates.flat_map(|date| {
        let date = format!("-{date}").into_bytes();
        [[live, &date].concat(), [stem, &date, extension].concat()]
    });
    let numbered = (0..=9).map(|number| [live, format!(".{number}").as_bytes()].concat());
    let words = WORDS.iter().map(|word| [live, word].concat());
    let plain: Vec<Vec<u8>> = numbered.chain(words).chain(dated).collect();
    let packed = plain.iter().flat_map(|name| PACKED.iter().map(move |suffix| [name, *suffix].concat()));
    packed.chain(plain.iter().cloned()).map(OsString::from_vec).collect()
}

/// `20260131`, of the days since 1970.
fn date(days: i64) -> String {
    let epoch = time::Date::from_ordinal_date(1970, 1).ok();
    let date = epoch.and_then(|epoch| epoch.checked_add(time::Duration::days(days)));
    date.map_or_else(String::new, |it| format!("{:04}{:02}{:02}", it.year(), u8::from(it.month()), it.day()))
}

/// Whether the name says that the file is packed.
pub(in crate::input::tail) fn is_packed_name(path: &Path) -> bool {
    let name = path.as_os_str().as_bytes();
    PACKED.iter().any(|suffix| name.ends_with(suffix))
}

fn unpacked(name: &[u8]) -> &[u8] {
    PACKED.iter().find_map(|suffix| name.strip_suffix(*suffix)).unwrap_or(name)
}

fn is_suffix(suffix: &[u8]) -> bool {
    let numbered = suffix.first().is_some_and(|first| SEPARATORS.contains(first))
        && suffix.iter().any(u8::is_ascii_digit)
        && suffix.iter().all(|byte| byte.is_ascii_digit() || SEPARATORS.contains(byte));
    numbered || WORDS.contains(&suffix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotated_names_are_told_from_other_logs() {
        for (name, expected) in [
            ("access.log.1", true),
            ("access.log.0", true),
            ("access.log.12.gz", true),
            ("access.log.3.zst", true),
            ("access.log-20260101", true),
            ("access.log-2026-01-01T10:00:00.xz", true),
            ("access-20260101.log", true),
            ("access.1.log.bz2", true),
            ("access.log.old", true),
            ("access.log", false),
            ("access.log.gz", false),
            ("access.log.json", false),
            ("access.logs.1", false),
            ("access-site2.log", false),
            ("access_ssl.log", false),
            ("error.log.1", false),
        ] {
            assert_eq!(is_rotated_name("access.log".as_ref(), name.as_ref()), expected, "{name}");
            assert!(!expected || name.starts_with(stem("access.log".as_ref()).to_str().unwrap()), "{name}");
        }
    }

    #[test]
    fn numbers_make_no_difference_in_a_template() {
        for (path, expected) in [
            ("/old/access.log.12.gz", "/old/access.log.#"),
            ("/old/2026-01-31/access.log", "/old/#-#-#/access.log"),
            ("/saved", "/saved"),
        ] {
            assert_eq!(template(path.as_ref()), Path::new(expected));
        }
    }

    #[test]
    fn usual_names_are_rotated_names() {
        let names = usual_names("access.log".as_ref(), 20_454);
        for name in ["access.log.1", "access.log.1.xz", "access.log-20260101", "access-20251231.log", "access.log.old"]
        {
            assert!(names.iter().any(|it| it == name), "{name}");
        }
        for name in names {
            assert!(is_rotated_name("access.log".as_ref(), &name), "{}", name.display());
        }
    }
}
