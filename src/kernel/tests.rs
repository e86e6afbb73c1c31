//! The texts of several kernels (tests/fixtures/proc), the kernel's sentences, and hand-made netlink answers.

use std::net::SocketAddr;

use proptest::prelude::*;

use super::connections::{Connections, Side};
use super::listen_queue::{Place, Queues, add_tcp};
use super::messages::{Messages, of_kmsg_record, of_log_line};
use super::sock_diag::{Message, TcpSocket, messages};
use super::tcp_info::TcpInfo;
use super::upstream_paths::{UpstreamPath, UpstreamPaths};
use super::*;

fn named(counts: &[Count]) -> Vec<(&str, u64)> {
    counts.iter().map(|count| (count.name, count.value)).collect()
}

/// The kernel's name of a counter, if it stands in that line.
fn in_line(row: &Counter<&'static str>, line: &str) -> Option<&'static str> {
    let (own, name) = row.kernel.strip_prefix("TcpExt").map_or(("Tcp", &row.kernel[3..]), |name| ("TcpExt", name));
    (own == line).then_some(name)
}

#[test]
fn every_tcp_counter_is_found_wherever_a_kernel_puts_it() {
    let reversed: Vec<_> = netstat::COUNTERS.iter().enumerate().rev().collect();
    let pair = |of: &str| {
        let named = reversed.iter().filter_map(|(index, row)| Some((in_line(row, of)?, index.to_string())));
        let (names, values): (Vec<_>, Vec<_>) = named.unzip();
        format!("{of}: Unknown {}\n{of}: 77 {}\n", names.join(" "), values.join(" "))
    };
    let got = netstat::parse(&(pair("Tcp") + &pair("TcpExt"))).expect("two pairs");
    let expected: Vec<_> = netstat::COUNTERS.iter().zip(0..).map(|(row, value)| (row.name, value)).collect();
    assert_eq!(named(&got), expected);
}

/// The rule behind the table: the kernel's words, apart, in small letters, without the protocol's name.
#[test]
fn names_follow_the_kernels() {
    for row in netstat::COUNTERS {
        let letters = row.name.replace('_', "");
        let kernels = in_line(row, "TcpExt").or(in_line(row, "Tcp")).expect("in one of them");
        assert_eq!(kernels.strip_prefix("TCP").unwrap_or(kernels).to_lowercase(), letters, "{row:?}");
        assert!(row.help.contains(&format!("({kernels})")), "the help names the kernel's word: {row:?}");
    }
}

#[test]
fn texts_that_are_no_netstat() {
    for text in ["", "one line", "Tcp: A\nUdp: 1\n", "no colon\nno colon\n"] {
        assert!(netstat::parse(text).is_err(), "{text:?}");
    }
    assert_eq!(
        netstat::parse("TcpExt: ListenDrops ListenOverflows\nTcpExt: -1\n"),
        Ok(vec![]),
        "no value is no sample"
    );
}

#[test]
fn softnet_is_read_by_position() {
    let check = |text, expected: Option<(u64, u64)>| {
        let counts = softnet::parse(text).ok();
        assert_eq!(counts.map(|counts| (counts[0].value, counts[1].value)), expected, "{text:?}");
    };
    check("00000015 0000000a 00000010\n00000015 00000001 00000001 00000000\n", Some((11, 17)));
    check("", None);
    check("00000015 00000001\n", None);
    check("00000015 zz 00000001\n", None);
}

#[test]
fn many_devices_share_a_name_and_real_ones_keep_theirs() {
    let header = "Inter-| Receive | Transmit\n face |bytes\n";
    let row = |name: &str| format!("{name}: 0 0 0 2 0 0 0 0 0 0 0 0 0 0 0 0\n");
    let veths: String = (0..netdev::DEVICES_MAX + 10).map(|index| row(&format!("veth{index:03}"))).collect();
    let drops = netdev::parse(&format!("{header}{veths}{}", row("zone0"))).expect("a table");
    let of = |name: &str| drops.iter().find(|device| device.device == name).map(|device| device.drops);
    assert_eq!((drops.len(), of("zone0"), of(netdev::OTHER)), (netdev::DEVICES_MAX + 1, Some(2), Some(22)));
    assert!(netdev::parse("a\nb\neth0: what\n").is_err());
}

#[test]
fn the_kernels_sentences() {
    let check = |texts: &[&str], expected: [u64; 2]| {
        let mut messages = Messages::default();
        texts.iter().for_each(|text| messages.add(text));
        let counts: Vec<_> = messages.counts().map(|(_, count)| count).collect();
        assert_eq!(counts, expected, "{texts:?}");
    };
    let full = "nf_conntrack: nf_conntrack: table full, dropping packet";
    check(&["nf_conntrack: table full, dropping packet"], [1, 0]);
    check(&["nf_conntrack: nf_conntrack: table full in netns 4026532454, dropping packet"], [1, 0]);
    check(
        &["TCP: request_sock_TCP: Possible SYN flooding on port 8080. Sending cookies.  Check SNMP counters."],
        [0, 1],
    );
    check(&["TCP: request_sock_TCP: Possible SYN flooding on port 10.99.0.2:8080. Dropping request."], [0, 1]);
    check(&[full, "net_ratelimit: 400 callbacks suppressed", full], [402, 0]);
    check(&[full, "usb 1-1: new device", "net_ratelimit: 400 callbacks suppressed"], [1, 0]);
    check(&["net_ratelimit: 400 callbacks suppressed", full], [1, 0]);
    check(&[full, "net_ratelimit: many callbacks suppressed"], [1, 0]);
    check(&["eth0: link up", ""], [0, 0]);
}

#[test]
fn only_the_kernels_own_lines_count() {
    assert_eq!(of_kmsg_record("4,1234,98765432,-;table full\n SUBSYSTEM=net\n"), Some("table full"));
    assert_eq!(of_kmsg_record("12,1234,98765432,-;from user space"), None);
    assert_eq!(of_kmsg_record("garbage"), None);
    assert_eq!(of_log_line("Nov 20 10:11:12 web kernel: [   12.345678] table full"), Some("table full"));
    assert_eq!(of_log_line("2026-11-20T10:11:12.123456+00:00 web kernel: table full"), Some("table full"));
    assert_eq!(of_log_line("Nov 20 10:11:12 web app[7]: said kernel: table full"), None);
    assert_eq!(of_log_line("Nov 20 10:11:12 web app[7]: nf_conntrack: table full"), None);
}

fn socket(local: &str, remote: &str, state: u8, queues: (u32, u32)) -> TcpSocket {
    let parsed = |text: &str| text.parse::<SocketAddr>().expect("an address");
    TcpSocket {
        local: parsed(local),
        remote: parsed(remote),
        state,
        recv_queue: queues.0,
        send_queue: queues.1,
        inode: 0,
        info: None,
    }
}

#[test]
fn sockets_of_one_port_are_one_listener() {
    let mut queues = Queues::new();
    for (local, lengths) in
        [("0.0.0.0:80", (3, 511)), ("0.0.0.0:80", (0, 511)), ("[::]:80", (6, 5)), ("127.0.0.1:80", (1, 1))]
    {
        add_tcp(&mut queues, &socket(local, "0.0.0.0:0", 10, lengths));
    }
    let shown: Vec<_> =
        queues.iter().map(|(place, queue)| (place.address(), place.port(), queue.length, queue.limit)).collect();
    let expected = [("0.0.0.0", 3, 1022), ("127.0.0.1", 1, 1), ("::", 6, 5)];
    assert_eq!(shown, expected.map(|(address, length, limit)| (address.to_owned(), "80".to_owned(), length, limit)));
    assert_eq!(Place::Unix("/run/a.sock".into()).address(), "unix:/run/a.sock");
}

#[test]
fn listeners_are_bounded() {
    let mut queues = Queues::new();
    for port in 1..=2000 {
        add_tcp(&mut queues, &socket(&format!("127.0.0.1:{port}"), "0.0.0.0:0", 10, (0, 1)));
    }
    assert_eq!(queues.len(), listen_queue::LISTENERS_MAX);
}

#[test]
fn connections_are_counted_at_the_end_that_is_nginxs() {
    let mut connections = Connections::of_ports([(Side::Client, 80), (Side::Upstream, 9000)]);
    for (local, remote, state) in [
        ("10.0.0.1:80", "10.0.0.9:40000", 1),
        ("10.0.0.1:80", "10.0.0.9:40001", 8),
        ("10.0.0.1:41000", "10.0.0.2:9000", 2),
        ("10.0.0.1:9000", "10.0.0.2:41000", 1),
        ("10.0.0.1:22", "10.0.0.9:40002", 1),
        ("10.0.0.1:80", "10.0.0.9:40003", 99),
    ] {
        connections.add(&socket(local, remote, state, (0, 0)));
    }
    let all: Vec<_> = connections.counts().collect();
    assert_eq!(all.len(), 2 * connections::STATES.len(), "every state is there from the start");
    let some: Vec<_> =
        all.iter().filter(|row| row.count > 0).map(|row| (row.side.as_str(), row.port, row.state, row.count)).collect();
    assert_eq!(
        some,
        [("client", 80, "established", 1), ("client", 80, "close_wait", 1), ("upstream", 9000, "syn_sent", 1)]
    );
}

/// As the kernel would answer (struct inet_diag_msg, include/uapi/linux/inet_diag.h).
fn inet_diag_message(port: u16, recv_queue: u32, send_queue: u32) -> Vec<u8> {
    let mut body = vec![libc::AF_INET as u8, 10, 0, 0];
    body.extend(port.to_be_bytes());
    body.extend([0; 2]);
    body.extend([127, 0, 0, 1]);
    body.extend([0; 12 + 16 + 4 + 8 + 4]);
    body.extend([recv_queue, send_queue, 1000, 4242].iter().flat_map(|number| number.to_ne_bytes()));
    netlink_message(20, &body)
}

fn netlink_message(kind: u16, body: &[u8]) -> Vec<u8> {
    let mut bytes = (16 + body.len() as u32).to_ne_bytes().to_vec();
    bytes.extend(kind.to_ne_bytes());
    bytes.extend([0; 10]);
    bytes.extend(body);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

#[test]
fn a_datagram_of_answers() {
    let datagram = [
        inet_diag_message(80, 6, 5),
        netlink_message(20, &[255]),
        inet_diag_message(81, 0, 511),
        netlink_message(3, &[0; 4]),
    ];
    let got: Vec<_> = messages(&datagram.concat()).collect();
    let listener = |local, queues| Message::Tcp(TcpSocket { inode: 4242, ..socket(local, "0.0.0.0:0", 10, queues) });
    assert_eq!(got, [listener("127.0.0.1:80", (6, 5)), listener("127.0.0.1:81", (0, 511)), Message::Done]);
    let refused: Vec<_> = messages(&netlink_message(2, &(-libc::EPERM).to_ne_bytes())).collect();
    assert_eq!(refused, [Message::Refused(libc::EPERM)]);
}

/// A tcp_info as a kernel fills it, cut off after so many bytes.
fn tcp_info(retransmits: u8, idle_ms: u32, round_trip_us: u32, retransmitted: u32, bytes: usize) -> Vec<u8> {
    let mut info = vec![0; 256];
    info[2] = retransmits;
    for (at, value) in [(44, idle_ms + 40), (52, idle_ms), (68, round_trip_us), (100, retransmitted), (136, 1_000_u32)]
    {
        info[at..at + 4].copy_from_slice(&value.to_ne_bytes());
    }
    info.truncate(bytes);
    info
}

#[test]
fn what_is_measured_belongs_to_its_upstream() {
    let upstreams = ["10.0.0.2:9001", "10.0.0.3:9001"].map(|text| text.parse::<SocketAddr>().expect("an address"));
    let mut paths = UpstreamPaths::of(upstreams);
    let mut add = |remote: &str, state: u8, info: Vec<u8>| {
        let info = TcpInfo::parse(&info);
        paths.add(&TcpSocket { info, ..socket("10.0.0.1:40000", remote, state, (0, 0)) });
    };
    add("10.0.0.2:9001", 1, tcp_info(0, 100, 2_000, 3, 248));
    // Linux 3.10 ends before the segments that were sent.
    add("10.0.0.2:9001", 1, tcp_info(0, 4_900, 4_000, 1, 104));
    add("10.0.0.2:9001", 2, tcp_info(1, 0, 0, 1, 248));
    add("10.0.0.2:9001", 2, tcp_info(0, 0, 0, 0, 248));
    add("10.0.0.2:9001", 6, Vec::new());
    add("192.0.2.7:443", 1, tcp_info(0, 9_000, 90_000, 50, 248));
    let [first, second] = paths.rows().collect::<Vec<_>>()[..] else { panic!("two upstreams") };
    let expected = UpstreamPath {
        upstream: upstreams[0],
        connections: 2,
        round_trip_seconds: Some(0.003),
        idle_seconds: Some(4.9),
        sent_segments: 1_000,
        retransmitted_segments: 4,
        unanswered_syns: 1,
    };
    assert_eq!(first, expected);
    assert_eq!((second.connections, second.round_trip_seconds, second.idle_seconds), (0, None, None));
    assert_eq!(TcpInfo::parse(&[0; 103]), None);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>, kind in 0u16..32, family in prop::sample::select(vec![1u8, 2, 10])) {
        let _ = messages(&bytes).count();
        let body = [&[family], &bytes[..]].concat();
        let _ = messages(&netlink_message(kind, &body)).count();
        let _ = messages(&netlink_message(20, &[&[family], &[0; 71][..], &bytes[..]].concat())).count();
    }

    #[test]
    fn no_text_makes_it_panic(text in "(Tcp: |nf_conntrack: |[0-9]+,|;|\\PC|\n|:){0,40}") {
        let _ = (netstat::parse(&text), softnet::parse(&text), netdev::parse(&text), number(&text));
        let _ = (of_kmsg_record(&text), of_log_line(&text));
        Messages::default().add(&text);
    }
}
