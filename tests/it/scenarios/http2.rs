//! HTTP/2: each abandoned stream is a request of its own, however it was left.

use std::process::{Child, Command, Stdio};

use super::on_both;
use super::stage::{LONG, Stage, Troupe, proxied};
use crate::support::http2::Http2;
use crate::support::nginx::{Site, Version};
use crate::support::wait_for;

on_both!(curl_runs_out_of_time, streams_are_cancelled_and_their_connection_breaks);

fn curl_runs_out_of_time(version: Version) {
    let troupe = Troupe::new();
    let shop = troupe.upstream();
    let (listen, on) = http2(version);
    let server = proxied("/", shop.addr, "") + on;
    let stage = troupe.stage(Site { version, listen, server: &server, ..Site::default() }, &[("shop", shop.addr)], &[]);
    let seconds = LONG.as_secs().to_string();
    let hanging: Vec<Child> =
        (0..6).map(|n| curl(&stage, &["--max-time", &seconds], &[format!("/search/{n}?do=hang")])).collect();
    let answered: Vec<Child> = (0..5).map(|n| curl(&stage, &[], &[format!("/cart/{n}?do=bytes/1000")])).collect();
    let codes = |children: Vec<Child>| {
        children.into_iter().map(|mut c| c.wait().expect("curl ends").code()).collect::<Vec<_>>()
    };
    assert_eq!(codes(answered), [Some(0); 5]);
    // 28 is curl's code for "operation timed out".
    assert_eq!(codes(hanging), [Some(28); 6]);
    stage.expect(&[
        ("requests search GET 499", 6),
        ("requests cart GET 200", 5),
        ("outcomes search abandoned", 6),
        ("outcomes cart ok", 5),
        ("gave up search client response 499", 6),
        ("abandoned search GET long user", 6),
        ("tries shop none", 6),
        ("tries shop 200", 5),
        ("responses shop abandoned", 6),
        ("responses shop ok", 5),
        ("clients closed_stream", 6),
    ]);
}

/// Eight requests on one connection: three are cancelled, over the others it breaks. Eight 499s, but one message in
/// the error log for each cancelled stream and a single one for the connection.
fn streams_are_cancelled_and_their_connection_breaks(version: Version) {
    let troupe = Troupe::new();
    let shop = troupe.upstream();
    let (listen, on) = http2(version);
    let server = proxied("/", shop.addr, "") + on;
    let stage = troupe.stage(Site { version, listen, server: &server, ..Site::default() }, &[("shop", shop.addr)], &[]);
    let mut client = Http2::connect(&stage.nginx.addr());
    let streams: Vec<u32> = (0..8).map(|n| client.get(&format!("/search/{n}?do=hang"))).collect();
    stage.seen_by(&shop, 8);
    streams.iter().take(3).for_each(|id| client.cancel(*id));
    wait_for("nginx to take note of the cancelled ones", || (shop.served.counts().total.left == 3).then_some(()));
    client.close();
    stage.expect(&[
        ("requests search GET 499", 8),
        ("outcomes search abandoned", 8),
        ("gave up search client response 499", 8),
        ("abandoned search GET short user", 8),
        ("tries shop none", 8),
        ("responses shop abandoned", 8),
        ("clients closed_stream", 3 + 1),
    ]);
}

/// What to add to `listen`, and to the server.
fn http2(version: Version) -> (&'static str, &'static str) {
    match version {
        Version::Debian => (" http2", ""),
        Version::Wheel => ("", "http2 on;"),
    }
}

fn curl(stage: &Stage, flags: &[&str], paths: &[String]) -> Child {
    let urls = paths.iter().map(|path| format!("http://{}{path}", stage.nginx.addr()));
    let mut command = Command::new("curl");
    command.args(["--silent", "--http2-prior-knowledge"]).args(flags).args(urls);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("curl; `make tools` installs it")
}
