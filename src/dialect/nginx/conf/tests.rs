mod trees;

use super::{Conf, Directive, FILE_BYTES_MAX, Files, parse};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::io::{Error, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Files by full path; `Err` where reading them fails.
#[derive(Default)]
struct Map(BTreeMap<PathBuf, Result<Vec<u8>, ErrorKind>>);

impl Map {
    fn with(mut self, path: &str, text: impl AsRef<[u8]>) -> Self {
        self.0.insert(path.into(), Ok(text.as_ref().to_vec()));
        self
    }
    fn broken(mut self, path: &str, kind: ErrorKind) -> Self {
        self.0.insert(path.into(), Err(kind));
        self
    }
}

impl Files for Map {
    fn read(&self, path: &Path) -> std::io::Result<Vec<u8>> {
        self.0.get(path).cloned().unwrap_or(Err(ErrorKind::NotFound)).map_err(Error::from)
    }
    fn glob(&self, pattern: &Path) -> Vec<PathBuf> {
        let (directory, last) = (pattern.parent(), pattern.file_name().expect("tests use a name"));
        // Enough for tests: one `*` at the end.
        let begin = last.as_bytes().strip_suffix(b"*").expect("tests use one star");
        let fits = |path: &&PathBuf| {
            path.parent() == directory && path.file_name().is_some_and(|name| name.as_bytes().starts_with(begin))
        };
        self.0.keys().filter(fits).cloned().collect()
    }
}

/// `name <arg> <arg>` and `name { … }`, so that where a word begins and ends is visible.
fn shown(directives: &[Directive]) -> String {
    let one = |directive: &Directive| {
        let mut text = directive.name.clone();
        directive.args.iter().for_each(|arg| text += &format!(" <{arg}>"));
        if !directive.block.is_empty() {
            text += &format!(" {{{}}}", shown(&directive.block));
        }
        text
    };
    directives.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn problems(conf: &Conf) -> Vec<String> {
    conf.problems.iter().map(ToString::to_string).collect()
}

fn main_only(text: impl AsRef<[u8]>) -> Conf {
    parse(Path::new("/n/nginx.conf"), &Map::default().with("/n/nginx.conf", text))
}

#[track_caller]
fn check(text: &str, expected: &str) {
    let conf = main_only(text);
    assert_eq!((shown(&conf.directives), problems(&conf)), (expected.to_owned(), Vec::new()));
}

#[track_caller]
fn check_broken(text: &str, expected: &str, problem: &str) {
    let conf = main_only(text);
    assert_eq!((shown(&conf.directives), problems(&conf)), (expected.to_owned(), vec![problem.to_owned()]));
}

#[test]
fn words() {
    check("", "");
    check("a;b c  d\t\r\ne ;", "a; b <c> <d> <e>");
    check("a b#c; # d;\n#e\nf # g\n h;", "a <b#c>; f <h>");
    check("a 'b  c' \"d'e\" '';", "a <b  c> <d'e> <>");
    check(r#"a "x\"y" 'x\'y' x\\y "x\ty\r\n";"#, "a <x\"y> <x'y> <x\\y> <x\ty\r\n>");
    // Before anything else a `\` stays, and the byte behind it does not end the word.
    check(r"a \.php$ x\;y x\ y \d\{2};", r"a <\.php$> <x\;y> <x\ y> <\d\{2}>");
    // Quotes mean something only where a word begins.
    check(r#"a b"c d"e 'f;{}#';"#, r#"a <b"c> <d"e> <f;{}#>"#);
    check("a ${b}c x${b}{ d; }", "a <${b}c> <x${b}> {d}");
    check("a $b{ c; }", "a <$b> {c}");
    check("a${{b};", "a${{b}");
    check("if ($a = \"b\") { c; }", "if <($a> <=> <b> <)> {c}");
    check("a b}c;", "a <b}c>");
    check("a 'b'{ c; }", "a <b> {c}");
    check("ключ \"знач\";", "ключ <знач>");
}

#[test]
fn words_of_invalid_utf8_are_kept_readable() {
    assert_eq!(shown(&main_only(b"a \xff;").directives), "a <\u{fffd}>");
}

#[test]
fn blocks_and_lines() {
    let conf = main_only("a\n  b;\nh {\n\n  s \"x\ny\" {\n    l / { p; } }\n}\nz;\n");
    assert_eq!(shown(&conf.directives), "a <b>; h {s <x\ny> {l </> {p}}}; z");
    let server = &conf.directives[1].block[0];
    let lines = [&conf.directives[0], &conf.directives[1], server, &server.block[0], &server.block[0].block[0]];
    assert_eq!(lines.map(|directive| directive.line), [1, 3, 5, 7, 7]);
    assert_eq!(conf.directives[2].line, 9);
}

#[test]
fn what_is_broken_hides_nothing_before_or_beside_it() {
    let at = |line: u32, what: &str| format!("/n/nginx.conf:{line}: {what}");
    check_broken("a;\nb {\nc;\n", "a; b {c}", &at(2, "the \"}\" that closes the \"b\" is missing"));
    check_broken("a;\n}\nb;", "a; b", &at(2, "unexpected \"}\": no block is open here"));
    check_broken("a;\n;b;", "a; b", &at(2, "unexpected \";\""));
    check_broken("a; { b;", "a; b", &at(1, "unexpected \"{\""));
    check_broken("a {\n b c }\nd;", "a {b <c>}; d", &at(2, "\"b\" is not ended by \";\""));
    check_broken("a;\nb c", "a", &at(2, "the file ends inside \"b\", which has neither \";\" nor \"{\""));
    check_broken("a 'b'c;\nd;", "a <b> <c>; d", &at(1, "unexpected \"c\" after a closing quote"));
    check_broken("a;\n\"b;\n", "a", &at(2, "the \" opened here is never closed"));
    check_broken("a;\n\u{1}", "a", &at(2, "the file ends inside \"\u{1}\", which has neither \";\" nor \"{\""));
    let mark = at(1, "the file starts with a byte order mark, which nginx refuses; save it without");
    check_broken("\u{feff}a;", "a", &mark);
    let lua = at(2, "the \"}\" that closes the \"content_by_lua_block\" is missing");
    check_broken("a;\ncontent_by_lua_block { if x then {", "a; content_by_lua_block", &lua);
}

#[test]
fn lua_blocks_are_skipped() {
    for lua in [
        "",
        "return {a = {1}}",
        "-- }\n",
        "-- don't }\n",
        "--[[ } \n } ]] x()",
        "--[==[ ]] } ]==]",
        "--",
        "a = '}' .. \"}\\\"}\" .. '\\\\'",
        "a = [[ } ' ]] .. [=[ ]] } ]=]",
        "a[b[1]] = {[c] = '}'}",
        "a = [=b",
        "say('it\n)",
    ] {
        check(&format!("l {{ set_by_lua_block $x {{{lua}\n}} b; }} c;"), "l {set_by_lua_block <$x>; b}; c");
    }
    let conf = main_only("content_by_lua_block {\n--[[\n]]\n}\nb;");
    assert_eq!(conf.directives[1].line, 5);
    // Only that ending is Lua: the file variant and other blocks are nginx's own grammar.
    check("content_by_lua_file x.lua; lua_block { a; }", "content_by_lua_file <x.lua>; lua_block {a}");
}

#[test]
fn includes_are_spliced_in_place() {
    let files = Map::default()
        .with("/n/nginx.conf", "a;\nh { include sites/*; include /x/y.conf; }\nz;")
        .with("/n/sites/1", "include part/p;")
        .with("/n/sites/2", "s2; }")
        .with("/n/sites/deeper/3", "no;")
        .with("/n/part/p", "\np;")
        .with("/x/y.conf", "y {");
    let conf = parse(Path::new("/n/nginx.conf"), &files);
    assert_eq!(shown(&conf.directives), "a; h {p; s2; y}; z");
    let p = &conf.directives[1].block[0];
    assert_eq!((p.file.as_path(), p.line), (Path::new("/n/part/p"), 2));
    assert_eq!(
        problems(&conf),
        [
            "/n/sites/2:1: unexpected \"}\": no block is open here",
            "/x/y.conf:1: the \"}\" that closes the \"y\" is missing"
        ]
    );
}

#[test]
fn what_stands_in_blocks_of_data_is_not_kept() {
    let files = Map::default().with(
        "/n/nginx.conf",
        "http { geo $x { default 0; include big; } map $a $b { a { b; } x \"}\"; } types { } a; }\nz;",
    );
    let conf = parse(Path::new("/n/nginx.conf"), &files);
    assert_eq!(
        shown(&conf.directives),
        "http {geo <$x> {default <0>; include <big>}; map <$a> <$b> {b; x <}>}; types; a}; z"
    );
    assert_eq!(problems(&conf), Vec::<String>::new());
    check_broken("geo $x {\n1 2;", "geo <$x> {1 <2>}", "/n/nginx.conf:1: the \"}\" that closes the \"geo\" is missing");
    let many =
        main_only(format!("{}{}a;", "deny 192.0.2.1;".repeat(500_001), "set_real_ip_from 192.0.2.1;".repeat(10)));
    assert_eq!((shown(&many.directives), many.problems.len()), ("a".to_owned(), 0));
}

#[test]
fn a_name_need_not_be_utf8() {
    let mut files = Map::default().with("/n/nginx.conf", b"include \xfc.conf; include s\xfcb/*;");
    let path = |bytes: &[u8]| PathBuf::from(std::ffi::OsStr::from_bytes(bytes));
    files.0.insert(path(b"/n/\xfc.conf"), Ok(b"a;".to_vec()));
    files.0.insert(path(b"/n/s\xfcb/1"), Ok(b"b;".to_vec()));
    let conf = parse(Path::new("/n/nginx.conf"), &files);
    assert_eq!((shown(&conf.directives), problems(&conf)), ("a; b".to_owned(), Vec::new()));
}

#[test]
fn an_unreadable_include_is_told_and_the_rest_read() {
    let files = Map::default()
        .with("/n/nginx.conf", "a;\ninclude sites/*;\ninclude none/*;\ninclude gone;\nz;")
        .broken("/n/sites/a", ErrorKind::PermissionDenied)
        .with("/n/sites/b", "b;")
        .broken("/n/sites/c", ErrorKind::IsADirectory)
        .broken("/n/sites/d", ErrorKind::TimedOut);
    let conf = parse(Path::new("/n/nginx.conf"), &files);
    assert_eq!(shown(&conf.directives), "a; b; z");
    let advice = "permission denied; let hangup's user read it, what it sets is unknown until then";
    assert_eq!(
        problems(&conf),
        [
            format!("/n/nginx.conf:2: cannot read /n/sites/a: {advice}"),
            "/n/nginx.conf:2: cannot read /n/sites/c: it is a directory; nginx -t will refuse it too".to_owned(),
            "/n/nginx.conf:2: cannot read /n/sites/d: timed out".to_owned(),
            "/n/nginx.conf:4: cannot read /n/gone: no such file; nginx -t will refuse it too".to_owned(),
        ]
    );
    let no_main = parse(Path::new("/n/none.conf"), &files);
    let expected = "/n/none.conf: cannot read /n/none.conf: no such file; nginx -t will refuse it too";
    assert_eq!(problems(&no_main), [expected]);
}

#[test]
fn limits_end_what_would_not_end() {
    let circle =
        Map::default().with("/n/nginx.conf", "a; include b; z;").with("/n/b", "b; include nginx.conf; include b;");
    let conf = parse(Path::new("/n/nginx.conf"), &circle);
    assert_eq!(shown(&conf.directives), "a; b; z");
    assert_eq!(problems(&conf)[0], "/n/b:1: /n/nginx.conf includes itself; this include is left out");

    // Doubling: 2^17 reads if nothing stopped it.
    let doubling = (0..17).fold(Map::default().with("/n/17", ""), |files, depth| {
        let next = format!("include {}; include {};", depth + 1, depth + 1);
        files.with(&format!("/n/{depth}"), next)
    });
    let conf = parse(Path::new("/n/0"), &doubling);
    assert!(conf.problems[0].what.contains("over 20000 files"), "{:?}", conf.problems[0]);

    let chain = (0..40).fold(Map::default(), |files, depth| {
        files.with(&format!("/n/{depth}"), format!("a{depth}; include {};", depth + 1))
    });
    let conf = parse(Path::new("/n/0"), &chain);
    assert_eq!(conf.directives.len(), 32);
    assert!(conf.problems[0].what.contains("over 32 files deep"), "{:?}", conf.problems[0]);

    let deep = main_only("a {".repeat(100_000));
    assert!(deep.problems[0].what.contains("nested over 64 deep"), "{:?}", deep.problems[0]);
    assert!(main_only(";".repeat(100_000)).problems.len() <= 100);
    let wide = main_only("a;".repeat(500_001));
    assert_eq!((wide.directives.len(), wide.problems.len()), (500_000, 1));
    let huge = main_only(vec![b'#'; FILE_BYTES_MAX + 1]);
    assert!(huge.problems[0].what.contains("is over 16777216 bytes"), "{:?}", huge.problems);
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        main_only(bytes);
    }

    #[test]
    fn any_grammar_is_survived(text in r#"([ab;{}"'\\#$\n\[\]=-]|include nginx\.conf;|x_by_lua_block \{){0,60}"#) {
        main_only(text);
    }

    #[test]
    fn quoting_keeps_any_word(words in prop::collection::vec("[^\u{0}]{0,12}", 1..5)) {
        let quoted: Vec<_> = words.iter().map(|word| format!("\"{}\"", word.replace('\\', r"\\").replace('"', "\\\""))).collect();
        let conf = main_only(format!("a {};", quoted.join(" ")));
        prop_assert_eq!(&conf.directives[0].args, &words);
    }
}
