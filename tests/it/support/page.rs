//! A stub_status page whose answers the test decides, over TCP, a unix socket or TLS.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// How the page answers from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// As nginx does.
    Numbers { accepts: u64, handled: u64 },
    /// Takes the connection and says nothing.
    Nothing,
    /// Says nothing until the test chooses another answer.
    Held,
    /// The right words, a byte every so often, so that something arrives all the time and the end never does.
    Drip,
    /// A good head, and then body without end.
    Endless,
    /// Text that no stub_status page says.
    Garbage,
    /// Closes at once.
    Close,
}

/// A running page. Its threads end with the test process.
pub struct Page {
    answer: Arc<Mutex<Answer>>,
}

trait Stream: Read + Write {
    /// What has to be said before the connection is closed.
    fn goodbye(&mut self) -> std::io::Result<()> {
        self.flush()
    }
}

impl Stream for TcpStream {}
impl Stream for UnixStream {}
impl Stream for StreamOwned<ServerConnection, TcpStream> {
    fn goodbye(&mut self) -> std::io::Result<()> {
        self.conn.send_close_notify();
        self.flush()
    }
}

impl Page {
    pub fn tcp(answer: Answer) -> (Page, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
        let address = listener.local_addr().expect("its address");
        (Page::serve(answer, move || listener.accept().expect("a connection").0), address)
    }

    pub fn unix(answer: Answer, path: &Path) -> Page {
        let listener = UnixListener::bind(path).expect("a socket");
        Page::serve(answer, move || listener.accept().expect("a connection").0)
    }

    /// With a certificate that nobody signed, as such a page on loopback would have; and the certificate.
    pub fn tls(answer: Answer) -> (Page, SocketAddr, String) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
        let address = listener.local_addr().expect("its address");
        let signed =
            rcgen::generate_simple_self_signed(["localhost".to_owned(), "0.0.0.0".to_owned()]).expect("a certificate");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signed.signing_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.expect("ring speaks them").with_no_client_auth();
        let config = Arc::new(config.with_single_cert(vec![signed.cert.der().clone()], key).expect("they match"));
        let accept = move || {
            let connection = ServerConnection::new(Arc::clone(&config)).expect("a valid configuration");
            StreamOwned::new(connection, listener.accept().expect("a connection").0)
        };
        (Page::serve(answer, accept), address, signed.cert.pem())
    }

    pub fn set(&self, answer: Answer) {
        *self.answer.lock().expect("no panic while holding it") = answer;
    }

    fn serve<S: Stream + Send + 'static>(answer: Answer, mut accept: impl FnMut() -> S + Send + 'static) -> Page {
        let shared = Arc::new(Mutex::new(answer));
        let page = Page { answer: Arc::clone(&shared) };
        std::thread::spawn(move || {
            loop {
                let stream = accept();
                let shared = Arc::clone(&shared);
                // An error means that the poller has left, which is the point of most answers.
                std::thread::spawn(move || give(stream, wanted(&shared)));
            }
        });
        page
    }
}

const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n";

/// What to answer now, once it is known.
fn wanted(answer: &Mutex<Answer>) -> Answer {
    loop {
        let wanted = *answer.lock().expect("no panic while holding it");
        if wanted != Answer::Held {
            return wanted;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn give(mut stream: impl Stream, answer: Answer) -> std::io::Result<()> {
    read_head(&mut stream)?;
    match answer {
        Answer::Numbers { accepts, handled } => {
            let page = format!(
                "Active connections: 3 \nserver accepts handled requests\n {accepts} {handled} 99 \n\
                 Reading: 1 Writing: 2 Waiting: 0 \n"
            );
            stream.write_all(format!("{HEAD}{page}").as_bytes())?;
            stream.goodbye()
        }
        Answer::Nothing | Answer::Held => stream.read(&mut [0]).map(drop),
        Answer::Drip => {
            for byte in HEAD.bytes().chain("Active connections: 3 \n".bytes()).cycle() {
                stream.write_all(&[byte])?;
                std::thread::sleep(Duration::from_millis(50));
            }
            Ok(())
        }
        Answer::Endless => {
            stream.write_all(HEAD.as_bytes())?;
            while stream.write_all(&[b'1'; 1 << 16]).is_ok() {}
            Ok(())
        }
        Answer::Garbage => stream.write_all(format!("{HEAD}<html>\0\u{1F984} 12 of 13</html>").as_bytes()),
        Answer::Close => Ok(()),
    }
}

fn read_head(stream: &mut impl Stream) -> std::io::Result<()> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        head.push(byte[0]);
    }
    Ok(())
}
