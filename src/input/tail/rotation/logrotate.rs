//! What of logrotate's configuration says where rotated files go: `olddir`, for which logs.
//! Knows: the syntax, as far as it matters here. Does not know: whether logrotate runs at all.

use std::fs;
use std::path::{Path, PathBuf};

/// Deeper includes are no configuration but a circle.
const DEPTH_MAX: usize = 8;

/// The directories that are configured.
#[derive(Debug, Default)]
pub(super) struct OldDirs {
    /// Patterns of logs, each with its directory, perhaps relative to that of the log.
    of_logs: Vec<(String, Option<PathBuf>)>,
    /// For logs that say nothing.
    default: Option<PathBuf>,
}

impl OldDirs {
    /// What can be read of it; nothing where logrotate is not installed.
    pub(super) fn read(configuration: &Path) -> Self {
        let mut found = Self::default();
        found.read_file(configuration, 0);
        found
    }

    /// Where the files of this log go, if not beside it.
    pub(super) fn of(&self, log: &Path) -> Option<PathBuf> {
        let matches = |pattern: &str| {
            Path::new(pattern) == log || glob::Pattern::new(pattern).is_ok_and(|pattern| pattern.matches_path(log))
        };
        let own =
            self.of_logs.iter().find(|(pattern, _)| matches(pattern)).and_then(|(_, directory)| directory.as_ref());
        let directory = own.or(self.default.as_ref())?;
        Some(log.parent()?.join(directory))
    }

    fn read_file(&mut self, path: &Path, depth: usize) {
        let Ok(text) = fs::read_to_string(path) else { return };
        let mut logs: Vec<String> = Vec::new();
        let (mut block, mut script) = (None::<Option<PathBuf>>, false);
        for line in text.lines().map(|line| line.split('#').next().unwrap_or_default().trim()) {
            let words = words(line);
            let first = words.first().map(String::as_str).unwrap_or_default();
            match first {
                _ if script => script = first != "endscript",
                "postrotate" | "prerotate" | "firstaction" | "lastaction" | "preremove" => script = true,
                "olddir" => match &mut block {
                    Some(directory) => *directory = words.get(1).map(PathBuf::from),
                    None => self.default = words.get(1).map(PathBuf::from),
                },
                "include" if block.is_none() && depth < DEPTH_MAX => self.include(&words, depth),
                _ if block.is_none() => {
                    logs.extend(words.iter().filter(|word| word.starts_with('/')).cloned());
                    block = line.ends_with('{').then_some(None);
                }
                _ => {}
            }
            if line == "}" {
                let directory = block.take().flatten();
                self.of_logs.extend(logs.drain(..).map(|log| (log, directory.clone())));
            }
        }
    }

    /// A file, or all files of a directory.
    fn include(&mut self, words: &[String], depth: usize) {
        let Some(path) = words.get(1).map(PathBuf::from) else { return };
        let Ok(entries) = fs::read_dir(&path) else { return self.read_file(&path, depth + 1) };
        let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        files.sort();
        files.iter().for_each(|file| self.read_file(file, depth + 1));
    }
}

/// The words of a line, without quotes and without the brace that opens a block.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for letter in line.chars() {
        match (quote, letter) {
            (Some(open), letter) if open == letter => quote = None,
            (None, '"' | '\'') => quote = Some(letter),
            (None, letter) if letter.is_whitespace() || letter == '{' || letter == '=' => {
                words.push(std::mem::take(&mut word));
            }
            _ => word.push(letter),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_directories_are_found_for_the_logs_they_are_for() {
        let directory = tempfile::tempdir().unwrap();
        let main = directory.path().join("logrotate.conf");
        let included = directory.path().join("d");
        fs::create_dir(&included).unwrap();
        fs::write(&main, format!("weekly # comment\nolddir /var/old\ninclude {}\n", included.display())).unwrap();
        let nginx = "/var/log/nginx/*.log\n\"/srv/a b.log\" {\n  daily\n  olddir archive\n  postrotate\n    olddir /no\n  endscript\n}\n/x/y.log {\n}\n";
        fs::write(included.join("nginx"), nginx).unwrap();
        let found = OldDirs::read(&main);
        for (log, expected) in [
            ("/var/log/nginx/access.log", "/var/log/nginx/archive"),
            ("/srv/a b.log", "/srv/archive"),
            ("/x/y.log", "/var/old"),
            ("/elsewhere.log", "/var/old"),
        ] {
            assert_eq!(found.of(log.as_ref()), Some(expected.into()), "{log}");
        }
        assert_eq!(OldDirs::read(&directory.path().join("none")).of("/x/y.log".as_ref()), None);
    }
}
