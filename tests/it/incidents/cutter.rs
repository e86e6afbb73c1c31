//! A proxy in front of nginx that cuts all its connections at one period of wall-clock time, as one that is restarted does.

use std::io::{self, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::stage::{local, relay};

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// Connections that are open, by both ends.
type Open = Arc<Mutex<Vec<[TcpStream; 2]>>>;

/// Leads to `nginx` until the test ends; returns where it listens.
pub fn start(nginx: SocketAddr, period: Duration) -> SocketAddr {
    let listener = TcpListener::bind(local(0)).expect("a free port");
    let address = listener.local_addr().expect("bound");
    let open = Open::default();
    let cutting = Arc::clone(&open);
    std::thread::spawn(move || cut(&cutting, period));
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let open = Arc::clone(&open);
            std::thread::spawn(move || lead(&client, nginx, &open));
        }
    });
    address
}

fn lead(client: &TcpStream, nginx: SocketAddr, open: &Open) -> io::Result<()> {
    let mut server = TcpStream::connect(nginx)?;
    // The PROXY protocol, version 1: of each connection another client's address.
    let number = NUMBER.fetch_add(1, Ordering::Relaxed) % 250;
    write!(server, "PROXY TCP4 203.0.113.{number} 127.0.0.1 40000 80\r\n")?;
    open.lock().expect("no panic while holding it").push([client.try_clone()?, server.try_clone()?]);
    relay(client, &server)
}

fn cut(open: &Open, period: Duration) {
    loop {
        let past = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis() % period.as_millis();
        std::thread::sleep(period - Duration::from_millis(u64::try_from(past).expect("less than the period")));
        // Those that have ended by themselves are no harm.
        for end in open.lock().expect("no panic while holding it").drain(..).flatten() {
            let _ = end.shutdown(Shutdown::Both);
        }
    }
}
