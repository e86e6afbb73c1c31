//! Keys as bytes in, what a view does with them, and what a frame shows.

use super::api::Api;
use super::frame::{Frame, painted};
use super::keys::{Key, keys_of};
use super::view::{Sort, Step, View};
use crate::diagnosis::{Answer, Cause, Confidence, Diagnosis, Evidence, LeftRequest, RouteNow, Unit, WindowAnswer};
use crate::wording::{Line, Style};

#[test]
fn bytes_become_keys() {
    let check = |bytes: &[u8], expected: &[Key]| assert_eq!(keys_of(bytes), expected, "{bytes:?}");
    check(b"q", &[Key::Quit]);
    check(b"\x03", &[Key::Quit]);
    check(b"\x1b", &[Key::Back]);
    check(b"\x1b[A\x1b[B", &[Key::Up, Key::Down]);
    check(b"\x1bOB", &[Key::Down]);
    check(b"jjk\r", &[Key::Down, Key::Down, Key::Up, Key::Open]);
    check(b"\x1b[5~\x1b[6~", &[Key::PageUp, Key::PageDown]);
    // F5, and a paste in brackets: nothing, and what is behind it counts.
    check(b"\x1b[15~s", &[Key::Sort]);
    check(b"\x1b[200~r", &[Key::Reverse]);
    check(b"\x1b[", &[]);
    check("xéz".as_bytes(), &[]);
}

fn route(route: &str, requests: u64, left: u64, errors: u64) -> RouteNow {
    RouteNow { server: "shop".to_owned(), route: route.to_owned(), requests, left, errors }
}

fn cause(route: Option<&str>, sentence: &str) -> Diagnosis {
    Diagnosis {
        cause: Cause::SlowUpstream,
        server: "shop".to_owned(),
        upstream: None,
        route: route.map(str::to_owned),
        confidence: Confidence::Certain,
        sentence: sentence.to_owned(),
        evidence: vec![Evidence::new("answers of others, p95", 4.2, 1.0, Unit::Seconds, "$upstream_header_time")],
        otherwise: String::new(),
        first_fix: "Fix the endpoint.".to_owned(),
        runbook: String::new(),
    }
}

fn answer() -> Answer {
    let diagnosis = vec![cause(Some("/search"), "Search is slow."), cause(Some("/cart"), "Carts are slow.")];
    let left = |route: &str, id: &str| LeftRequest {
        time: "2026-11-27T21:00:00Z".to_owned(),
        server: "shop".to_owned(),
        method: "GET".to_owned(),
        route: route.to_owned(),
        waited_seconds: Some(3.2),
        upstream: None,
        request_id: Some(id.to_owned()),
    };
    Answer {
        host: "web-1".to_owned(),
        trouble: true,
        sentence: "Search is slow.".to_owned(),
        windows: [("1m".to_owned(), WindowAnswer { seconds: 60.0, diagnosis, ..WindowAnswer::default() })].into(),
        routes: vec![route("/search", 1000, 40, 0), route("/cart", 20, 0, 10), route("/a", 500, 30, 1)],
        abandoned: vec![left("/search", "first"), left("/cart", "second")],
        ..Answer::default()
    }
}

fn after(keys: &[Key]) -> View {
    let mut view = View::default();
    keys.iter().for_each(|key| assert_eq!(view.press(*key, &answer(), 24), Step::GoOn));
    view
}

fn order(view: &View) -> Vec<String> {
    view.routes(&answer()).into_iter().map(|row| row.route.clone()).collect()
}

#[test]
fn keys_sort_routes() {
    assert_eq!(order(&after(&[])), ["/search", "/a", "/cart"]);
    let by_share = after(&[Key::Sort]);
    assert_eq!(
        (by_share.sort, order(&by_share)),
        (Sort::Share, ["/cart", "/a", "/search"].map(str::to_owned).to_vec())
    );
    assert_eq!(order(&after(&[Key::Sort, Key::Reverse])), ["/search", "/a", "/cart"]);
    assert_eq!(order(&after(&[Key::Sort; 3])), ["/cart", "/a", "/search"], "by errors");
    assert_eq!(order(&after(&[Key::Sort; 4])), ["/search", "/a", "/cart"], "by requests");
    assert_eq!(order(&after(&[Key::Sort; 5])), ["/a", "/cart", "/search"], "by name");
    assert_eq!(after(&[Key::Sort; 6]).sort, Sort::Lost);
}

#[test]
fn keys_open_a_route_and_close_it() {
    assert_eq!(after(&[Key::Up]).chosen, 0);
    assert_eq!(after(&[Key::Down; 7]).chosen, 2, "there are no more");
    let opened = after(&[Key::Down, Key::Open]);
    assert_eq!(opened.opened, Some(("shop".to_owned(), "/a".to_owned())));
    assert_eq!(after(&[Key::Down, Key::Open, Key::Down]).scroll, 1, "there the arrows scroll");
    assert_eq!(after(&[Key::Down, Key::Open, Key::Back]).opened, None);
    assert_eq!(View::default().press(Key::Quit, &answer(), 24), Step::Quit);
    // The routes may be gone by the time a key is pressed.
    let mut view = after(&[Key::Down, Key::Down]);
    view.press(Key::Open, &Answer::default(), 24);
    assert_eq!(view.opened, None);
}

fn frame<'a>(answer: &'a Answer, view: &'a View) -> Frame<'a> {
    Frame { answer, view: Some(view), from: "http://127.0.0.1:10499", failure: None }
}

#[test]
fn a_frame_fits_its_screen() {
    let (answer, view) = (answer(), after(&[Key::Down]));
    for (columns, rows) in [(80, 24), (40, 10), (200, 60), (1, 1)] {
        let shown = frame(&answer, &view).shown(columns, rows);
        assert_eq!(shown.len(), rows);
        assert!(shown.iter().all(|line| line.text.chars().count() <= columns), "{columns}: {shown:#?}");
    }
    let shown = frame(&answer, &view).shown(80, 24);
    let chosen: Vec<&Line> = shown.iter().filter(|line| line.style == Style::Chosen).collect();
    assert_eq!(chosen.len(), 1);
    assert!(chosen[0].text.starts_with("> shop /a"), "{chosen:?}");
    assert!(shown.iter().any(|line| line.text == "TROUBLE: Search is slow."));
    let end = frame(&answer, &after(&[Key::End])).shown(80, 24);
    assert!(end[22].text.contains("http://127.0.0.1:10499"), "the last of the body is its last line: {end:#?}");
}

#[test]
fn an_opened_route_tells_its_own() {
    let (answer, view) = (answer(), after(&[Key::Open]));
    let text = frame(&answer, &view).lines(80).plain();
    for told in ["shop /search", "1000 requests, 40 left", "Search is slow.", "id first"] {
        assert!(text.contains(told), "{told}: {text}");
    }
    for other in ["Carts are slow.", "id second"] {
        assert!(!text.contains(other), "{other}: {text}");
    }
}

#[test]
fn no_byte_of_a_stranger_reaches_the_terminal() {
    let mut answer = answer();
    answer.routes[0].route = "/\u{1b}[2J\u{7}x".to_owned();
    answer.sentence = "a\u{9b}31mb\r\n".to_owned();
    let view = View::default();
    let text = frame(&answer, &view).lines(80).plain();
    assert!(!text.replace('\n', "").contains(char::is_control), "{text:?}");
    let line = Line { text: "wrong".to_owned(), style: Style::Bad };
    assert_eq!(
        (painted(&line, true), painted(&line, false)),
        ("\u{1b}[1;31mwrong\u{1b}[0m".to_owned(), "wrong".to_owned())
    );
}

#[test]
fn what_is_not_new_says_so() {
    let (answer, view) = (answer(), View::default());
    let frame = Frame { failure: Some("it does not answer"), ..frame(&answer, &view) };
    assert_eq!(frame.shown(80, 24)[0].text, "NO NEWS: it does not answer");
}

#[test]
fn addresses() {
    let shown = |address: &str| Api::new(address).map(|api| api.to_string()).map_err(|error| error.to_string());
    assert_eq!(shown("127.0.0.1:10499"), Ok("http://127.0.0.1:10499".to_owned()));
    assert_eq!(shown("[::1]:10499"), Ok("http://[::1]:10499".to_owned()));
    assert_eq!(shown("https://me:secret@example.com/hangup/"), Ok("https://example.com".to_owned()));
    assert!(shown("ftp://example.com").is_err() && shown("http://").is_err());
}
