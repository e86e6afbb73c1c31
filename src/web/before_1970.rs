//! What is answered while the machine's clock stands before 1970: HTTP writes no such date, and the library that serves
//! panics at one. Does not know: what was asked.

use std::time::{SystemTime, UNIX_EPOCH};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

const SENTENCE: &str = "The clock of this machine stands before 1970; set it. The logs are read meanwhile.\n";

pub(super) fn is_now() -> bool {
    SystemTime::now() < UNIX_EPOCH
}

/// An answer without a date. Errors are the client's.
pub(super) async fn refuse(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    // What is unread when it is closed would take the answer back.
    let _ = stream.read(&mut [0; 4096]).await;
    let head = format!(
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        SENTENCE.len()
    );
    if stream.write_all((head + SENTENCE).as_bytes()).await.is_ok() {
        let _ = stream.shutdown().await;
    }
}
