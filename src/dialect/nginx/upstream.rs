//! The `$upstream_*` lists: one element per attempt, `, ` between attempts and ` : ` between internal redirects
//! (source: ngx_http_upstream.c, ngx_http_upstream_addr_variable and its siblings).
//! Knows: which statuses nginx writes there itself. Does not know: the line around the lists.

use memchr::memchr_iter;

use super::value;
use crate::record::{Attempt, Attempts, Columns, Millis, Status};

/// The attempts of which the lists tell: `$upstream_addr`, `_status`, `_connect_time`, `_header_time`, `_response_time`,
/// `None` for one that the format does not log.
///
/// There is none where no upstream was involved, and none for an element whose address is logged but empty and that
/// has no status: nginx got no socket for it (or an internal redirect led elsewhere), so no server was tried.
#[inline(always)]
pub(super) fn attempts<'a>(lists: &Columns<'a>) -> Attempts<'a> {
    if lists.iter().all(Option::is_none) {
        return Attempts::None;
    }
    match single(lists) {
        Some(None) => Attempts::None,
        Some(Some(one)) => Attempts::One(one),
        None => {
            let next = match (lists[1].is_some(), lists[3].is_some()) {
                (true, true) => next::<true, true>,
                (true, false) => next::<true, false>,
                (false, true) => next::<false, true>,
                (false, false) => next::<false, false>,
            };
            Attempts::Listed { columns: *lists, next }
        }
    }
}

/// The one attempt that most requests have, or none; `None` where there may be several and the lists must be taken
/// apart. Saves 12 % of a kv line's instructions.
#[inline(always)]
fn single<'a>(&[addr, status, connect, header, response]: &Columns<'a>) -> Option<Option<Attempt<'a>>> {
    let plain = |text: Option<&[u8]>| text.is_none_or(|text| !text.contains(&b' '));
    if !plain(addr) || !plain(status) {
        return None;
    }
    let address = addr.and_then(value::present).unwrap_or_default();
    let code = status.and_then(value::present);
    let connect = single_time(connect)?;
    let header_logged = header.is_some();
    let header = single_time(header)?;
    let response = single_time(response)?;
    let no_socket = addr == Some(b"") && code.is_none();
    let timed = connect.is_some() || header.is_some() || response.is_some();
    let is_attempt = !no_socket && (timed || code.is_some() || !address.is_empty());
    let code = code.and_then(value::status);
    let answered = is_answer(status.is_some(), code, header_logged, header);
    let status = status.map(|_| Status::from(code));
    Some(is_attempt.then_some(Attempt { address, status, answered, connect, header, response }))
}

/// A time that is no list: absent, or below ten seconds as nearly all are. `None` for all others.
#[inline(always)]
fn single_time(text: Option<&[u8]>) -> Option<Option<Millis>> {
    match text {
        None | Some(b"" | b"-") => Some(None),
        Some(text @ [_, b'.', _, _, _]) => value::millis(text).map(Some),
        Some(_) => None,
    }
}

/// nginx writes 502 and 504 for failures of its own, too (ngx_http_upstream_next in ngx_http_upstream.c), so only a
/// response head that arrived tells that the upstream sent them. Any other code it writes only when the upstream did.
/// `None`: what would tell is not logged.
fn is_answer(status_logged: bool, code: Option<u16>, header_logged: bool, header: Option<Millis>) -> Option<bool> {
    let by_header = header_logged.then_some(header.is_some());
    match code {
        None if status_logged => Some(false),
        None | Some(502 | 504) => by_header,
        Some(_) => Some(true),
    }
}

/// Takes the next attempt off the lists, until the longest is used up: then that is all of it that was logged.
fn next<'a, const STATUS_LOGGED: bool, const HEADER_LOGGED: bool>(lists: &mut Columns<'a>) -> Option<Attempt<'a>> {
    while lists.iter().any(Option::is_some) {
        let texts = lists.each_mut().map(take);
        if is_attempt(&texts) {
            return Some(attempt(texts, STATUS_LOGGED, HEADER_LOGGED));
        }
    }
    None
}

fn attempt(
    [addr, status, connect, header, response]: Columns<'_>,
    status_logged: bool,
    header_logged: bool,
) -> Attempt<'_> {
    let code = status.and_then(value::status);
    let header = header.and_then(value::millis);
    Attempt {
        address: addr.and_then(value::present).unwrap_or_default(),
        status: status_logged.then(|| Status::from(code)),
        answered: is_answer(status_logged, code, header_logged, header),
        connect: connect.and_then(value::millis),
        header,
        response: response.and_then(value::millis),
    }
}

/// The first element of a list, which keeps the rest; `None` once it is used up.
fn take<'a>(list: &mut Option<&'a [u8]>) -> Option<&'a [u8]> {
    let text = (*list)?;
    let Some((at, length)) = separator(text) else { return list.take() };
    *list = Some(&text[at + length..]);
    Some(&text[..at])
}

/// Where the next separator stands, and how long it is.
fn separator(list: &[u8]) -> Option<(usize, usize)> {
    memchr_iter(b' ', list).find_map(|blank| {
        let after_comma = blank > 0 && list[blank - 1] == b',';
        let redirect = list[blank..].starts_with(b" : ");
        if after_comma { Some((blank - 1, 2)) } else { redirect.then_some((blank, 3)) }
    })
}

/// Among the elements of lists a `-` is a value that never came, while alone it is nginx's word for "no upstream".
fn is_attempt(texts: &Columns<'_>) -> bool {
    let no_socket = texts[0] == Some(b"") && texts[1].and_then(value::present).is_none();
    !no_socket && texts.iter().flatten().any(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Addresses, statuses and response times as logged, and the attempts they tell of.
    fn check(logged: [Option<&str>; 3], expected: &[(&str, Option<u16>, Option<Millis>)]) {
        let [address, status, response] = logged.map(|text| text.map(str::as_bytes));
        let all = attempts(&[address, status, None, None, response]);
        let seen = all.iter().map(|it| {
            assert_eq!(it.status.is_some(), status.is_some(), "a status is known where it is logged: {logged:?}");
            (std::str::from_utf8(it.address).unwrap(), it.status.and_then(Status::code), it.response)
        });
        assert_eq!(seen.collect::<Vec<_>>(), expected, "{logged:?}");
    }

    #[test]
    fn nginx_writes_statuses_of_its_own() {
        let answered = |status: &str, header: Option<&str>| {
            let columns = [None, Some(status.as_bytes()), None, header.map(str::as_bytes), None];
            attempts(&columns).iter().map(|it| it.answered).collect::<Vec<_>>()
        };
        assert_eq!(answered("504", Some("-")), [Some(false)], "its own read timeout");
        assert_eq!(answered("504", Some("0.300")), [Some(true)]);
        assert_eq!(answered("504", None), [None], "no time, no sign");
        assert_eq!(answered("502, 502", Some("-, 0.001")), [Some(false), Some(true)]);
        assert_eq!(answered("503", Some("-")), [Some(true)]);
        assert_eq!(answered("-", Some("0.001")), [Some(false)]);
    }

    #[test]
    fn lists_are_read_side_by_side() {
        let all = |addr, status, time| [Some(addr), Some(status), Some(time)];
        check([None; 3], &[]);
        check(all("-", "-", "-"), &[]);
        check(all("", "", ""), &[]);
        check(all("a:1", "200", "0.301"), &[("a:1", Some(200), Some(301))]);
        check(all("a:1", "-", "0.301"), &[("a:1", None, Some(301))]);
        check(all("a:1, b:2", "504, -", "1.000, 0.301"), &[("a:1", Some(504), Some(1000)), ("b:2", None, Some(301))]);
        check(
            all("a:1 : b:2", "502 : 200", "0.000 : 0.001"),
            &[("a:1", Some(502), Some(0)), ("b:2", Some(200), Some(1))],
        );
        check(
            all("a:1, a:1, two", "502, 502, 502", "0.000, 0.000, 0.000"),
            &[("a:1", Some(502), Some(0)), ("a:1", Some(502), Some(0)), ("two", Some(502), Some(0))],
        );
        check(all("unix:/run/x.sock", "009", "0.000"), &[("unix:/run/x.sock", Some(9), Some(0))]);
    }

    #[test]
    fn what_was_no_attempt_is_none() {
        // nginx got no socket: the address is empty, not `-`.
        check([Some(""), Some("-"), Some("0.000")], &[]);
        // The same, then a fallback that answered; and an answer whose fallback got no socket.
        check([Some(" : b:2"), Some("- : 200"), Some("0.000 : 0.001")], &[("b:2", Some(200), Some(1))]);
        check([Some("a:1 : "), Some("502 : "), Some("0.001 : ")], &[("a:1", Some(502), Some(1))]);
    }

    #[test]
    fn lists_that_are_missing_or_short_still_tell_what_they_hold() {
        check([None, Some("502, -"), None], &[("", Some(502), None), ("", None, None)]);
        check([None, Some("-"), Some("0.301")], &[("", None, Some(301))]);
        check([Some("a:1"), Some("502, 200"), None], &[("a:1", Some(502), None), ("", Some(200), None)]);
        check([Some("a:1, b:2"), Some("x"), None], &[("a:1", None, None), ("b:2", None, None)]);
    }
}
