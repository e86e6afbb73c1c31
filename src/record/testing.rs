//! Records with attempts for tests, written as columns of words.

use super::{Attempt, Attempts, Column, Columns, Record, Sight, Status};

const COLUMNS: [Column; 5] = [
    Column::AttemptAddress,
    Column::AttemptStatus,
    Column::AttemptConnect,
    Column::AttemptHeader,
    Column::AttemptResponse,
];

/// `address|status|connect|header|response`, each a list with `, ` between attempts, empty where not logged.
/// A time in milliseconds. `-`: it never came. A status with `*`: the proxy's own; with `?`: whose is not logged.
pub fn tried<'a>(record: Record<'a>, text: &'a str) -> Record<'a> {
    let (mut columns, mut sight): (Columns<'a>, Sight) = ([None; 5], record.sight);
    for ((place, column), list) in columns.iter_mut().zip(COLUMNS).zip(text.split('|')) {
        if !list.is_empty() {
            *place = Some(list.as_bytes());
            sight = sight.and(Sight::of(&[column]));
        }
    }
    Record { sight, attempts: Attempts::Listed { columns, next }, ..record }
}

fn next<'a>(columns: &mut Columns<'a>) -> Option<Attempt<'a>> {
    if columns.iter().all(Option::is_none) {
        return None;
    }
    let [address, status, connect, header, response] = columns.each_mut().map(take);
    let number = |text: Option<&str>| text.and_then(|text| text.parse().ok());
    Some(Attempt {
        address: address.filter(|text| *text != "-").unwrap_or_default().as_bytes(),
        status: status.map(|text| Status::from(text.trim_end_matches(['*', '?']).parse().ok())),
        answered: match status {
            Some(text) if text.ends_with('?') => None,
            Some(text) => Some(text != "-" && !text.ends_with('*')),
            None => header.map(|text| text != "-"),
        },
        connect: number(connect),
        header: number(header),
        response: number(response),
    })
}

fn take<'a>(column: &mut Option<&'a [u8]>) -> Option<&'a str> {
    let list = std::str::from_utf8((*column)?).expect("text");
    let (first, rest) = list.split_once(", ").map_or((list, None), |(first, rest)| (first, Some(rest.as_bytes())));
    *column = rest;
    Some(first)
}
