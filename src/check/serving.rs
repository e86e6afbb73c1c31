//! What `hangup serve` would need, tried: its addresses, its state directory. Beside a hangup that runs already, that
//! one has them, which is as it should be.
//! Does not know: how anything is served or saved.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::net::{self, AddressFamily, SocketType};

use super::log_files::Said;
use super::page::Mark;
use crate::config::web_file::{self, Front};
use crate::config::{self, Config, ListenAddress, OsFiles, Problem};
use crate::local_http::{self, Answer, Question};
use crate::state::{Available, StateDirectory};

/// How long a program that has the address is listened to. It is on this host.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);
/// More than the most series that may be configured need.
const METRICS_BYTES_MAX: u64 = 64 << 20;
/// By then a running hangup has seen a change, or will not.
const NOTICED_WITHIN: Duration = Duration::from_secs(15);
/// What a running hangup says of itself.
const HEALTHY: &str = "hangup is healthy";

/// One sentence for each address, and one for the state directory.
pub(super) fn probe(config: &Config) -> Vec<Said> {
    let front = config.web.file.as_deref().map(|file| (file, web_file::read(file, &OsFiles)));
    let is_tls = front.as_ref().is_some_and(|(_, front)| front.as_ref().is_ok_and(|front| front.is_tls()));
    let file = front.map(|(file, front)| web_configuration(file, front));
    let addresses: Vec<(Said, bool)> = match config.web.systemd_socket {
        true => vec![((Mark::Note, "systemd hands the sockets over".to_owned()), false)],
        false => config.web.listen.iter().map(|listen| address(listen, is_tls)).collect(),
    };
    let running = addresses.iter().any(|(_, running)| *running);
    let listen = config.web.listen.iter().zip(&addresses).find(|(_, (_, running))| *running);
    let nginx = listen.and_then(|(listen, _)| older_than_nginx(config, listen, is_tls));
    let state = config.state.as_ref().map(|state| state_directory(&state.directory, running));
    addresses.into_iter().map(|(said, _)| said).chain(file).chain(state).chain(nginx).collect()
}

fn web_configuration(file: &Path, read: Result<Front, Vec<Problem>>) -> Said {
    match read {
        Ok(front) => (Mark::Good, format!("{}: {}", file.display(), front.summary())),
        Err(problems) => {
            let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
            (Mark::Bad, format!("the web configuration cannot be used: {}", problems.join("; ")))
        }
    }
}

/// Whether the hangup that runs goes by what nginx.conf was before.
fn older_than_nginx(config: &Config, listen: &ListenAddress, is_tls: bool) -> Option<Said> {
    const METRIC: &str = "hangup_nginx_config_read_timestamp_seconds ";
    let Ok(Answer::Said { status: 200, text: metrics }) =
        get(listen, is_tls, &config.web.telemetry_path, METRICS_BYTES_MAX)
    else {
        return None;
    };
    let read_at: f64 = metrics.lines().find_map(|line| line.strip_prefix(METRIC)?.parse().ok())?;
    let (path, changed_ns) = config.sources.newest()?;
    let now_ns = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_nanos()).ok()?;
    // It looks every few seconds.
    let noticed_ns = now_ns - i64::try_from(NOTICED_WITHIN.as_nanos()).ok()?;
    if (read_at * 1e9) as i64 >= changed_ns || changed_ns > noticed_ns {
        return None;
    }
    let path = path.display();
    match config::loaded(config, &OsFiles, now_ns) {
        Some(loaded) if !loaded.is_after(changed_ns) => Some((
            Mark::Note,
            format!(
                "{path} was changed, and nginx has not loaded it; the hangup that runs goes on with what nginx runs"
            ),
        )),
        _ => Some((
            Mark::Bad,
            format!(
                "{path} was changed, and the hangup that runs has an older configuration than nginx; its log says why"
            ),
        )),
    }
}

/// The second value: a running hangup has it.
fn address(address: &ListenAddress, is_tls: bool) -> (Said, bool) {
    match bound(address) {
        Ok(()) => ((Mark::Good, format!("{address} is free")), false),
        Err(error) if error.kind() == ErrorKind::AddrInUse => in_use(address, is_tls, &error),
        Err(error) => ((Mark::Bad, cannot(address, &error)), false),
    }
}

fn cannot(address: &ListenAddress, error: &io::Error) -> String {
    format!("{address} cannot be served on: {error}; name another with --web.listen-address")
}

/// Who has an address, as far as it tells somebody without password and certificate.
fn in_use(address: &ListenAddress, is_tls: bool, error: &io::Error) -> (Said, bool) {
    match get(address, is_tls, "/-/healthy", 4096) {
        Ok(Answer::Said { text, .. }) if text.contains(HEALTHY) => {
            ((Mark::Good, format!("{address} is served by a hangup that runs already")), true)
        }
        Ok(Answer::Said { status: 401, .. }) => (
            (
                Mark::Note,
                format!("{address} is in use and asks for a password: most likely the hangup that runs already"),
            ),
            true,
        ),
        Ok(Answer::WantsCertificate) => (
            (
                Mark::Note,
                format!("{address} is in use and asks for a certificate: most likely the hangup that runs already"),
            ),
            true,
        ),
        _ => ((Mark::Bad, cannot(address, error)), false),
    }
}

fn bound(address: &ListenAddress) -> io::Result<()> {
    let mut last = io::Error::from(ErrorKind::AddrNotAvailable);
    for host in address.hosts() {
        match (host, address.port).to_socket_addrs().and_then(|mut found| found.try_for_each(bind)) {
            Ok(()) => return Ok(()),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Takes the address without listening on it: that is refused where somebody listens, and is in nobody's way.
fn bind(address: SocketAddr) -> io::Result<()> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let socket = net::socket(family, SocketType::STREAM, None)?;
    net::sockopt::set_socket_reuseaddr(&socket, true)?;
    Ok(net::bind(&socket, &address)?)
}

fn get(address: &ListenAddress, is_tls: bool, path: &str, bytes_max: u64) -> io::Result<Answer> {
    local_http::get(&Question { address, path, is_tls, bytes_max, timeout: ANSWER_WITHIN })
}

fn state_directory(path: &Path, running: bool) -> Said {
    let shown = path.display();
    match StateDirectory::available(path) {
        Ok(Available::Free) => (Mark::Good, format!("{shown}: the state can be kept there")),
        Ok(Available::Missing) => (Mark::Good, format!("{shown}: hangup serve creates it")),
        Ok(Available::InUse) if running => {
            (Mark::Good, format!("{shown}: the hangup that runs already keeps its state there"))
        }
        Ok(Available::InUse) => {
            let text = format!(
                "{shown} is in use by another hangup, which serves none of these addresses; give each a --path.state of its own"
            );
            (Mark::Bad, text)
        }
        Err(error) => (Mark::Bad, error.to_string()),
    }
}
