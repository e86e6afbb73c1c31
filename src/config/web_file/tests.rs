//! exporter-toolkit's own cases of files that are right or wrong (web/tls_config_test.go, TestYAMLFiles), one test each,
//! and what hangup refuses by name.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use super::*;

struct Folder(BTreeMap<PathBuf, Vec<u8>>);

impl Files for Folder {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.0.get(path).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
    fn glob(&self, _: &Path) -> Vec<PathBuf> {
        Vec::new()
    }
}

const FILE: &str = "/etc/hangup/web.yml";

/// The file beside `server.crt`, `server.key` and `ca.crt`.
fn read_text(text: &str) -> Result<Front, Vec<Problem>> {
    let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let (certificate, key) = (pair.cert.pem().into_bytes(), pair.signing_key.serialize_pem().into_bytes());
    let beside = |name: &str| Path::new(FILE).with_file_name(name);
    let files = [
        (PathBuf::from(FILE), text.as_bytes().to_vec()),
        (beside("server.crt"), certificate.clone()),
        (beside("server.key"), key),
        (beside("ca.crt"), certificate),
        (beside("text.txt"), b"no PEM".to_vec()),
    ];
    read(Path::new(FILE), &Folder(files.into_iter().collect()))
}

#[track_caller]
fn right(text: &str) -> String {
    read_text(text).map(|front| front.summary()).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// All of the words stand in what is said.
#[track_caller]
fn wrong(text: &str, words: &[&str]) {
    let problems = read_text(text).err().expect("it is refused");
    let said = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    words.iter().for_each(|word| assert!(said.contains(word), "{word:?} is not in {said:?}"));
}

const PAIR: &str = "cert_file: server.crt, key_file: server.key";

fn tls(more: &str) -> String {
    format!("tls_server_config: {{{PAIR}{more}}}\n")
}

#[test]
fn a_file_that_is_not_there() {
    let problems = read(Path::new("/nowhere.yml"), &Folder(BTreeMap::new())).err().expect("it is refused");
    assert!(problems[0].to_string().starts_with("/nowhere.yml:1: it cannot be read"), "{problems:?}");
}

#[test]
fn an_empty_file_asks_for_nothing() {
    assert_eq!(right(""), "no TLS");
}

#[test]
fn a_structure_that_is_none() {
    wrong("hahaha\n", &["web.yml:1", "must be a mapping"]);
}

#[test]
fn a_key_that_is_none() {
    wrong(
        "tls_server_confi:\n  cert_file: x\n",
        &["web.yml:1", "`tls_server_confi`", "nearest is `tls_server_config`"],
    );
    wrong("tls_server_config:\n  cert_fil: x\n", &["web.yml:2", "`cert_fil`", "`cert_file`"]);
}

#[test]
fn the_path_of_the_certificate_is_empty() {
    wrong("tls_server_config: {cert_file: '', key_file: server.key}", &["one of `cert` and `cert_file` is missing"]);
}

#[test]
fn the_certificate_is_empty() {
    wrong("tls_server_config: {cert: '', key_file: server.key}", &["one of `cert` and `cert_file` is missing"]);
}

#[test]
fn the_path_of_the_key_is_empty() {
    wrong("tls_server_config: {cert_file: server.crt, key_file: ''}", &["one of `key` and `key_file` is missing"]);
}

#[test]
fn the_key_is_empty() {
    wrong("tls_server_config: {cert_file: server.crt, key: ''}", &["one of `key` and `key_file` is missing"]);
}

#[test]
fn both_are_empty() {
    let text = "tls_server_config: {cert_file: '', key_file: '', client_auth_type: NoClientCert}";
    wrong(text, &["one of `cert` and `cert_file` is missing", "one of `key` and `key_file` is missing"]);
}

#[test]
fn nothing_at_all_below_tls_is_no_tls() {
    assert_eq!(right("tls_server_config: {cert_file: '', key_file: ''}"), "no TLS");
    assert_eq!(right("tls_server_config:\n"), "no TLS");
}

#[test]
fn a_certificate_that_is_not_there() {
    let text = "tls_server_config: {cert_file: somefile, key_file: server.key}";
    wrong(text, &["`cert_file` /etc/hangup/somefile cannot be read"]);
}

#[test]
fn a_key_that_is_not_there() {
    let text = "tls_server_config: {cert_file: server.crt, key_file: somefile}";
    wrong(text, &["`key_file` /etc/hangup/somefile cannot be read"]);
}

#[test]
fn neither_is_there() {
    wrong("tls_server_config: {cert_file: a, key_file: b}", &["/etc/hangup/a cannot", "/etc/hangup/b cannot"]);
}

#[test]
fn certificate_and_key_given_twice() {
    let text = format!("tls_server_config: {{{PAIR}, cert: x, key: y}}");
    wrong(&text, &["`cert` and `cert_file` are both given", "`key` and `key_file` are both given"]);
}

#[test]
fn what_is_no_pem() {
    wrong("tls_server_config: {cert_file: text.txt, key_file: server.key}", &["holds no certificate in PEM"]);
    wrong("tls_server_config: {cert_file: server.crt, key_file: text.txt}", &["no private key in PEM"]);
}

#[test]
fn a_client_ca_without_a_policy() {
    wrong(&tls(", client_ca_file: ca.crt"), &["no `client_auth_type`", "RequireAndVerifyClientCert"]);
}

#[test]
fn a_policy_without_a_client_ca() {
    wrong(&tls(", client_auth_type: RequireAndVerifyClientCert"), &["takes a `client_ca_file`"]);
}

#[test]
fn a_policy_that_is_none() {
    wrong(&tls(", client_auth_type: RequireIt"), &["`client_auth_type` cannot be `RequireIt`", "RequestClientCert"]);
}

#[test]
fn a_client_ca_that_is_not_there() {
    let text = tls(", client_auth_type: RequireAndVerifyClientCert, client_ca_file: somefile");
    wrong(&text, &["`client_ca_file` /etc/hangup/somefile cannot be read"]);
}

#[test]
fn names_of_clients_take_a_certificate() {
    wrong(&tls(", client_allowed_sans: [a.example]"), &["`client_allowed_sans` takes"]);
    let any = |name: &str| tls(&format!(", client_auth_type: RequireAnyClientCert, client_allowed_sans: [{name}]"));
    wrong(&any("a@b.example"), &["`a@b.example` is a mail address"]);
    assert_eq!(right(&any("'spiffe://a/b'")), "TLS, client certificates required");
}

#[test]
fn a_password_that_is_no_hash() {
    wrong("basic_auth_users:\n  john: doe\n", &["web.yml:2", "the password of `john` is no bcrypt hash"]);
}

#[test]
fn a_password_is_never_repeated() {
    let problems = read_text("basic_auth_users: {john: secret123}").err().expect("it is refused");
    assert!(!problems[0].to_string().contains("secret123"));
}

#[test]
fn a_suite_that_is_none() {
    wrong(&tls(", cipher_suites: [TLS_RSA_WITH_INVENTED]"), &["`cipher_suites` cannot be `TLS_RSA_WITH_INVENTED`"]);
}

#[test]
fn a_suite_that_rustls_does_not_have_is_refused_by_name() {
    let text = tls(", cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA]");
    wrong(&text, &["`TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA`", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"]);
}

#[test]
fn a_curve_that_is_none() {
    wrong(&tls(", curve_preferences: [P1337]"), &["`curve_preferences` cannot be `P1337`"]);
}

#[test]
fn a_curve_that_rustls_does_not_have_is_refused_by_name() {
    wrong(&tls(", curve_preferences: [CurveP521]"), &["`CurveP521`", "X25519, CurveP256, CurveP384"]);
}

#[test]
fn a_version_that_is_none() {
    wrong(&tls(", min_version: TLS111"), &["`min_version` cannot be `TLS111`; there are TLS12, TLS13"]);
}

#[test]
fn versions_that_are_broken_are_refused_by_name() {
    for old in ["TLS10", "TLS11"] {
        wrong(&tls(&format!(", min_version: {old}")), &[old, "broken and not spoken"]);
    }
}

#[test]
fn versions_that_leave_none() {
    wrong(&tls(", min_version: TLS13, max_version: TLS12"), &["no version is both"]);
}

#[test]
fn headers_that_may_not_be_set() {
    let text = "http_server_config: {headers: {X-Invented: x}}";
    wrong(text, &["`X-Invented` is not a key of `headers`"]);
}

#[test]
fn headers_with_values_that_they_do_not_have() {
    let headers = |text: &str| format!("http_server_config: {{headers: {{{text}}}}}");
    wrong(&headers("X-Content-Type-Options: sniff"), &["invalid value `sniff`", "write nosniff"]);
    wrong(&headers("X-Frame-Options: allow"), &["invalid value `allow`", "write deny or sameorigin"]);
    right(&headers("X-Frame-Options: '', Strict-Transport-Security: max-age=1"));
}

#[test]
fn http2_is_taken_and_not_spoken() {
    right(&format!("{}http_server_config: {{http2: true}}\n", tls("")));
    wrong("http_server_config: {http2: perhaps}", &["`http2`", "perhaps"]);
}

#[test]
fn a_limit_of_requests() {
    assert_eq!(right("rate_limit: {interval: 0, burst: 0}"), "no TLS");
    assert_eq!(right("rate_limit: {interval: 1m1.5s, burst: 2}"), "no TLS, requests limited");
    wrong("rate_limit: {interval: 1s}", &["`burst` under 1"]);
    wrong("rate_limit: {interval: 1, burst: 2}", &["`interval`", "invalid duration `1`"]);
    wrong("rate_limit: {interval: '', burst: 2}", &["invalid duration"]);
}

#[test]
fn durations_of_go() {
    let read = |text: &str| go_duration(text).map(|duration| duration.as_micros());
    assert_eq!(read("1h2m3.5s"), Ok(3_723_500_000));
    assert_eq!(read("250us"), Ok(250));
    for wrong in ["1d", "s", "1.2.3s", "-1s", "1e400s"] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn what_it_names_is_part_of_what_it_holds() {
    let files = |key: &[u8]| {
        let text = tls("").into_bytes();
        let folder = [(PathBuf::from(FILE), text), (PathBuf::from("/etc/hangup/server.key"), key.to_vec())];
        Folder(folder.into_iter().collect())
    };
    let held = |key: &[u8]| contents(Path::new(FILE), &files(key));
    assert_eq!(held(b"one"), held(b"one"));
    assert_ne!(held(b"one"), held(b"two"));
    assert_eq!(held(b"one")[1..], [None, Some(b"one".to_vec())]);
}
