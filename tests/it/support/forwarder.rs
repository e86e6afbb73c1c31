//! Stands between a Prometheus and hangup: asks for the format that the test wants, and notes what came.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A forwarder; its thread ends with the test process.
pub struct Forwarder {
    pub addr: String,
    content_types: Arc<Mutex<Vec<String>>>,
}

impl Forwarder {
    /// `accept` replaces the Accept header of every request.
    pub fn start(to: &str, accept: Option<&'static str>) -> Forwarder {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
        let addr = listener.local_addr().expect("its address").to_string();
        let content_types = Arc::new(Mutex::new(Vec::new()));
        let (to, noted) = (to.to_owned(), Arc::clone(&content_types));
        std::thread::spawn(move || {
            // One at a time is enough for one Prometheus; an error is its having left.
            for stream in listener.incoming().flatten() {
                let _ = forward(stream, &to, accept, &noted);
            }
        });
        Forwarder { addr, content_types }
    }

    /// Those of all answers so far.
    pub fn content_types(&self) -> Vec<String> {
        self.content_types.lock().expect("no panic while holding it").clone()
    }
}

fn forward(client: TcpStream, to: &str, accept: Option<&str>, noted: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut head = String::new();
    let mut lines = BufReader::new(client.try_clone()?);
    loop {
        let mut line = String::new();
        lines.read_line(&mut line)?;
        let name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
        match (name.as_str(), accept) {
            ("\r\n" | "", _) => break,
            ("connection", _) => {}
            ("accept", Some(wanted)) => head.push_str(&format!("Accept: {wanted}\r\n")),
            _ => head.push_str(&line),
        }
    }
    let mut server = TcpStream::connect(to)?;
    server.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes())?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    let text = String::from_utf8_lossy(&answer);
    let content_type =
        text.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-type: ").map(str::to_owned));
    noted.lock().expect("no panic while holding it").extend(content_type);
    (&client).write_all(&answer)
}
