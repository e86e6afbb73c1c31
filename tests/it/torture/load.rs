//! Clients that know what they asked: keep-alive connections at a steady rate, every answer counted.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Requests by route. A route is a slice of the run, so that a line lost in one and one doubled in another both show.
/// Where many sites are asked, they are by site.
pub type Routes = BTreeMap<String, u64>;

const CONNECTIONS: u32 = 4;
/// How long a route lasts.
const SLICE: Duration = Duration::from_millis(100);
/// Every so manieth request goes through proxy_pass.
const PROXIED_EVERY: u64 = 32;
/// Between two batches of a connection.
const TICK: Duration = Duration::from_millis(5);

pub struct Load {
    stop: Arc<AtomicBool>,
    connections: Vec<JoinHandle<Routes>>,
}

impl Load {
    /// `rate`: requests per second, all connections together.
    pub fn start(port: u16, rate: u32) -> Load {
        Load::of(port, rate, |number, slice| {
            let kind = if number.is_multiple_of(PROXIED_EVERY) { 'p' } else { 't' };
            let path = format!("/{kind}/{slice}");
            Asked { host: "shop.example".to_owned(), counted_as: path.clone(), path }
        })
    }

    /// The same for the sites `0.example`, `1.example` and so on, each in its turn.
    pub fn of_sites(port: u16, rate: u32, sites: u64) -> Load {
        Load::of(port, rate, move |number, slice| {
            let host = format!("{}.example", number % sites);
            Asked { path: format!("/t/{slice}"), counted_as: host.clone(), host }
        })
    }

    fn of(port: u16, rate: u32, ask_for: impl Fn(u64, &str) -> Asked + Copy + Send + 'static) -> Load {
        let stop = Arc::new(AtomicBool::new(false));
        let connections = (0..CONNECTIONS).map(|_| {
            let stop = Arc::clone(&stop);
            std::thread::spawn(move || ask(port, f64::from(rate) / f64::from(CONNECTIONS), ask_for, &stop))
        });
        Load { connections: connections.collect(), stop }
    }

    /// Ends, and tells what was answered.
    pub fn stop(self) -> Routes {
        self.stop.store(true, Ordering::Relaxed);
        let mut all = Routes::new();
        for connection in self.connections {
            for (route, count) in connection.join().expect("every request was answered") {
                *all.entry(route).or_default() += count;
            }
        }
        all
    }
}

/// One request.
struct Asked {
    host: String,
    path: String,
    counted_as: String,
}

fn ask(port: u16, rate: f64, ask_for: impl Fn(u64, &str) -> Asked, stop: &AtomicBool) -> Routes {
    let mut stream = connect(port);
    let mut answered = Routes::new();
    let (begun, mut sent) = (Instant::now(), 0);
    while !stop.load(Ordering::Relaxed) {
        let due = (begun.elapsed().as_secs_f64() * rate) as u64;
        let slice = slice(begun.elapsed());
        let batch: Vec<Asked> = (sent..due).map(|number| ask_for(number, &slice)).collect();
        let count = exchange(&mut stream, &batch);
        if count < batch.len() {
            // A reload of nginx closes connections. What it has not answered by then it has not seen either.
            stream = connect(port);
        }
        for asked in batch.into_iter().take(count) {
            *answered.entry(asked.counted_as).or_default() += 1;
        }
        sent = due;
        std::thread::sleep(TICK);
    }
    answered
}

fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).expect("nginx listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
    stream
}

/// Asks for all of these at once; returns how many were answered before the connection was closed.
fn exchange(stream: &mut TcpStream, batch: &[Asked]) -> usize {
    let ask = |asked: &Asked| format!("GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", asked.path, asked.host);
    match stream.write_all(batch.iter().map(ask).collect::<String>().as_bytes()) {
        Ok(()) => read_answers(stream, batch.len()),
        Err(_) => 0,
    }
}

/// Letters that no fold takes for an id: no digits, nothing hexadecimal.
fn slice(elapsed: Duration) -> String {
    let mut number = elapsed.as_millis() / SLICE.as_millis();
    let mut name = String::new();
    for _ in 0..4 {
        name.insert(0, char::from(b'g' + (number % 16) as u8));
        number /= 16;
    }
    name
}

/// Reads so many heads, or as many as come; none of the answers has a body.
fn read_answers(stream: &mut TcpStream, count: usize) -> usize {
    const END: &[u8] = b"\r\n\r\n";
    let (mut heads, mut matched, mut buffer) = (0, 0, [0; 64 * 1024]);
    while heads < count {
        let length = match stream.read(&mut buffer) {
            Ok(0) => return heads,
            Ok(length) => length,
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return heads,
            Err(error) => panic!("nginx does not answer: {error}"),
        };
        for &byte in &buffer[..length] {
            matched = if byte == END[matched] { matched + 1 } else { usize::from(byte == END[0]) };
            if matched == END.len() {
                (heads, matched) = (heads + 1, 0);
            }
        }
    }
    assert_eq!(heads, count, "more answers than questions");
    heads
}
