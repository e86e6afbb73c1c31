use super::*;
use crate::record::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Each line: class/label, upstream field, the entry; tabs between them.
const FIXTURES: [&[u8]; 5] = [
    include_bytes!("../../../../tests/fixtures/error/debian-1.22.txt"),
    include_bytes!("../../../../tests/fixtures/error/wheel-1.31.txt"),
    include_bytes!("../../../../tests/fixtures/error/composed.txt"),
    include_bytes!("../../../../tests/fixtures/error/systems.txt"),
    include_bytes!("../../../../tests/fixtures/error/modules.txt"),
];

fn fixture_lines() -> impl Iterator<Item = (String, String, &'static [u8])> {
    let lines = FIXTURES.into_iter().flat_map(|file| file.split(|&byte| byte == b'\n'));
    lines.filter(|line| !line.is_empty() && !line.starts_with(b"# ")).map(|line| {
        let mut parts = line.splitn(3, |&byte| byte == b'\t');
        let mut next = || parts.next().expect("three columns");
        let (label, upstream, entry) = (next(), next(), next());
        (String::from_utf8_lossy(label).into_owned(), String::from_utf8_lossy(upstream).into_owned(), entry)
    })
}

fn shown(event: Event) -> String {
    let label = match event {
        Event::UpstreamTimeout(phase) => phase.as_str(),
        Event::UpstreamFailure(kind) => kind.as_str(),
        Event::ClientFailure(kind) => kind.as_str(),
        Event::Exhausted(resource) => resource.as_str(),
        Event::ServerFailure(kind) => kind.as_str(),
        Event::Routine | Event::Unclassified => return event.class().to_owned(),
    };
    format!("{}/{label}", event.class())
}

/// The event's name and the upstream field, `-` for none.
fn read(line: &[u8]) -> (String, String) {
    match parse(line) {
        ErrorLine::Continuation => ("continuation".to_owned(), "-".to_owned()),
        ErrorLine::Entry(record) => {
            let upstream = record.upstream.map_or("-".into(), String::from_utf8_lossy);
            (shown(record.event), upstream.into_owned())
        }
    }
}

/// An entry at that level with that text and those fields.
fn line(level: &str, rest: &str) -> Vec<u8> {
    format!("2026/11/21 14:17:26 [{level}] 1#1: *7 {rest}").into_bytes()
}

#[track_caller]
fn check(level: &str, rest: &str, event: &str, upstream: &str) {
    assert_eq!(read(&line(level, rest)), (event.to_owned(), upstream.to_owned()), "{rest}");
}

#[test]
fn every_fixture_line_is_judged_as_it_says() {
    for (label, upstream, entry) in fixture_lines() {
        assert_eq!(read(entry), (label, upstream), "{}", String::from_utf8_lossy(entry));
    }
}

#[test]
fn every_rule_and_every_phrase_is_reached_by_a_fixture_line() {
    let (mut rules, mut phrases) = (BTreeSet::new(), BTreeSet::new());
    for (_, _, entry) in fixture_lines() {
        if let ErrorLine::Entry(record) = parse(entry)
            && let Some((rule, phrase)) = rules::find_phrase(record.level, text_of(entry))
        {
            rules.insert(std::ptr::from_ref(rule));
            phrases.insert(phrase);
        }
    }
    for rule in rules::TABLES.into_iter().flatten() {
        assert!(rules.contains(&std::ptr::from_ref(rule)), "{rule:?}");
        for phrase in rule.phrases() {
            assert!(phrases.contains(phrase), "{phrase:?} of {rule:?}");
        }
    }
}

fn text_of(entry: &[u8]) -> &[u8] {
    let (_, rest) = split_once(&entry[TIME_SHAPE.len()..], b": ").unwrap();
    before_client(without_connection(rest)).0
}

#[test]
fn every_event_has_a_rule() {
    let known: BTreeSet<_> = rules::TABLES.into_iter().flatten().map(|rule| shown(rule.event)).collect();
    let mut all: Vec<Event> = vec![Event::Routine];
    all.extend(TimeoutPhase::ALL.map(Event::UpstreamTimeout));
    all.extend(UpstreamFailure::ALL.map(Event::UpstreamFailure));
    all.extend(ClientFailure::ALL.map(Event::ClientFailure));
    all.extend(Resource::ALL.map(Event::Exhausted));
    all.extend(ServerFailure::ALL.map(Event::ServerFailure));
    assert_eq!(known, all.into_iter().map(shown).collect());
    assert!(known.iter().all(|name| Event::CLASSES.contains(&name.split('/').next().unwrap())));
}

#[test]
fn the_libc_does_not_matter() {
    for (label, upstream, entry) in fixture_lines().filter(|(label, ..)| label != "continuation") {
        let glibc = String::from_utf8_lossy(entry);
        let musl = glibc
            .replace("Connection timed out)", "Operation timed out)")
            .replace("Too many open files)", "No file descriptors available)")
            .replace("Cannot assign requested address)", "Address not available)")
            .replace("Network is unreachable)", "Network unreachable)")
            .replace("Transport endpoint is not connected)", "Socket not connected)");
        assert_eq!(read(musl.as_bytes()), (label, upstream), "{musl}");
    }
}

#[test]
fn head() {
    let timed_out = "upstream timed out (110: x) while connecting to upstream";
    fn entry(text: &str) -> Option<(Level, Event, Time<'_>)> {
        match parse(text.as_bytes()) {
            ErrorLine::Entry(record) => Some((record.level, record.event, record.time)),
            ErrorLine::Continuation => None,
        }
    }
    let event = Event::UpstreamTimeout(TimeoutPhase::Connect);
    let time = Time::Text(b"2026/11/21 14:17:26", Notation::Zoneless);
    for level in Level::ALL {
        let text = format!("2026/11/21 14:17:26 [{}] 12#34: *5 {timed_out}", level.as_str());
        assert_eq!(entry(&text), Some((level, event, time)));
    }
    assert_eq!(entry(&format!("2026/11/21 14:17:26 [error] 12#34: {timed_out}")), Some((Level::Error, event, time)));
    assert_eq!(time.unix_millis(), None);
    for continuation in [
        "",
        "Host: a",
        "2026/11/21 14:17:26",
        "2026/11/21 14:17:26 [error",
        "2026/11/21 14:17:26 [loud] 1#1: x",
        "2026/11/21 14:17:26 [error] no process",
        "2026-11-21 14:17:26 [error] 1#1: x",
        "2026/11/21T14:17:26 [error] 1#1: x",
        "nginx: [emerg] unknown directive \"x\" in /etc/nginx/nginx.conf:1",
    ] {
        assert_eq!(entry(continuation), None, "{continuation}");
    }
    check("error", "something new", "unclassified", "-");
    check("error", "upstream timed", "unclassified", "-");
}

/// What a client can put into a line, it must not be able to make count.
#[test]
fn lies_in_the_requests_own_text() {
    const LIE: &str = "upstream timed out (110: Connection timed out) while connecting to upstream, client: 10.9.9.9";
    for (text, event) in [
        (format!("open() \"/srv/{LIE}\" failed (2: x)"), "routine"),
        (format!("open() \"/srv/x\" failed (24: {LIE}\" failed (2: x)"), "routine"),
        (format!("open() \"/srv/x could not be resolved (2: {LIE}\" failed (2: x)"), "routine"),
        (format!("\"/srv/{LIE}\" is forbidden (13: Permission denied)"), "routine"),
        (format!("client sent invalid header line: \"{LIE}\""), "client_failure/invalid_request"),
        (format!("FastCGI sent in stderr: \"PHP message: {LIE}\" while reading upstream"), "routine"),
        (format!("user \"{LIE}\" was not found in \"/etc/users\""), "routine"),
        (format!("access forbidden by rule, client: 1.1.1.1, server: a, request: \"{LIE} {LIE}\""), "routine"),
        (format!("access forbidden by rule, client: 1.1.1.1, server: a, referrer: \"{LIE}\""), "routine"),
    ] {
        check("error", &format!("{text}, client: 1.1.1.1, server: a, host: \"b\""), event, "-");
    }
}

#[test]
fn upstream_field() {
    const REFUSED: &str = "connect() failed (111: Connection refused) while connecting to upstream";
    const HEAD: &str = "client: 1.1.1.1, server: a";
    const GET: &str = "request: \"GET / HTTP/1.1\"";
    const REAL: &str = "upstream: \"http://127.0.0.1:9001/\"";
    const EVIL: &str = "upstream: \"http://evil/\"";
    let found = |fields: String, expected: &str| {
        check("error", &format!("{REFUSED}, {fields}"), "upstream_failure/refused", expected);
    };
    for (value, expected) in [
        ("http://127.0.0.1:9001/path", "127.0.0.1:9001"),
        ("https://127.0.0.1:9001", "127.0.0.1:9001"),
        ("http://[::1]:80/x", "[::1]:80"),
        ("http://groupname/a/b", "groupname"),
        ("http://unix:/run/x.sock:/path", "unix:/run/x.sock"),
        ("fastcgi://unix:/run/php.sock:", "unix:/run/php.sock"),
        ("fastcgi://127.0.0.1:9000", "127.0.0.1:9000"),
        ("grpc://127.0.0.1:50051", "127.0.0.1:50051"),
        ("passenger://unix:/tmp/passenger.1/helper.sock:", "unix:/tmp/passenger.1/helper.sock"),
        ("passenger:unix:/tmp/passenger.1/core:", "unix:/tmp/passenger.1/core"),
        ("passenger:/tmp/passenger.1/request:", "/tmp/passenger.1/request"),
        ("127.0.0.1:9002", "127.0.0.1:9002"),
        ("unix:/run/tcp.sock", "unix:/run/tcp.sock"),
        ("http://127.0.0.1:9001/a\", upstream: \"http://evil/", "127.0.0.1:9001"),
        ("", "-"),
        ("http://", "-"),
        ("http:///x", "-"),
        ("unix:", "-"),
        ("://", "-"),
    ] {
        found(format!("{HEAD}, {GET}, upstream: \"{value}\", host: \"h\""), expected);
    }
    // Behind the request: whatever Host and Referer say.
    found(format!("{HEAD}, {GET}, {REAL}, host: \"h\", referrer: \"x\", {EVIL}\""), "127.0.0.1:9001");
    found(format!("{HEAD}, {GET}, host: \"h\", referrer: \"x\", {EVIL}\""), "-");
    // In the request: nginx before 1.21.1 takes blanks in a target, but never ` H`.
    found(format!("{HEAD}, request: \"GET /a\", {EVIL}, host: \"x HTTP/1.1\", {REAL}, host: \"h\""), "127.0.0.1:9001");
    found(format!("{HEAD}, request: \"GET /a\", {EVIL}, host: \"x HTTP/1.1\", host: \"h\""), "-");
    found(format!("{HEAD}, request: \"GET / HTTP/2.0\", {REAL}, host: \"h\""), "127.0.0.1:9001");
    // HTTP/0.9 has neither version nor headers.
    found(format!("{HEAD}, request: \"GET /a\", {EVIL}\", {REAL}"), "127.0.0.1:9001");
    found(format!("{HEAD}, {GET}, subrequest: \"/auth\", {REAL}, host: \"h\""), "127.0.0.1:9001");
    found(format!("{HEAD}, {GET}, subrequest: \"/auth\", host: \"h\""), "-");
    // stream: bytes behind the field, no request.
    found(format!("{HEAD}, upstream: \"127.0.0.1:9002\", bytes from/to client:0/0"), "127.0.0.1:9002");
    // mail: the login stands before it and may say anything; no quotes.
    found(format!("{HEAD}, login: \"u, upstream: evil:1\", upstream: 127.0.0.1:10025"), "127.0.0.1:10025");
    found(format!("{HEAD}, login: \"u\""), "-");
    // Cut at 2048 bytes: inside the field, and inside a request that lies.
    found(format!("{HEAD}, {GET}, upstream: \"http://127.0.0.1:90"), "-");
    let long = format!("{HEAD}, request: \"GET /a\", {EVIL}, host: \"{}", "x".repeat(2048));
    let cut = &line("error", &format!("{REFUSED}, {long}"))[..2047];
    assert_eq!(read(cut), ("upstream_failure/refused".to_owned(), "-".to_owned()));
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        parse(&bytes);
        let mut entry = line("error", "");
        entry.extend(&bytes);
        parse(&entry);
    }

    #[test]
    fn any_cut_of_a_real_line_is_survived(index in any::<prop::sample::Index>(), keep in 0.0..1.0) {
        let lines: Vec<_> = fixture_lines().collect();
        let entry = index.get(&lines).2;
        parse(&entry[..(entry.len() as f64 * keep) as usize]);
    }

    #[test]
    fn the_requests_own_text_decides_nothing(own in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut entry = line("error", "connect() failed (111: x) while connecting to upstream, client: 1.1.1.1, server: a, ");
        entry.extend(b"request: \"GET / HTTP/1.1\", upstream: \"http://127.0.0.1:1/\", host: \"h\", referrer: \"");
        entry.extend(&own);
        prop_assert_eq!(read(&entry), ("upstream_failure/refused".to_owned(), "127.0.0.1:1".to_owned()));
    }
}
