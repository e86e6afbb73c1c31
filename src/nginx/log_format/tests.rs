//! Every format against the lines that trap readers of it.

use super::*;

#[test]
fn every_preset_compiles_and_reads_its_own_name() {
    for name in LogFormat::PRESETS {
        let format = LogFormat::preset(name).expect("a name out of the list");
        assert!(format.has("status"), "{name}");
    }
}

#[test]
fn kv() {
    let format = LogFormat::preset("kv").unwrap();
    let line = br#"127.0.0.1 - a b [x [21/Nov/2026:14:17:26 +0000] "GET /a?b HTTP/1.1" 499 0 "-" "curl \x22/7" rt=0.301 uct="0.000, -" uht="-, -" urt="0.100, 0.200""#;
    let record = format.parse(line).unwrap();
    assert_eq!(record.status, Some(499));
    assert_eq!((record.method, record.path), (&b"GET"[..], &b"/a"[..]));
    assert_eq!(record.request_time, Some(301));
    assert_eq!(record.upstream.tries().count(), 2);
    assert_eq!(record.time.unix_millis(), Some(1_795_270_646_000));
}
