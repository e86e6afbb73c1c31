//! The moment of a line. Knows: the notations that logs share, their digits, months and zones.
//! Does not know: the time of day, which product writes which notation.

/// A line's own time, parsed only when somebody asks: few lines need it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Time<'a> {
    /// The log has none.
    #[default]
    Absent,
    Text(&'a [u8], Notation),
    /// Milliseconds since 1970.
    Unix(i64),
}

/// How a time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notation {
    /// The Common Log Format's `21/Nov/2026:14:17:26 +0000`.
    Clf,
    /// `2026-11-21T14:17:26+00:00`, also with `Z` and with a fraction.
    Iso,
    /// Seconds since 1970, with or without decimals: `1795270646.123`.
    Seconds,
    /// Local time without its zone: no instant can be told from it.
    Zoneless,
}

impl<'a> Time<'a> {
    /// Tells the notation by its look.
    pub fn of(text: &'a [u8]) -> Time<'a> {
        let notation = match (text.get(2), text.get(4)) {
            (Some(b'/'), _) => Notation::Clf,
            (_, Some(b'-')) => Notation::Iso,
            _ => Notation::Seconds,
        };
        Time::Text(text, notation)
    }

    /// Milliseconds since 1970. `None`: there is no time, or its text is none.
    pub fn unix_millis(&self) -> Option<i64> {
        match self {
            Time::Absent | Time::Text(_, Notation::Zoneless) => None,
            Time::Text(text, Notation::Clf) => clf(text),
            Time::Text(text, Notation::Iso) => iso(text),
            Time::Text(text, Notation::Seconds) => seconds(text),
            Time::Unix(millis) => Some(*millis),
        }
    }
}

const MILLIS_PER_DAY: i64 = 86_400_000;
const MONTHS: [&[u8]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];

/// `21/Nov/2026:14:17:26 +0000`
fn clf(text: &[u8]) -> Option<i64> {
    let [
        d1,
        d2,
        b'/',
        m1,
        m2,
        m3,
        b'/',
        year @ ..,
        b':',
        h1,
        h2,
        b':',
        n1,
        n2,
        b':',
        s1,
        s2,
        b' ',
        sign,
        z1,
        z2,
        z3,
        z4,
    ] = text
    else {
        return None;
    };
    let month = MONTHS.iter().position(|name| *name == [*m1, *m2, *m3])?;
    let date = Date { year: number(year, 4)?, month: month as i64 + 1, day: number(&[*d1, *d2], 2)? };
    let clock = clock(&[*h1, *h2], &[*n1, *n2], &[*s1, *s2])?;
    Some(date.millis()? + clock - zone(*sign, &[*z1, *z2], &[*z3, *z4])?)
}

/// `2026-11-21T14:17:26+00:00`
fn iso(text: &[u8]) -> Option<i64> {
    let (date_and_clock, rest) = text.split_at_checked("2026-11-21T14:17:26".len())?;
    let [year @ .., b'-', m1, m2, b'-', d1, d2, b'T' | b' ', h1, h2, b':', n1, n2, b':', s1, s2] = date_and_clock
    else {
        return None;
    };
    let date = Date { year: number(year, 4)?, month: number(&[*m1, *m2], 2)?, day: number(&[*d1, *d2], 2)? };
    let clock = clock(&[*h1, *h2], &[*n1, *n2], &[*s1, *s2])?;
    let digits = rest.strip_prefix(b".").map_or(0, |rest| rest.iter().take_while(|it| it.is_ascii_digit()).count());
    let (fraction, offset) = if digits == 0 { (&b""[..], rest) } else { (&rest[1..=digits], &rest[digits + 1..]) };
    let offset = match offset {
        b"Z" => 0,
        [sign, z1, z2, b':', z3, z4] => zone(*sign, &[*z1, *z2], &[*z3, *z4])?,
        _ => return None,
    };
    Some(date.millis()? + clock + millis_of(fraction) - offset)
}

/// `1795270646.123`
fn seconds(text: &[u8]) -> Option<i64> {
    let point = text.iter().position(|&byte| byte == b'.').unwrap_or(text.len());
    let (seconds, fraction) = (&text[..point], text.get(point + 1..).unwrap_or_default());
    let valid = fraction.iter().all(u8::is_ascii_digit);
    let seconds = number(seconds, seconds.len()).filter(|_| valid)?;
    seconds.checked_mul(1000)?.checked_add(millis_of(fraction))
}

struct Date {
    year: i64,
    month: i64,
    day: i64,
}

impl Date {
    /// Days since 1970 in milliseconds. Counts years from March, so that the leap day is the last of its year
    /// and a month's start is a straight line through 153 days per five months.
    fn millis(&self) -> Option<i64> {
        if !(1..=12).contains(&self.month) || !(1..=31).contains(&self.day) {
            return None;
        }
        let year = if self.month > 2 { self.year } else { self.year - 1 };
        let months_since_march = (self.month + 9) % 12;
        let day_of_year = (153 * months_since_march + 2) / 5 + self.day - 1;
        let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
        /// The days from the first of March of year 0 to the first of January 1970.
        const DAYS_TO_1970: i64 = 719_468;
        Some((year * 365 + leap_days + day_of_year - DAYS_TO_1970) * MILLIS_PER_DAY)
    }
}

fn clock(hour: &[u8], minute: &[u8], second: &[u8]) -> Option<i64> {
    let (hour, minute, second) = (number(hour, 2)?, number(minute, 2)?, number(second, 2)?);
    // A leap second is written as 60.
    (hour < 24 && minute < 60 && second <= 60).then_some(((hour * 60 + minute) * 60 + second) * 1000)
}

fn zone(sign: u8, hours: &[u8], minutes: &[u8]) -> Option<i64> {
    let millis = (number(hours, 2)? * 60 + number(minutes, 2)?) * 60_000;
    match sign {
        b'+' => Some(millis),
        b'-' => Some(-millis),
        _ => None,
    }
}

/// Digits of exactly this many places. `None` also for a number beyond all times.
fn number(digits: &[u8], places: usize) -> Option<i64> {
    let whole = digits.len() == places && !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    if !whole {
        return None;
    }
    digits.iter().try_fold(0_i64, |number, digit| number.checked_mul(10)?.checked_add(i64::from(digit - b'0')))
}

/// The first three decimals; the caller has seen that they are digits.
fn millis_of(fraction: &[u8]) -> i64 {
    (0..3).fold(0, |millis, place| millis * 10 + fraction.get(place).map_or(0, |digit| i64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::{Notation, Time};

    #[test]
    fn three_notations_and_their_zones() {
        let cases = [
            ("21/Nov/2026:14:17:26 +0000", Some(1_795_270_646_000)),
            ("21/Nov/2026:19:47:26 +0530", Some(1_795_270_646_000)),
            ("21/Nov/2026:04:17:26 -1000", Some(1_795_270_646_000)),
            ("01/Jan/1970:00:00:00 +0000", Some(0)),
            ("29/Feb/2000:12:00:00 +0000", Some(951_825_600_000)),
            ("31/Dec/2099:23:59:60 +0000", Some(4_102_444_800_000)),
            ("21/Nov/2026:24:17:26 +0000", None),
            ("21/Nob/2026:14:17:26 +0000", None),
            ("21/Nov/226:14:17:26 +0000", None),
            ("00/Nov/2026:14:17:26 +0000", None),
            ("2026-11-21T14:17:26+00:00", Some(1_795_270_646_000)),
            ("2026-11-21T14:17:26-00:30", Some(1_795_272_446_000)),
            ("2026-11-21T14:17:26.5Z", Some(1_795_270_646_500)),
            ("2026-11-21T14:17:26.123456+00:00", Some(1_795_270_646_123)),
            ("2026-11-21T14:17:26", None),
            ("2026-13-21T14:17:26Z", None),
            ("1795270646.123", Some(1_795_270_646_123)),
            ("1795270646", Some(1_795_270_646_000)),
            ("1795270646.1x3", None),
            ("99999999999999999999.000", None),
            ("", None),
            ("-", None),
        ];
        for (text, expected) in cases {
            assert_eq!(Time::of(text.as_bytes()).unix_millis(), expected, "{text}");
        }
        assert_eq!(Time::Text(b"2026/11/21 14:17:26", Notation::Zoneless).unix_millis(), None);
        assert_eq!(Time::Unix(7).unix_millis(), Some(7));
    }
}
