//! As much of HTTP/2 as it takes to ask for many things at once over one cleartext connection, and to leave (RFC 9113).

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

/// A connection whose answers nobody reads.
pub struct Http2 {
    stream: TcpStream,
    streams: u32,
}

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
/// END_STREAM and END_HEADERS.
const WHOLE_REQUEST: u8 = 0x1 | 0x4;
const CANCEL: [u8; 4] = 8u32.to_be_bytes();

impl Http2 {
    pub fn connect(addr: &str) -> Http2 {
        let mut stream = TcpStream::connect(addr).expect("nginx listens");
        stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").expect("writable");
        let mut connection = Http2 { stream, streams: 0 };
        connection.frame(SETTINGS, 0, 0, &[]);
        connection
    }

    /// Sends a GET; the number of its stream.
    pub fn get(&mut self, path: &str) -> u32 {
        let id = self.streams * 2 + 1;
        self.streams += 1;
        // HPACK (RFC 7541): `:method GET` and `:scheme http` are entries 2 and 6 of its static table; `:path` and
        // `:authority` (4 and 1) come as literals.
        let mut block = vec![0x82, 0x86];
        for (name, value) in [(4, path), (1, "shop.example")] {
            assert!(value.len() < 127, "a longer string has a longer length");
            block.extend([name, value.len() as u8]);
            block.extend(value.as_bytes());
        }
        self.frame(HEADERS, WHOLE_REQUEST, id, &block);
        id
    }

    /// Lets one stream go and keeps the others.
    pub fn cancel(&mut self, id: u32) {
        self.frame(RST_STREAM, 0, id, &CANCEL);
    }

    /// Ends the connection in good order: what nginx sent meanwhile would turn a plain close into a reset.
    pub fn close(mut self) {
        self.stream.shutdown(Shutdown::Write).expect("still connected");
        let _ = self.stream.read_to_end(&mut Vec::new());
    }

    fn frame(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        let length = (payload.len() as u32).to_be_bytes();
        let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()].concat();
        self.stream.write_all(&[head.as_slice(), payload].concat()).expect("nginx reads");
    }
}
