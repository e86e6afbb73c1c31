//! Upstream lists whose end looks like a place between two of their elements: `$upstream_addr: $request`, or several behind
//! one another as in `$upstream_status, $upstream_response_time`.
//! Knows: that all lists of a line have as many elements. Does not know: what the elements say.

use super::span::SEPARATORS;
use super::template::Step;

/// Whether what begins here belongs to a separator that began before: the `: ` of ` : `.
pub(super) fn is_inside_separator(text: &[u8], at: usize) -> bool {
    at > 0 && text[at - 1..].starts_with(b" : ")
}

/// Where the first of several lists ends, with nothing but separators between them. `None`: these steps do not begin so.
pub(super) fn even_end(steps: &[Step], text: &[u8]) -> Option<usize> {
    let between = steps.first().filter(|step| step.class.is_list())?.literal.bytes();
    if !SEPARATORS.contains(&between) {
        return None;
    }
    let joined = 1 + steps.iter().take_while(|step| step.literal.bytes() == between).count().min(steps.len() - 1);
    let lists = steps[..joined].iter().filter(|step| step.class.is_list()).count();
    let ends = element_ends(text);
    let elements = (ends.len() + lists).checked_sub(joined)? / lists;
    ends.get(elements.checked_sub(1)?).copied().filter(|&end| text[end..].starts_with(between))
}

/// The ends of elements up to one behind which there is no separator.
fn element_ends(text: &[u8]) -> Vec<usize> {
    let mut ends = Vec::new();
    let mut start = 0;
    while ends.len() < ELEMENTS_MAX {
        let end = start + text[start..].iter().position(|byte| b" ,".contains(byte)).unwrap_or(text.len() - start);
        ends.push(end);
        let Some(separator) = SEPARATORS.iter().find(|separator| text[end..].starts_with(separator)) else { break };
        start = end + separator.len();
    }
    ends
}

/// Tries of one request, several times over; a client may write commas as it likes.
const ELEMENTS_MAX: usize = 128;

#[cfg(test)]
mod tests {
    use super::super::LogFormat;
    use super::super::escape::Escape;

    /// Statuses and response times of the attempts.
    #[track_caller]
    fn check(format: &str, line: &str, expected: &[(&str, u16, u32)]) {
        let format = LogFormat::compile(format, Escape::Default).expect("a format");
        let record = format.parse(line.as_bytes()).unwrap_or_else(|error| panic!("{line}: {error:?}"));
        let attempts = record.attempts.iter().map(|one| {
            let address = String::from_utf8_lossy(one.address).into_owned();
            (address, one.status.and_then(|status| status.code()).unwrap_or(0), one.response.unwrap_or(0))
        });
        let attempts: Vec<_> = attempts.collect();
        let attempts: Vec<_> = attempts.iter().map(|(address, status, ms)| (address.as_str(), *status, *ms)).collect();
        assert_eq!(attempts, expected, "{line}");
    }

    #[test]
    fn lists_behind_one_another_have_as_many_elements() {
        const ALL: &str = "$status, $upstream_addr, $upstream_status, $upstream_response_time, $request_time";
        check(ALL, "200, a:1, 200, 0.001, 0.002", &[("a:1", 200, 1)]);
        check(ALL, "200, a:1, b:2, 502, 200, 0.000, 0.001, 0.002", &[("a:1", 502, 0), ("b:2", 200, 1)]);
        check(
            ALL,
            "200, a:1, b:2 : c:3, 502, 504 : 200, 0.001, 3.000 : 0.002, 3.010",
            &[("a:1", 502, 1), ("b:2", 504, 3000), ("c:3", 200, 2)],
        );
        check(ALL, "200, -, -, -, 0.002", &[]);
        const LAST: &str = "$status ($upstream_status, $upstream_response_time) \"$http_user_agent\"";
        check(LAST, "200 (502, 200, 0.000, 0.001) \"a, b\"", &[("", 502, 0), ("", 200, 1)]);
        check(LAST, "200 (200, 0.001) \"a, b\"", &[("", 200, 1)]);
        const AGENT: &str = "$status $upstream_status, $upstream_response_time, $http_user_agent";
        check(AGENT, "200 200, 0.001, Mozilla/5.0 (a, b)", &[("", 200, 1)]);
        check(AGENT, "200 502, 200, 0.001, 0.002, curl", &[("", 502, 1), ("", 200, 2)]);
    }

    #[test]
    fn a_list_before_a_colon_may_hold_redirects() {
        const COLON: &str = "to: $upstream_addr: $request $status in $upstream_response_time";
        check(COLON, "to: a:1: GET / HTTP/1.1 200 in 0.001", &[("a:1", 0, 1)]);
        check(
            COLON,
            "to: a:1 : unix:/b.sock: GET / HTTP/1.1 200 in 0.001 : 0.002",
            &[("a:1", 0, 1), ("unix:/b.sock", 0, 2)],
        );
        check(COLON, "to: a:1, b:2: GET / HTTP/1.1 200 in 0.001, 0.002", &[("a:1", 0, 1), ("b:2", 0, 2)]);
        check(COLON, "to: -: GET /a: b HTTP/1.1 200 in -", &[]);
    }
}
