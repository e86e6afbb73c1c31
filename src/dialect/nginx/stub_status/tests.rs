use super::{NotStubStatus, StubStatus, parse};
use proptest::prelude::*;

const PAGE: &str = "Active connections: 291 \nserver accepts handled requests\n 16630948 16630940 31070465 \n\
                    Reading: 6 Writing: 179 Waiting: 106 \n";
const READING: StubStatus = StubStatus {
    active: 291,
    accepts: 16_630_948,
    handled: 16_630_940,
    requests: 31_070_465,
    reading: 6,
    writing: 179,
    waiting: 106,
};

#[test]
fn pages() {
    let tengine = PAGE.replace("requests\n", "requests request_time\n").replace("31070465", "31070465 98712345");
    let more_handled_than_accepted = PAGE.replace("16630948", "1");
    for (page, expected) in [
        (PAGE.to_owned(), READING),
        (PAGE.replace('\n', "\r\n"), READING),
        (PAGE.trim_end().to_owned(), READING),
        (format!("\n{PAGE}\n \n"), READING),
        (tengine, READING),
        (more_handled_than_accepted, StubStatus { accepts: 1, ..READING }),
        (PAGE.replace("291", &u64::MAX.to_string()), StubStatus { active: u64::MAX, ..READING }),
    ] {
        assert_eq!(parse(page.as_bytes()), Ok(expected), "{page}");
    }
}

#[test]
fn other_pages() {
    let words = "its words are not those of nginx; does the address point at another page?";
    let number = "something else stands where a number belongs";
    let long = "it is far too long; does the address point at another page?";
    for (page, reason) in [
        (String::new(), words),
        ("<html><h1>404 Not Found</h1></html>".to_owned(), words),
        ("{\"connections\":{\"active\":1}}".to_owned(), words),
        (format!("<html>{}</html>", " ".repeat(2_000_000)), long),
        (PAGE.replace("accepts handled", "handled accepts"), words),
        (PAGE.replace("291", "many"), number),
        (PAGE.replace("291", "-1"), number),
        (PAGE.replace("291", "+1"), number),
        (PAGE.replace("291", "18446744073709551616"), number),
        (PAGE.replace("requests\n", "requests request_time\n"), number),
        (PAGE.replace("31070465", "31070465 98712345"), words),
        (PAGE.replace("106", ""), "it ends before its last number"),
        (format!("{PAGE}1"), "more follows after its last number"),
    ] {
        assert_eq!(parse(page.as_bytes()), Err(NotStubStatus(reason)), "{page:.200}");
    }
    assert_eq!(parse(b"Active \xff"), Err(NotStubStatus("it is not text")));
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn any_damage_to_a_page_is_survived(at in 0..PAGE.len(), byte in any::<u8>(), keep in 0..=PAGE.len()) {
        let mut page = PAGE.as_bytes().to_vec();
        page[at] = byte;
        let _ = parse(&page[..keep]);
    }
}
