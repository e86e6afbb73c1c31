//! Which of the formats known by name a log has, by its first lines. Knows: that a few lines may be somebody else's.
//! Does not know: where the lines are from.

use super::presets::PRESETS;
use super::{LogFormat, Plan};
use crate::dialect::odd_lines;

impl LogFormat {
    /// The first format that parses about as many of these lines as any, and at least half of them. `extended`, which can
    /// only guess at what stands behind the usual beginning, is taken where no other fits, or all others miss a quarter
    /// of what it reads.
    pub fn detect(lines: &[&[u8]]) -> Option<LogFormat> {
        let (enough, odd) = (lines.len().div_ceil(2).max(1), odd_lines(lines.len()));
        let parsed = |format: &LogFormat| lines.iter().filter(|line| format.may_have_written(line)).count();
        let counted = PRESETS.iter().map(LogFormat::of).map(|format| (parsed(&format), format));
        let mut counted: Vec<(usize, LogFormat)> = counted.collect();
        let (read_so_far, extended) = counted.pop()?;
        let most = counted.iter().map(|(count, _)| *count).max()?;
        let usual = counted.into_iter().find(|(count, _)| *count >= enough && count + odd >= most);
        let is_more = read_so_far > most + odd && read_so_far * 3 > most * 4;
        let chosen = match usual {
            Some((_, format)) if !is_more => Some(format),
            _ => (read_so_far >= enough).then_some(extended),
        };
        chosen.map(|format| format.learned(lines))
    }

    /// Whether it reads the line, and nginx can have written it so: `$remote_addr` is never absent.
    fn may_have_written(&self, line: &[u8]) -> bool {
        let is_client = self.source.starts_with("$remote_addr ") && matches!(self.plan, Plan::QuotedFormat(_));
        !(is_client && line.starts_with(b"- ")) && self.parse(line).is_ok()
    }

    fn learned(mut self, lines: &[&[u8]]) -> LogFormat {
        match &mut self.plan {
            Plan::Labelled(labelled) => *labelled = labelled.learned(lines),
            Plan::Beginning(both) => both.1 = both.1.learned(lines),
            Plan::QuotedFormat(_) | Plan::Padded(_) => {}
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMBINED: &str = r#"192.0.2.1 - - [21/Nov/2026:14:17:26 +0000] "GET /a HTTP/1.1" 499 0 "-" "curl/8""#;

    #[track_caller]
    fn check(lines: &[&str], expected: Option<&str>) {
        let bytes: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
        assert_eq!(LogFormat::detect(&bytes).and_then(|format| format.name()), expected, "{lines:#?}");
    }

    #[test]
    fn one_odd_line_changes_nothing() {
        let kv = format!(r#"{COMBINED} rt=0.1 uct="-" uht="-" urt="-""#);
        let xff = COMBINED.replace("192.0.2.1", "192.0.2.1, 192.0.2.2");
        let json = r#"{"status":499,"request_time":0.1}"#;
        let extended = format!("{COMBINED} odd=1");
        for (usual, name) in [(COMBINED, "combined"), (kv.as_str(), "kv"), (json, "json"), (xff.as_str(), "xff")] {
            for odd in [COMBINED, &kv, &xff, json, &extended, "what is this", ""] {
                for at in 0..4 {
                    let mut lines = vec![usual; 4];
                    lines[at] = odd;
                    check(&lines, Some(name));
                }
            }
        }
    }

    #[test]
    fn what_reads_much_more_is_taken() {
        let labelled = format!("{COMBINED} rt=0.1");
        check(&[COMBINED, COMBINED, &labelled, &labelled], Some("extended"));
        check(&[&labelled, "?"], Some("extended"));
        check(&["?", "?", &labelled], None);
        let (absent, xff) = (COMBINED.replace("192.0.2.1", "-"), COMBINED.replace("192.0.2.1", "192.0.2.1, 192.0.2.2"));
        check(&[&absent, &absent, &absent, &xff], Some("xff"));
        check(&[], None);
    }

    #[test]
    fn a_label_of_one_line_is_none_of_the_log() {
        let line = |forged: &str| format!("{COMBINED} {forged} rt=0.1");
        let lines = [line("-"), line("1.2.3.4 urt=9.5 rt=9.5 host=forged status=200"), line("-")];
        let bytes: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
        let format = LogFormat::detect(&bytes).expect("a format");
        let record = format.parse(bytes[1]).expect("a line");
        assert_eq!((record.server, record.attempts.iter().count()), (None, 0));
        assert_eq!(record.status.map(|it| it.to_string()).as_deref(), Some("499"));
        assert_eq!(record.duration, None, "it is named twice, and only one of them is nginx's");
        assert_eq!(format.parse(bytes[0]).expect("a line").duration, Some(100));
    }

    #[test]
    fn a_key_with_a_list_in_one_line_is_the_upstreams_in_all() {
        let lines = [r#"{"status":499,"response_time":"0.1"}"#, r#"{"status":499,"response_time":"0.1, 0.2"}"#];
        let bytes: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
        let times = |lines: &[&[u8]]| {
            let record = LogFormat::detect(lines).expect("a format").parse(bytes[0]).expect("a line");
            (record.duration, record.attempts.iter().count())
        };
        assert_eq!(times(&bytes), (None, 1));
        assert_eq!(times(&bytes[..1]), (Some(100), 0));
    }
}
