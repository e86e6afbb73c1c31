//! The requests, one of each kind, and the places that answer them.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use crate::support::nginx::Nginx;
use crate::support::{http, wait_for};

/// One request of the test.
pub struct Kind {
    pub name: &'static str,
    /// It holds nothing that a format without escaping takes for its own.
    pub is_tame: bool,
    /// nginx may know less of it than was sent: a refused head.
    pub is_refused: bool,
    /// `$uri` is not what stands in the request line.
    pub is_decoded: bool,
    /// A header ends nowhere in a format without quotes.
    pub has_blanks: bool,
}

/// Upstreams, kept open.
pub struct Places {
    silent: TcpListener,
    silent_address: SocketAddr,
}

const BIG_BYTES: usize = 4 << 20;

impl Places {
    pub fn new() -> Places {
        let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let silent_address = silent.local_addr().expect("bound");
        Places { silent, silent_address }
    }

    pub fn http(&self) -> String {
        "upstream retry { server 127.0.0.1:1 max_fails=0; server unix:backend.sock backup max_fails=0; }\n\
         upstream backend { server unix:backend.sock; }\n\
         limit_req_zone $server_name zone=one:1m rate=1r/m;\n\
         server { listen unix:backend.sock; access_log off; location / { return 200 backend; }\n\
         location /busy/ { return 503; } }"
            .to_owned()
    }

    pub fn server(&self) -> String {
        let silent = self.silent_address;
        format!(
            "access_log access.log hangup;\n\
             location / {{ return 200 hello; }}\n\
             location /proxied/ {{ proxy_pass http://backend; }}\n\
             location /busy/ {{ proxy_pass http://backend; }}\n\
             location /retry/ {{ proxy_pass http://retry; }}\n\
             location /dead/ {{ proxy_pass http://127.0.0.1:1; }}\n\
             location /fallback/ {{ proxy_pass http://127.0.0.1:1; error_page 502 = @spare; }}\n\
             location @spare {{ proxy_pass http://backend; }}\n\
             location /limited/ {{ limit_req zone=one; proxy_pass http://backend; }}\n\
             location /timeout/ {{ proxy_pass http://{silent}; proxy_read_timeout 300ms; }}\n\
             location /slow/ {{ proxy_pass http://{silent}; }}\n\
             location /big/ {{ limit_rate 100k; }}\n"
        )
    }

    pub fn write_files(&self, nginx: &Nginx) {
        let big = nginx.path("html/big");
        std::fs::create_dir_all(&big).expect("writable");
        std::fs::write(big.join("file"), vec![b'x'; BIG_BYTES]).expect("writable");
        assert!(self.silent.local_addr().is_ok());
    }
}

/// How a client behaves.
enum Manner {
    /// Reads all of the answer.
    Waits,
    /// Leaves after so long.
    Leaves(Duration),
}

use Manner::{Leaves, Waits};

const TAME: Kind = Kind { name: "", is_tame: true, is_refused: false, is_decoded: false, has_blanks: false };
const ODD: Kind = Kind { is_tame: false, ..TAME };

const A_MOMENT: Duration = Duration::from_millis(250);

fn kinds() -> Vec<(Kind, Manner, String)> {
    let with = |request: &str, headers: &str| {
        format!("{request} HTTP/1.1\r\nHost: shop.example\r\n{headers}Connection: close\r\n\r\n")
    };
    let get = |path: &str, headers: &str| with(&format!("GET {path}"), headers);
    let agent = "User-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\nReferer: https://a.example/x?y=z\r\n";
    let forged = "status=499 rt=9.5 urt=9.5 host=forged.example request_time=9.5 us=200";
    let posted = r#"{"status":"499","rt":9.5}"#;
    let tame = |name| Kind { name, ..TAME };
    let odd = |name| Kind { name, ..ODD };
    vec![
        (tame("a page"), Waits, get("/page?x=1", agent)),
        (tame("no headers"), Waits, get("/bare", "")),
        (tame("proxied"), Waits, get("/proxied/1", agent)),
        (tame("HEAD"), Waits, with("HEAD /proxied/2", agent)),
        (tame("a second try"), Waits, get("/retry/1", agent)),
        (tame("an error page of another upstream"), Waits, get("/fallback/1", agent)),
        (tame("no connection to the upstream"), Waits, get("/dead/1", agent)),
        (tame("the upstream's 503"), Waits, get("/busy/1", agent)),
        (tame("admitted"), Waits, get("/limited/1", agent)),
        (tame("nginx's 503"), Waits, get("/limited/2", agent)),
        (tame("a timeout"), Waits, get("/timeout/1", agent)),
        (tame("a client that leaves"), Leaves(A_MOMENT), get("/slow/1", agent)),
        (tame("a client that leaves in the response"), Leaves(A_MOMENT), get("/big/file", agent)),
        (tame("an address of its own"), Waits, get("/xff", "X-Forwarded-For: 203.0.113.7, 198.51.100.1\r\n")),
        (tame("an absolute target"), Waits, get("http://shop.example/absolute?a=b", agent)),
        (
            odd("a body"),
            Waits,
            with("POST /proxied/3", &format!("Content-Length: {}\r\n", posted.len()))
                .replace("Connection: close\r\n\r\n", &format!("Connection: close\r\n\r\n{posted}")),
        ),
        (odd("quotes"), Waits, get("/odd/1", "User-Agent: we\"ird \\ [x] 'y' (z) \\\"\r\n")),
        (odd("separators"), Waits, get("/odd/2", "User-Agent: a | b, c; d: e ^ f ## g, 0.5 : 0.7 {h} <i>\r\n")),
        (odd("a tab"), Waits, get("/odd/3", "User-Agent: a\tb\tstatus:499\treqtime:9.5\r\n")),
        (odd("other letters"), Waits, get("/odd/4", "User-Agent: caf\u{e9} \u{1F984}\r\n")),
        (odd("labels in the agent"), Waits, get("/odd/5", &format!("User-Agent: {forged}\r\n"))),
        (odd("labels in the address"), Waits, get("/odd/6", &format!("X-Forwarded-For: 192.0.2.9 {forged}\r\n"))),
        (odd("labels in a cookie"), Waits, get("/odd/7", "Cookie: sid=1; status=ok; rt=9.5; session=a b\r\n")),
        (
            odd("JSON in the agent"),
            Waits,
            get("/odd/8", "User-Agent: \",\"status\":\"499\",\"request_time\":\"9.5\"\r\n"),
        ),
        (odd("a user"), Waits, get("/odd/9", "Authorization: Basic YSBbYl0gNDk5IDA6eA==\r\n")),
        (
            Kind { has_blanks: true, ..odd("a referer with blanks") },
            Waits,
            get("/odd/10", "Referer: a b - [c] 499 0\r\n"),
        ),
        (Kind { is_decoded: true, ..odd("an encoded target") }, Waits, get("/caf%C3%A9%20x%22y?z=%20", agent)),
        (Kind { is_refused: true, ..odd("no HTTP") }, Waits, "\x16\x03\x01\x02\r\n\r\n".to_owned()),
        (Kind { is_refused: true, ..odd("no host") }, Waits, "GET /hostless HTTP/1.1\r\n\r\n".to_owned()),
    ]
}

/// All of them one after the other, each logged before the next is sent.
pub fn send_all(nginx: &Nginx) -> Vec<Kind> {
    let mut sent = Vec::new();
    for (kind, manner, request) in kinds() {
        match manner {
            Waits => drop(http::send(&nginx.addr(), &request)),
            Leaves(after) => leave(&nginx.addr(), &request, after),
        }
        sent.push(kind);
        let name = sent.last().map(|kind| kind.name).unwrap_or_default();
        wait_for(&format!("{name} to be logged"), || (nginx.access_lines().len() == sent.len()).then_some(()));
    }
    sent
}

fn leave(addr: &str, request: &str, after: Duration) {
    let mut client = TcpStream::connect(addr).expect("nginx listens");
    client.write_all(request.as_bytes()).expect("nginx reads");
    client.set_read_timeout(Some(after)).expect("a socket");
    // A first piece of the answer at most.
    let _ = client.read(&mut [0; 512]);
}
