//! Clients that leave in mid-body: nginx logs them with the 200 that was already out.

use hangup::demo::clients::plan::{Leaving, Parting, Plan};

use super::on_both;
use super::stage::{Troupe, of, proxied};
use crate::support::nginx::{Site, Version};

on_both!(clients_leave_in_mid_body);

/// More than the buffers of both sockets and of nginx hold together.
const BODY_BYTES: u64 = 20_000_000;

fn clients_leave_in_mid_body(version: Version) {
    let troupe = Troupe::new();
    let shop = troupe.upstream();
    let server = proxied("/", shop.addr, "") + "location /search/ { alias files/; }";
    let mut stage = troupe.stage(Site { version, server: &server, ..Site::default() }, &[("shop", shop.addr)], &[]);
    std::fs::create_dir(stage.nginx.path("files")).expect("a directory");
    std::fs::write(stage.nginx.path("files/film"), vec![b'x'; BODY_BYTES as usize]).expect("a file");
    let leaving = Leaving::InBody { bytes: 10_000 };
    let plan = |name, path: String, leaving, parting| Plan {
        name,
        visits: 6,
        paths: vec![path],
        leaving,
        parting,
        ..Plan::default()
    };
    let large = format!("/cart/1?do=bytes/{BODY_BYTES}");
    let run = stage.visit(&[
        plan("closes", large.clone(), leaving, Parting::Fin),
        plan("resets", large, leaving, Parting::Rst),
        plan("file", "/search/film".to_owned(), leaving, Parting::Fin),
        plan("reads", "/cart/1?do=bytes/100000".to_owned(), Leaving::Never, Parting::Fin),
        plan("reads file", "/search/film".to_owned(), Leaving::Never, Parting::Fin),
    ]);
    let left = of(&run, "closes").left_in_body[&200] + of(&run, "resets").left_in_body[&200];
    let (file, read, file_read) = (
        of(&run, "file").left_in_body[&200],
        of(&run, "reads").completed[&200],
        of(&run, "reads file").completed[&200],
    );
    assert_eq!((left, file, read, file_read), (12, 6, 6, 6), "{run:#?}");
    let (mut books, _) = stage.end();
    // Whether nginx hears of it from epoll or from its own writing is the kernel's choice; somebody always does.
    let heard: u64 = ["closed_body", "reset"].iter().filter_map(|kind| books.remove(&format!("clients {kind}"))).sum();
    let expected = [
        ("requests cart GET 200", left + read),
        ("requests search GET 200", file + file_read),
        ("outcomes cart cut_short", left),
        ("outcomes cart ok", read),
        ("outcomes search cut_short", file),
        ("outcomes search ok", file_read),
        ("gave up cart client body 200", left),
        ("gave up search client body 200", file),
        ("tries shop 200", left + read),
        ("responses shop ok", left + read),
    ];
    stage.compare(&books, &expected);
    assert_eq!(heard, left + file, "clients that left in mid-body, in the error log");
}
