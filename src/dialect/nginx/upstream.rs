//! The `$upstream_*` lists: one element per try, `, ` between tries and ` : ` between internal redirects
//! (source: ngx_http_upstream.c, ngx_http_upstream_addr_variable and its siblings).

use memchr::memchr_iter;

use super::access::{Millis, value};

/// The raw lists of one line. `None`: the format does not log that variable
/// (so `connect_time: Some("-")` says "still connecting", and `None` says nothing).
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Upstream<'a> {
    pub addr: Option<&'a [u8]>,
    pub status: Option<&'a [u8]>,
    pub connect_time: Option<&'a [u8]>,
    pub header_time: Option<&'a [u8]>,
    pub response_time: Option<&'a [u8]>,
}

/// One try against one upstream server. A time is `None` where it was `-`, empty or not logged.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Try<'a> {
    /// `127.0.0.1:9001`, `unix:/run/x.sock`, or a group's name when no server of it was alive; empty where not logged.
    pub addr: &'a [u8],
    /// `None` for `-`: no status line came (the try was in progress when the request ended).
    pub status: Option<u16>,
    pub connect_time: Option<Millis>,
    pub header_time: Option<Millis>,
    pub response_time: Option<Millis>,
}

impl<'a> Upstream<'a> {
    /// Each try in order. Nothing where no upstream was involved, and nothing for an element whose address is logged
    /// but empty and that has no status: nginx got no socket for it (or an internal redirect led elsewhere),
    /// so no server was tried.
    pub fn tries(&self) -> impl Iterator<Item = Try<'a>> + use<'a> {
        let single = self.single();
        let lists = single.is_none().then(|| self.lists());
        single.flatten().into_iter().chain(lists.into_iter().flatten())
    }

    /// The same for every line of a log: a try is looked at where it was made.
    #[inline(always)]
    pub fn for_each_try(&self, mut on_try: impl FnMut(usize, &Try<'a>)) {
        match self.single() {
            Some(None) => {}
            Some(Some(one)) => on_try(0, &one),
            None => self.lists().enumerate().for_each(|(at, one)| on_try(at, &one)),
        }
    }

    /// The one try that most requests have, or none; `None` where there may be several and the lists must be taken apart.
    #[inline(always)]
    fn single(&self) -> Option<Option<Try<'a>>> {
        let plain = |text: Option<&[u8]>| text.is_none_or(|text| !text.contains(&b' '));
        if !plain(self.addr) || !plain(self.status) {
            return None;
        }
        let addr = self.addr.and_then(value::present).unwrap_or_default();
        let status = self.status.and_then(value::present);
        let connect_time = single_time(self.connect_time)?;
        let header_time = single_time(self.header_time)?;
        let response_time = single_time(self.response_time)?;
        let no_socket = self.addr == Some(b"") && status.is_none();
        let timed = connect_time.is_some() || header_time.is_some() || response_time.is_some();
        let is_try = !no_socket && (timed || status.is_some() || !addr.is_empty());
        let status = status.and_then(value::status);
        Some(is_try.then_some(Try { addr, status, connect_time, header_time, response_time }))
    }

    fn lists(&self) -> Lists<'a> {
        let texts = [self.addr, self.status, self.connect_time, self.header_time, self.response_time];
        Lists(texts.map(Elements))
    }

    /// The last try, which decided the response.
    pub fn last(&self) -> Option<Try<'a>> {
        self.tries().last()
    }
}

/// The texts of one try, in the order of the fields of [`Upstream`].
type Texts<'a> = [Option<&'a [u8]>; 5];

/// A time that is no list: absent, or below ten seconds as nearly all are. `None` for all others.
#[inline(always)]
fn single_time(text: Option<&[u8]>) -> Option<Option<Millis>> {
    match text {
        None | Some(b"" | b"-") => Some(None),
        Some(text @ [_, b'.', _, _, _]) => value::millis(text).map(Some),
        Some(_) => None,
    }
}

/// Among the elements of lists a `-` is a value that never came, while alone it is nginx's word for "no upstream".
fn is_try(texts: &Texts<'_>) -> bool {
    let no_socket = texts[0] == Some(b"") && texts[1].and_then(value::present).is_none();
    !no_socket && texts.iter().flatten().any(|text| !text.is_empty())
}

impl<'a> Try<'a> {
    fn of([addr, status, connect_time, header_time, response_time]: Texts<'a>) -> Try<'a> {
        Try {
            addr: addr.and_then(value::present).unwrap_or_default(),
            status: status.and_then(value::status),
            connect_time: connect_time.and_then(value::millis),
            header_time: header_time.and_then(value::millis),
            response_time: response_time.and_then(value::millis),
        }
    }
}

/// The lists side by side, until the longest is used up.
struct Lists<'a>([Elements<'a>; 5]);

impl<'a> Iterator for Lists<'a> {
    type Item = Try<'a>;

    fn next(&mut self) -> Option<Try<'a>> {
        while self.0.iter().any(|list| list.0.is_some()) {
            let texts = self.0.each_mut().map(Iterator::next);
            if is_try(&texts) {
                return Some(Try::of(texts));
            }
        }
        None
    }
}

/// The rest of a list; `None` when it is used up.
struct Elements<'a>(Option<&'a [u8]>);

impl<'a> Elements<'a> {
    /// Where the next separator stands, and how long it is.
    fn separator(list: &[u8]) -> Option<(usize, usize)> {
        memchr_iter(b' ', list).find_map(|blank| {
            let after_comma = blank > 0 && list[blank - 1] == b',';
            let redirect = list[blank..].starts_with(b" : ");
            if after_comma { Some((blank - 1, 2)) } else { redirect.then_some((blank, 3)) }
        })
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let list = self.0?;
        let Some((at, length)) = Self::separator(list) else { return self.0.take() };
        self.0 = Some(&list[at + length..]);
        Some(&list[..at])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Addresses, statuses and response times as logged, and the tries they tell of.
    fn check(logged: [Option<&str>; 3], expected: &[(&str, Option<u16>, Option<Millis>)]) {
        let [addr, status, response_time] = logged.map(|text| text.map(str::as_bytes));
        let upstream = Upstream { addr, status, response_time, ..Upstream::default() };
        let tries = upstream.tries().map(|it| (std::str::from_utf8(it.addr).unwrap(), it.status, it.response_time));
        assert_eq!(tries.collect::<Vec<_>>(), expected, "{logged:?}");
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
    fn what_was_no_try_is_none() {
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
