//! `linemux-peer LOG HOST:PORT`: counts the lines that linemux hands out, and serves the counts to Prometheus.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

type Counts = Arc<Mutex<BTreeMap<String, u64>>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let mut args = std::env::args().skip(1);
    let (log, addr) = (args.next().expect("a log"), args.next().expect("an address"));
    let counts = Counts::default();
    let (listener, served) = (TcpListener::bind(addr)?, Arc::clone(&counts));
    std::thread::spawn(move || listener.incoming().flatten().try_for_each(|stream| answer(stream, &served)));
    let mut lines = linemux::MuxedLines::new()?;
    lines.add_file_from_start(log).await?;
    loop {
        // A line that is no UTF-8 is an error, and lost; so is what comes when nothing is watched any more.
        if let Ok(Some(line)) = lines.next_line().await {
            *counts.lock().expect("no panic").entry(route(line.line()).to_owned()).or_default() += 1;
        }
    }
}

/// The path; what is no path of the torture's clients is a line in pieces.
fn route(line: &str) -> &str {
    let path = line.split_once("\"GET ").and_then(|(_, rest)| rest.split_once(" HTTP/")).map(|(path, _)| path);
    path.filter(|path| path.bytes().all(|byte| byte == b'/' || byte.is_ascii_lowercase())).unwrap_or("garbled")
}

/// One exposition to whoever connects, whatever is asked.
fn answer(mut stream: std::net::TcpStream, counts: &Counts) -> std::io::Result<()> {
    let _ = stream.read(&mut [0; 4096]);
    let counts = counts.lock().expect("no panic").clone();
    let mut body = format!("lines_total {}\n", counts.values().sum::<u64>());
    for (route, count) in &counts {
        body += &format!("requests_total{{route=\"{route}\"}} {count}\n");
    }
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nConnection: close\r\n";
    // Who asks may be gone already; the next one is served all the same.
    let _ = write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len());
    Ok(())
}
