//! Parts of lines, joined wherever a read ends.

use super::*;

fn text(line: Line<'_>) -> String {
    match line {
        Line::Complete(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Line::TooLong => "TOO LONG".to_owned(),
    }
}

/// The lines of a stream that is read so many bytes at a time, and consumed as it can be.
fn lines(bytes: &[u8], read: usize, line_bytes_max: usize, at_end: bool) -> Vec<String> {
    let (mut lines, mut inside, mut joined) = (Vec::new(), Inside::default(), Joined::default());
    let (mut start, mut end) = (0, 0);
    while end < bytes.len() {
        end = (end + read).min(bytes.len());
        let at_end = at_end && end == bytes.len();
        let on_line = |line: Line<'_>| lines.push(text(line));
        start += split_joined(&bytes[start..end], line_bytes_max, at_end, &mut inside, &mut joined, on_line);
    }
    lines
}

fn cri(parts: &[(&str, &str, &str)]) -> Vec<u8> {
    let line = |(stream, flag, text): &(&str, &str, &str)| format!("2026-11-21T14:17:26.1Z {stream} {flag} {text}\n");
    parts.iter().map(line).collect::<String>().into_bytes()
}

const OUT: &str = "2026-11-21T14:17:26.1Z stdout F ";
const ERR: &str = "2026-11-21T14:17:26.1Z stderr F ";

#[test]
fn parts_are_joined_by_stream_wherever_a_read_ends() {
    let log = cri(&[
        ("stdout", "F", "one"),
        ("stdout", "P", "two, "),
        ("stderr", "P", "five, "),
        ("stdout", "P", "three, "),
        ("stderr", "F", "six"),
        ("stdout", "F", "four"),
        ("stderr", "F", "seven"),
    ]);
    let expected = ["one", "five, six", "two, three, four", "seven"];
    let expected = expected.into_iter().zip([OUT, ERR, OUT, ERR]).map(|(text, head)| format!("{head}{text}"));
    let expected: Vec<String> = expected.collect();
    for read in 1..=log.len() {
        assert_eq!(lines(&log, read, 1000, false), expected, "{read} bytes at a time");
    }
}

#[test]
fn docker_parts_end_with_the_newline_inside() {
    let log = br#"{"log":"a \"","stream":"stdout","time":"1"}
{"log":"err\n","stream":"stderr","time":"2"}
{"log":"b\\n","stream":"stdout","time":"3"}
{"log":"c\n","stream":"stdout","time":"4"}
"#;
    let expected =
        [r#"{"log":"err\n","stream":"stderr","time":"2"}"#, r#"{"log":"a \"b\\nc\n","stream":"stdout","time":"4"}"#];
    for read in 1..=log.len() {
        assert_eq!(lines(log, read, 1000, false), expected, "{read} bytes at a time");
    }
}

#[test]
fn nothing_before_an_unfinished_line_is_held_back_and_nothing_in_it_is_consumed() {
    let log = cri(&[("stdout", "F", "one"), ("stdout", "P", "two"), ("stderr", "F", "three")]);
    let (mut inside, mut joined) = (Inside::default(), Joined::default());
    let mut read = Vec::new();
    let done = split_joined(&log, 1000, false, &mut inside, &mut joined, |line| read.push(text(line)));
    assert_eq!((read, done), (vec![format!("{OUT}one")], OUT.len() + 4));
    // What nobody will finish is a line all the same.
    assert_eq!(lines(&log, log.len(), 1000, true), [format!("{OUT}one"), format!("{ERR}three"), format!("{OUT}two")]);
}

#[test]
fn a_line_that_is_too_long_in_parts_is_told_once() {
    let long = "x".repeat(600);
    let log = cri(&[("stdout", "P", &long), ("stdout", "P", &long), ("stdout", "F", &long), ("stdout", "F", "one")]);
    assert_eq!(lines(&log, 64, 1000, false), ["TOO LONG".to_owned(), format!("{OUT}one")]);
}

#[test]
fn an_unfinished_line_is_not_waited_for_for_ever() {
    let long = "x".repeat(15_000);
    let mut parts = vec![("stdout", "P", "begun")];
    parts.resize(12, ("stderr", "F", long.as_str()));
    parts.extend([("stdout", "P", "more"), ("stdout", "F", "end"), ("stdout", "F", "one")]);
    let log = cri(&parts);
    for read in [1000, 40_000, log.len()] {
        let read = lines(&log, read, 64 << 10, false);
        let others = read.iter().filter(|line| line.starts_with(ERR)).count();
        let out: Vec<_> = read.iter().filter(|line| !line.starts_with(ERR)).collect();
        assert_eq!(others, 11);
        match out.as_slice() {
            [line, one] if *line == &format!("{OUT}begunmoreend") => assert_eq!(*one, &format!("{OUT}one")),
            out => assert_eq!(out, [&"TOO LONG".to_owned(), &format!("{OUT}one")]),
        }
    }
}
