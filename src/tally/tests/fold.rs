//! Paths and the routes they fold to.

use crate::tally::fold::Folder;

#[test]
fn what_varies_becomes_id() {
    #[rustfmt::skip]
    let table = [
        ("/", "/"),
        ("/health", "/health"),
        ("/api/v1/users", "/api/v1/users"),
        ("/api/v1/users/", "/api/v1/users/"),
        ("/api/v1/users/12345", "/api/v1/users/:id"),
        ("/api//users///7", "/api/users/:id"),
        ("/orders/550e8400-e29b-41d4-a716-446655440000", "/orders/:id"),
        ("/orders/550e8400-e29b-41d4-a716-446655440000.pdf", "/orders/:id.pdf"),
        ("/commit/deadbeef", "/commit/:id"),
        ("/commit/3f2a9c1", "/commit/:id"),
        ("/a/facade", "/a/facade"),
        ("/t/1f8aQz03kLmn", "/t/:id"),
        ("/oauth2/callback", "/oauth2/callback"),
        ("/static/app.3f2a9c.js", "/static/app.:id.js"),
        ("/static/main-4fd3a2b1.chunk.css", "/static/main-:id.chunk.css"),
        ("/static/jquery-3.6.0.min.js", "/static/jquery-:id.min.js"),
        ("/archive/2026-11-21", "/archive/:id"),
        ("/archive/2026/11/21/post", "/archive/:id/:id/:id/post"),
        ("/order-12345/items", "/order-:id/items"),
        ("/user_17", "/user_:id"),
        ("/index.html", "/index.html"),
        ("/a%20b/c", "/:id/c"),
        (r"/a\x22b/c", "/:id/c"),
        ("/caf\u{e9}/c", "/:id/c"),
        ("/this-is-a-long-title-of-an-article-in-a-blog", "/:id"),
        ("/cart;jsessionid=0A1B2C/pay", "/cart/pay"),
        ("/reset/aBxKqPzW", "/reset/:id"),
        ("/calendar/dQw4w9WgXcQ/feed.ics", "/calendar/:id/feed.ics"),
        ("/calendar/kJ8-xQ_2mVtRb.ics", "/calendar/:id.ics"),
        ("/keys/sk_live_4eC39HqLyjWDarjtT1zd", "/keys/:id"),
        ("/users/jo.doe@mail.example", "/users/:id"),
        ("/users/@jo:matrix.example", "/users/:id"),
        ("/img/logo@2x.png", "/img/logo@2x.png"),
        ("/npm/@types/node", "/npm/@types/node"),
        ("/mac/00:1a:2b:3c:4d:5e", "/mac/:id"),
        ("/v1/projects:batchGet", "/v1/projects:batchGet"),
        ("/apis/apps/v1beta1/getUserByIds", "/apis/apps/v1beta1/getUserByIds"),
        ("/report2026", "/:id"),
        ("/a/b/c/d/e/f", "/a/b/c/d/e/f"),
        ("/a/b/c/d/e/f/g", "/a/b/c/d/e/f/…"),
        ("/a/b/c/d/e/f/g/", "/a/b/c/d/e/f/…"),
    ];
    for (path, expected) in table {
        let folded = Folder::default().fold(path.as_bytes()).unwrap_or_else(|| panic!("{path} is a path"));
        assert_eq!(String::from_utf8_lossy(folded.as_bytes()), expected, "{path}");
    }
}

#[test]
fn what_is_no_path_has_no_route() {
    for path in ["", "*", "example.com:443", "http://example.com/", "\\x16\\x03\\x01"] {
        assert!(Folder::default().fold(path.as_bytes()).is_none(), "{path:?}");
    }
}

#[test]
fn the_longest_path_still_fits() {
    let words = "/a-1".repeat(8);
    let path = format!("{words}/").repeat(6) + &"x".repeat(32);
    let folded = Folder::default().fold(path.as_bytes()).expect("begins with a slash");
    assert!(folded.as_bytes().ends_with("/…".as_bytes()));
    let wide = ("/".to_owned() + &"1-a-".repeat(8)).repeat(6);
    let folded = Folder::default().fold(wide.as_bytes()).expect("begins with a slash");
    assert!(std::str::from_utf8(folded.as_bytes()).is_ok(), "cut between characters");
}

proptest::proptest! {
    #[test]
    fn folding_never_fails_and_is_bounded(path in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
        if let Some(folded) = Folder::default().fold(&path) {
            proptest::prop_assert!(folded.as_bytes().len() <= crate::tally::interner::NAME_BYTES_MAX);
            proptest::prop_assert!(std::str::from_utf8(folded.as_bytes()).is_ok());
        }
    }

    #[test]
    fn folding_a_route_again_changes_nothing(path in "(/[a-z0-9.-]{0,12}){1,8}") {
        let once = Folder::default().fold(path.as_bytes()).expect("begins with a slash");
        let text = String::from_utf8_lossy(once.as_bytes()).replace('…', "rest");
        let again = Folder::default().fold(text.as_bytes()).expect("begins with a slash");
        if !text.ends_with("rest") {
            proptest::prop_assert_eq!(String::from_utf8_lossy(again.as_bytes()), text);
        }
    }
}
