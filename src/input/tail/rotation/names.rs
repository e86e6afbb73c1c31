//! How rotated files are named. Text only.

/// What stands around a number or a date in the name of a rotated file (logrotate's `dateformat` allows these).
const SEPARATORS: &str = ".-_:TZ";

/// Words that are used in place of a number.
const WORDS: [&str; 2] = [".old", ".prev"];

/// Whether `name` is what rotation makes of `live`: `access.log.1`, `access.log-20260101.gz`, `access-20260101.log`.
pub(crate) fn is_rotated_name(live: &str, name: &str) -> bool {
    let name = name.strip_suffix(".gz").unwrap_or(name);
    let appended = name.strip_prefix(live);
    let inserted = live.rfind('.').and_then(|dot| {
        let (stem, extension) = live.split_at(dot);
        name.strip_prefix(stem)?.strip_suffix(extension)
    });
    appended.into_iter().chain(inserted).any(is_suffix)
}

/// Whether `name` begins like `live`, up to the first dot. Weaker, for where the content decides.
pub(super) fn is_related_name(live: &str, name: &str) -> bool {
    let stem = live.split('.').next().filter(|stem| !stem.is_empty()).unwrap_or(live);
    name != live && name.starts_with(stem)
}

fn is_suffix(suffix: &str) -> bool {
    let numbered = suffix.starts_with(|first: char| SEPARATORS.contains(first))
        && suffix.contains(|byte: char| byte.is_ascii_digit())
        && suffix.chars().all(|byte| byte.is_ascii_digit() || SEPARATORS.contains(byte));
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
            ("access.log-20260101", true),
            ("access.log-2026-01-01T10:00:00.gz", true),
            ("access-20260101.log", true),
            ("access.1.log.gz", true),
            ("access.log.old", true),
            ("access.log", false),
            ("access.log.gz", false),
            ("access.log.json", false),
            ("access.logs.1", false),
            ("access-site2.log", false),
            ("access_ssl.log", false),
            ("error.log.1", false),
        ] {
            assert_eq!(is_rotated_name("access.log", name), expected, "{name}");
        }
    }
}
