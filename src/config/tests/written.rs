use crate::config::values;

#[test]
fn values_are_read_or_refused() {
    let seconds = |text: &str| values::nginx_time(text).map(|time| time.as_secs_f64());
    for (text, expected) in [
        ("60", Some(60.0)),
        ("1m30s", Some(90.0)),
        ("1h 30m", Some(5400.0)),
        ("500ms", Some(0.5)),
        ("1M", Some(2_592_000.0)),
        ("0", Some(0.0)),
        ("", None),
        ("s", None),
        ("5x", None),
        ("-1", None),
        ("99999999999999999999", None),
    ] {
        assert_eq!(seconds(text), expected, "{text}");
    }
    for (text, expected) in [
        ("64KiB", Some(65536)),
        ("1k", Some(1024)),
        ("1 MB", Some(1_000_000)),
        ("7", Some(7)),
        ("x", None),
        ("1tb", None),
    ] {
        assert_eq!(values::size(text).ok(), expected, "{text}");
    }
    for (text, right) in
        [(":0", true), ("[::1]:1", true), ("::1:1", false), ("a:b", false), (":70000", false), ("h/x:1", false)]
    {
        assert_eq!(values::listen_address(text).is_ok(), right, "{text}");
    }
    for (text, right) in [
        ("unix:/s:/p", true),
        ("unix:/s", true),
        ("unix:s", false),
        ("http://h/", true),
        ("h:80", false),
        ("ftp://h", false),
    ] {
        assert_eq!(values::scrape_uri(text).is_ok(), right, "{text}");
    }
    for (text, right) in [("/a/*.log", true), ("/a[[]1]", true), ("/a[1", false), ("/a/***", false)] {
        assert_eq!(values::log(text).is_ok(), right, "{text}");
    }
    for (text, right) in [("/metrics", true), ("metrics", false), ("/", true), ("/a?b", false)] {
        assert_eq!(values::url_path(text).is_ok(), right, "{text}");
    }
}
