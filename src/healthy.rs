//! Asks a running hangup whether it answers, as a container's health check does. Knows: one path, which answers are as
//! good. Does not know: whether everything is seen (`hangup check` tells that).

use std::time::Duration;

use crate::config::ListenAddress;
use crate::local_http::{Answer, Question, get};

/// A hangup that takes longer is in trouble; container engines wait for 30 s.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Where it listens, and how it is spoken to.
pub struct Target {
    pub addresses: Vec<ListenAddress>,
    pub is_tls: bool,
}

/// Asks at the first of the addresses. `Err`: a sentence that says what is wrong.
///
/// Whoever asks for a password or a certificate, or says that too many ask, answers, which is all that is asked.
pub fn ask(target: &Target) -> Result<(), String> {
    let address = target.addresses.first().ok_or("hangup listens nowhere")?;
    if address.port == 0 {
        return Err("with port 0 nobody knows where hangup listens: name a port by --web.listen-address".to_owned());
    }
    let (is_tls, timeout) = (target.is_tls, TIMEOUT);
    match get(&Question { address, path: "/-/healthy", is_tls, bytes_max: 4096, timeout }) {
        Ok(Answer::Said { status: 200 | 401 | 429, .. } | Answer::WantsCertificate) => Ok(()),
        Ok(Answer::Said { status, .. }) => Err(format!("{address} answers with status {status}")),
        Err(error) => Err(format!("{address} does not answer: {error}")),
    }
}
