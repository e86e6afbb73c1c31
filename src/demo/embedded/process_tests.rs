//! The demo's directory, its page and its end: what stands around the generator.

use regex::Regex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::incidents::Cause;
use super::*;

const NOW_MILLIS: u64 = 1_795_270_646_000;

fn prepared() -> (tempfile::TempDir, Demo) {
    let dir = tempfile::tempdir().unwrap();
    let args = DemoArgs { dir: Some(dir.path().to_owned()), ..DemoArgs::default() };
    let demo = prepare(dir.path(), &args).unwrap();
    (dir, demo)
}

#[test]
#[allow(
    clippy::disallowed_methods,
    reason = "a real nginx judges the configuration; only the product starts no processes"
)]
fn a_real_nginx_accepts_the_configuration() {
    let (_dir, demo) = prepared();
    let mut nginx = std::process::Command::new("nginx");
    let checked =
        nginx.args(["-t", "-q", "-c"]).arg(&demo.nginx_conf).output().expect("nginx is installed (make test does it)");
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    assert_eq!(demo.generator.totals(), &Totals::default());
}

#[test]
fn the_proc_tree_has_the_kernels_layout() {
    let (_dir, demo) = prepared();
    let mut generator = Generator::new(1, 1.0);
    generator.set_cause(Cause::ConntrackExhaustion);
    generator.step(NOW_MILLIS, 60_000, &mut Output::default());
    generator.step(NOW_MILLIS, 60_000, &mut Output::default());
    demo.proc_tree.write(generator.kernel()).unwrap();
    let read = |path: &str| std::fs::read_to_string(demo.proc_root.join(path)).unwrap();
    assert_eq!(read("sys/net/netfilter/nf_conntrack_count"), "65400\n");
    let table = read("net/stat/nf_conntrack");
    let rows: Vec<Vec<&str>> = table.lines().map(|row| row.split_whitespace().collect()).collect();
    assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{table}");
    let column = rows[0].iter().position(|name| *name == "insert_failed").unwrap();
    let failed: u64 = rows[1..].iter().map(|row| u64::from_str_radix(row[column], 16).unwrap()).sum();
    assert_eq!(failed, generator.kernel().conntrack_insert_failed);
    assert!(failed >= 3_450, "two minutes of the incident, the first spent climbing: {failed}");
    for file in ["net/netstat", "net/snmp"] {
        let text = read(file);
        let widths: Vec<usize> = text.lines().map(|line| line.split(' ').count()).collect();
        assert_eq!(widths[0], widths[1], "{file}");
    }
}

#[test]
fn rotation_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (access, error) = (dir.path().join("a"), dir.path().join("e"));
    let mut writer = Writer::open_with(&access, &error, 10).unwrap();
    for n in 0..3 {
        writer.write(&Output { access: format!("line {n} is long\n").into_bytes(), error: Vec::new() }).unwrap();
    }
    let read = |path: &str| std::fs::read_to_string(dir.path().join(path)).unwrap();
    assert_eq!((read("a.1").as_str(), read("a").as_str()), ("line 1 is long\n", "line 2 is long\n"));
    assert_eq!(read("e"), "");
}

#[test]
fn what_cannot_be_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let check = |args: DemoArgs, said: &str| {
        let problem = format!("{:#}", prepare(dir.path(), &args).unwrap_err());
        assert!(problem.contains(said), "{problem}");
    };
    let args = || DemoArgs { dir: Some(dir.path().to_owned()), ..DemoArgs::default() };
    check(DemoArgs { speed: 0.0, ..args() }, "--speed 0 is out of range");
    check(DemoArgs { rate: f64::NAN, ..args() }, "--rate NaN is out of range");
    check(DemoArgs { status_listen: ([192, 0, 2, 1], 80).into(), ..args() }, "choose another with --status-listen");
    check(DemoArgs { dir: None, ..args() }, "choose another with --dir");
}

#[tokio::test]
async fn it_runs_answers_and_cleans_up() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("demo");
    let demo = prepare(&dir, &DemoArgs { speed: 20.0, ..DemoArgs::default() }).unwrap();
    let (url, access_log) = (demo.status_url.clone(), demo.access_log.clone());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(demo.run(async move { stopped.await.unwrap_or(()) }));
    let flowing = async {
        while !std::fs::metadata(&access_log).is_ok_and(|log| log.len() > 10_000) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), flowing).await.expect("lines flow");
    let address = url.strip_prefix("http://").and_then(|rest| rest.strip_suffix("/stub_status")).unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /stub_status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).await.unwrap();
    let pattern = r"Active connections: \d+ \nserver accepts handled requests\n \d+ \d+ \d+ \nReading: \d+ Writing: \d+ Waiting: \d+ \n$";
    assert!(Regex::new(pattern).unwrap().is_match(&page), "{page}");
    stop.send(()).unwrap();
    running.await.unwrap().unwrap();
    assert!(!dir.exists());
}
