//! What `hangup check` proposes to paste, pasted into a real nginx: it is taken, it holds everything that the product's
//! own format does, and its lines are read back whole.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use hangup::config::OsFiles;
use hangup::config::discover::{self, Machine};
use hangup::dialect::nginx::conf::{self, Directive};
use hangup::dialect::nginx::log_format::{Escape, LogFormat};
use hangup::record::Record;

use crate::support::hangup::command;
use crate::support::nginx::{Nginx, Site, Version};
use crate::support::{http, wait_for};

/// Fewer would mean that they are looked for in the wrong place.
const FORMATS_MIN: usize = 60;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// All formats of the fixtures as `log_format` lines, by names of their own.
fn formats() -> BTreeMap<String, String> {
    let folders = ["formats", "cases/formats", "conf", "cases/confs"].map(|folder| files(&fixtures().join(folder)));
    let configurations = folders.into_iter().flatten().filter(|path| is_wanted(path));
    let json = std::fs::read(fixtures().join("access/nginx-1.22/formats.json")).expect("readable");
    let captured: BTreeMap<String, BTreeMap<String, String>> = serde_json::from_slice(&json).expect("formats");
    let captured = captured.into_values().map(|it| vec![format!("escape={}", it["escape"]), it["format"].clone()]);
    let written = configurations.flat_map(|path| log_formats(&conf::parse(&path, &OsFiles).directives));
    let each_once: BTreeSet<Vec<String>> = written.chain(captured).collect();
    let line = |(n, words): (usize, Vec<String>)| {
        let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        (format!("f{n}"), format!("log_format f{n} {};", words.join(" ")))
    };
    each_once.into_iter().enumerate().map(line).collect()
}

fn is_wanted(path: &Path) -> bool {
    path.extension().is_some_and(|it| it == "conf")
}

fn files(under: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(under).map(|entries| entries.flatten().collect::<Vec<_>>()).unwrap_or_default();
    let (folders, files): (Vec<_>, Vec<_>) =
        entries.into_iter().map(|entry| entry.path()).partition(|path| path.is_dir());
    folders.iter().flat_map(|folder| self::files(folder)).chain(files).collect()
}

fn log_formats(directives: &[Directive]) -> Vec<Vec<String>> {
    let own = directives.iter().filter(|it| it.name == "log_format").map(|it| it.args[1..].to_vec());
    own.chain(directives.iter().flat_map(|it| log_formats(&it.block))).collect()
}

fn quoted(word: &str) -> String {
    let escaped = word.replace('\\', "\\\\").replace('\'', "\\'").replace('\t', "\\t").replace('\n', "\\n");
    format!("'{escaped}'")
}

/// Each format in a server of its own.
fn check(dir: &Path, definitions: &[String]) -> serde_json::Value {
    let mut text = "events {}\nerror_log /dev/null;\nhttp {\n".to_owned();
    for definition in definitions {
        let name = definition.split(' ').nth(1).expect("a name");
        writeln!(
            text,
            "{definition}\nserver {{ server_name {name}; access_log {}/{name}.log {name}; }}",
            dir.display()
        )
        .expect("memory");
    }
    let path = dir.join("nginx.conf");
    std::fs::write(&path, text + "}\n").expect("writable");
    let mut check = command();
    check.args(["check", "--format=json"]).arg(format!("--nginx.config={}", path.display()));
    let output = check.output().expect("it runs");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {output:?}"))
}

/// The `log_format` lines that are to be pasted, by name.
fn proposed(page: &serde_json::Value) -> BTreeMap<String, String> {
    let findings = page["findings"].as_array().expect("entries").iter().filter(|it| it["result"] == "advice");
    let lines = findings.filter_map(|it| it["verbatim"].as_str()).filter(|it| it.starts_with("log_format "));
    lines.map(|it| (it.split(' ').nth(1).expect("a name").to_owned(), it.to_owned())).collect()
}

/// Variables of nginx modules that are not here, and of maps that the formats came with.
fn unknown_variables(definitions: &[String]) -> String {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let path = dir.path().join("nginx.conf");
    let mut maps = format!("include {}/formats/variables/http.conf;\n", fixtures().display());
    for _ in 0..200 {
        let text = format!(
            "pid {0}/pid; error_log {0}/error.log; events {{}}\nhttp {{ {maps}\n{1}\n}}",
            dir.path().display(),
            definitions.join("\n")
        );
        std::fs::write(&path, text).expect("writable");
        let output = Command::new(Version::Debian.binary()).arg("-t").arg("-c").arg(&path).output().expect("nginx");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        match said.split_once("unknown \"").and_then(|(_, rest)| rest.split_once("\" variable")) {
            Some((name, _)) => writeln!(maps, "map $host ${name} {{ default x; }}").expect("memory"),
            None => {
                assert!(output.status.success(), "nginx refuses what is proposed: {said}");
                return maps;
            }
        }
    }
    panic!("ever more variables: {maps}");
}

#[test]
fn what_is_proposed_is_taken_by_nginx_and_read_back_whole() {
    let all = formats();
    let dir = tempfile::tempdir().expect("a temporary directory");
    let given: Vec<String> = all.values().cloned().collect();
    let page = check(dir.path(), &given);
    let proposed = proposed(&page);
    assert!(proposed.len() >= FORMATS_MIN, "{} of {} formats are completed", proposed.len(), all.len());

    // Nothing more is proposed for what was proposed.
    let definitions: Vec<String> = proposed.values().cloned().collect();
    let again = check(dir.path(), &definitions);
    assert_eq!(self::proposed(&again), BTreeMap::new());

    let maps = unknown_variables(&definitions);
    let nginx = play(&format!("{maps}\n{}", definitions.join("\n")), proposed.keys());
    let machine = Machine { files: &OsFiles, proc_root: Path::new("/proc"), cpus: 1 };
    let found = discover::read(&nginx.conf(), &machine);
    let expected = nginx.access_lines();
    let wrong: Vec<String> = proposed
        .iter()
        .filter_map(|(name, definition)| {
            let format = found.formats.get(name).unwrap_or_else(|e| panic!("{definition}: {e}")).format;
            let missing = difference(&format, &expected, &nginx.path(&format!("{name}.log")));
            missing.map(|what| format!("{what}\n  {}\n  {definition}", all[name]))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), proposed.len(), wrong.join("\n"));
}

/// A host whose logs are all in the built-in format, here and there with options.
const BUILT_IN: &str = "\
events {}
error_log DIR/error.log info;
http {
    access_log DIR/all.log combined buffer=32k flush=1s;
    server { listen 127.0.0.1:18791; server_name a.example; }
    server {
        listen 127.0.0.1:18791;
        server_name b.example;
        access_log DIR/sites/$server_name.access.log;
        location /quiet { access_log DIR/quiet.log combined if=$arg_loud; }
    }
}
";

/// Where lines are to be replaced, that is done; nothing is left to say of the logs then, and nginx takes it.
#[test]
fn lines_that_are_to_be_replaced_are() {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let root = dir.path().display().to_string();
    let conf = dir.path().join("nginx.conf");
    std::fs::write(&conf, BUILT_IN.replace("DIR", &root)).expect("writable");
    let advised = || {
        let output =
            command().args(["check", "--format=json"]).arg(format!("--nginx.config={}", conf.display())).output();
        let page: serde_json::Value = serde_json::from_slice(&output.expect("it runs").stdout).expect("JSON");
        let findings = page["findings"].as_array().expect("entries").clone();
        findings
            .into_iter()
            .filter(|it| it["text"].as_str().is_some_and(|text| text.contains("the log format")))
            .collect::<Vec<_>>()
    };
    let before = advised();
    assert_eq!(before.len(), 1, "{before:?}");
    assert!(
        before[0]["text"].as_str().is_some_and(|text| text.contains("replace these access_log lines")),
        "{before:?}"
    );
    let (mut lines, mut definition) =
        (BUILT_IN.replace("DIR", &root).lines().map(str::to_owned).collect::<Vec<_>>(), String::new());
    for line in before[0]["verbatim"].as_str().expect("lines to paste").lines() {
        let Some((written, place)) = line.split_once("  # replaces ") else {
            definition += &format!("{line}\n");
            continue;
        };
        let number: usize = place.rsplit(':').next().and_then(|number| number.parse().ok()).expect("FILE:LINE");
        let replaced = &mut lines[number - 1];
        let begin = replaced.find("access_log").expect("an access_log stands there");
        let end = begin + replaced[begin..].find(';').expect("its end") + 1;
        replaced.replace_range(begin..end, written);
    }
    let at = lines.iter().position(|line| line.starts_with("http")).expect("http") + 1;
    lines.insert(at, definition);
    std::fs::write(&conf, lines.join("\n")).expect("writable");
    assert_eq!(advised(), Vec::<serde_json::Value>::new(), "{}", lines.join("\n"));
    let output =
        Command::new(Version::Debian.binary()).args(["-t", "-p", &root, "-c"]).arg(&conf).output().expect("nginx");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The first value of a log in this format that the product's own log has otherwise.
fn difference(format: &LogFormat, expected: &[String], log: &Path) -> Option<String> {
    let bytes = std::fs::read(log).expect("nginx writes it");
    let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    if lines.len() != expected.len() {
        return Some(format!("{} lines", lines.len()));
    }
    let own = LogFormat::recommended();
    lines.iter().zip(expected).find_map(|(line, expected)| {
        let shown = String::from_utf8_lossy(line);
        let Ok(got) = format.parse(line) else {
            return Some(format!("not read: {shown}: {}", format.departure(line).text));
        };
        let wanted = own.parse(expected.as_bytes()).expect("its own format");
        let (got, wanted) = (told(&got, format.escape()), told(&wanted, format.escape()));
        let differs = got.iter().zip(&wanted).find(|(got, wanted)| got != wanted);
        differs.map(|(got, wanted)| format!("{got}, not {wanted}: {shown}"))
    })
}

/// Each column for itself.
fn told(record: &Record<'_>, escape: Escape) -> Vec<String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let agent = record.user_agent.map(text).filter(|_| escape == Escape::Default);
    vec![
        format!("status {:?}", record.status),
        format!("method {}", text(record.method)),
        format!("path {}", text(record.path)),
        format!("server {:?}", record.server.map(text)),
        format!("client {:?}", record.client.map(text)),
        format!("agent {agent:?}"),
        format!("duration {:?}", record.duration),
        format!("bytes {:?}", record.body_bytes),
        format!("length {:?}", record.content_length),
        format!("complete {:?}", record.complete),
        format!("id {:?}", record.request_id.map(text)),
        format!("attempts {:?}", record.attempts),
    ]
}

/// One nginx that writes each request in all these formats.
fn play<'n>(http: &str, names: impl Iterator<Item = &'n String>) -> Nginx {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let slow = silent.local_addr().expect("bound");
    let logs: String = names.map(|name| format!("access_log {name}.log {name};\n")).collect();
    let server = format!(
        "access_log access.log hangup;\n{logs}\
         location / {{ return 200 hello; }}\n\
         location /retry/ {{ proxy_pass http://retry; }}\n\
         location /dead/ {{ proxy_pass http://127.0.0.1:1; }}\n\
         location /slow/ {{ proxy_pass http://{slow}; }}"
    );
    let http = format!(
        "{http}\nupstream retry {{ server 127.0.0.1:1 max_fails=0; server unix:backend.sock backup max_fails=0; }}\n\
         server {{ listen unix:backend.sock; access_log off; location / {{ return 200 backend; }} }}"
    );
    let mut nginx = Nginx::start(Site { http: &http, server: &server, workers: 1, ..Site::default() });
    let agent = "User-Agent: we\"ird \\ [x] | , ; : y, 0.5 : 0.7 rt=9.9\r\n";
    for (path, headers) in [
        ("/cart/1?x=1", ""),
        ("/cart/2", agent),
        ("/retry/1", "User-Agent: curl/8\r\n"),
        ("/retry/2", ""),
        ("/dead/1", "User-Agent: Mozilla/5.0 (X11; Linux)\r\nReferer: https://a.example/\r\n"),
    ] {
        let headers = format!("{headers}X-Forwarded-For: 203.0.113.7, 198.51.100.1\r\n");
        get(&nginx, path, &headers);
    }
    leave(&nginx, "/slow/1");
    wait_for("all requests to be logged", || (nginx.access_lines().len() == 6).then_some(()));
    nginx.quit();
    nginx
}

fn get(nginx: &Nginx, path: &str, headers: &str) {
    let head = format!("GET {path} HTTP/1.1\r\nHost: shop.example\r\n{headers}Connection: close\r\n\r\n");
    http::send(&nginx.addr(), &head).unwrap_or_else(|e| panic!("{path}: {e}"));
}

/// A client that does not wait for its answer.
fn leave(nginx: &Nginx, path: &str) {
    let mut client = TcpStream::connect(nginx.addr()).expect("nginx listens");
    let head = format!("POST {path} HTTP/1.1\r\nHost: shop.example\r\nContent-Length: 2\r\n\r\nhi");
    client.write_all(head.as_bytes()).expect("nginx reads");
    client.set_read_timeout(Some(Duration::from_millis(200))).expect("a socket");
    assert!(client.read(&mut [0]).is_err(), "nobody answers");
}
