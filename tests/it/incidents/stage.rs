//! Where one incident happens: a network namespace of its own with nginx, its upstream, its clients and hangup, so that
//! nothing the kernel counts there is seen by another incident.

use std::future::pending;
use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use hangup::demo::clients::plan::Plan;
use hangup::demo::clients::scenario::chosen;
use hangup::demo::clients::{Target, run};
use hangup::demo::upstream::{Blackhole, Upstream};

use super::causes::{Act, Incident};
use super::cutter;
use crate::host::conntrack::MAX;
use crate::host::netns::Namespace;
use crate::support::hangup::{Hangup, command};
use crate::support::nginx::{Nginx, Site};

/// Some past for the rules that compare with it.
const BASELINE: Duration = Duration::from_secs(20);
/// How long the upstream of a deploy is away: half a minute, divided by the factor.
const RESTART: Duration = Duration::from_millis(1500);
/// Debian's "nobody": hangup needs no root. It also keeps it from the kernel's log, which all namespaces share.
const NOBODY: u32 = 65534;

/// What an incident can get its hands on.
pub struct Stage<'a> {
    pub namespace: &'a Namespace,
    pub nginx: Nginx,
    pub upstream: Option<Upstream>,
    _blackhole: Blackhole,
}

/// A port on which nobody listens, and one that a firewall swallows. Below those that the kernel hands out.
pub const DOWN_PORT: u16 = 901;
pub const SWALLOWED_PORT: u16 = 902;

/// Plays an incident through, with hangup to be had from `listener`; says when the trouble began.
pub fn play(incident: &Incident, namespace: &Namespace, listener: TcpListener, ready: &AtomicUsize) -> Instant {
    namespace.run(&["ip", "link", "set", "lo", "up"]);
    namespace.inside(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(perform(incident, namespace, listener, ready))
    })
}

async fn perform(incident: &Incident, namespace: &Namespace, listener: TcpListener, ready: &AtomicUsize) -> Instant {
    let upstream = Upstream::start(local(0)).await.expect("an upstream");
    let blackhole = Blackhole::start(local(0)).await.expect("a full accept queue");
    let own = |text: &str| text.replace("UPSTREAM", &upstream.addr.to_string());
    // Of its own, so that the firewall's rules and the connections that it tracks are not about it.
    let slow = Upstream::start(local(0)).await.expect("a slow upstream");
    let server = format!("{}\n{}", locations(upstream.addr, blackhole.addr, slow.addr), own(incident.server));
    let nginx =
        Nginx::start(Site { server: &server, http: &own(incident.http), listen: incident.listen, ..Site::default() });
    let mut stage = Stage { namespace, nginx, upstream: Some(upstream), _blackhole: blackhole };
    let hangup = hangup_beside(&stage.nginx, incident.resolution);
    lend(listener, hangup.addr.clone());
    ready.fetch_add(1, Ordering::SeqCst);

    let cutter = match incident.act {
        Act::Cuts(period) => Some(cutter::start(local(stage.nginx.port), period)),
        _ => None,
    };
    let target = Target::new(cutter.unwrap_or(local(stage.nginx.port)));
    (incident.prepare)(&stage);
    let healthy = (chosen("healthy")[0].plans)(incident.rate);
    run(&target, &healthy, BASELINE, pending()).await;
    let began = Instant::now();
    visit(incident, &target, &mut stage).await;
    began
}

async fn visit(incident: &Incident, target: &Target, stage: &mut Stage<'_>) {
    let plans: Vec<Plan> = (incident.plans)(incident.rate);
    tokio::select! {
        _ = run(target, &plans, incident.lasts * 2, pending()) => {}
        () = act(incident.act, stage) => {}
        () = tokio::time::sleep(incident.lasts) => {}
    }
}

/// What happens besides visits. Ends never: what it holds is put back when the trouble is over.
async fn act(act: Act, stage: &mut Stage<'_>) {
    let _held = match act {
        Act::Nothing | Act::Cuts(_) => None,
        Act::FullTable => Some(table_as_full_as_it_is(stage.namespace)),
        Act::Deploy => {
            deploy(stage).await;
            None
        }
    };
    pending().await
}

/// nginx reads its configuration anew while its upstream is away for a moment.
async fn deploy(stage: &mut Stage<'_>) {
    stage.nginx.process.signal(libc::SIGHUP);
    let address = stage.upstream.take().expect("an upstream").addr;
    tokio::time::sleep(RESTART).await;
    stage.upstream = Some(Upstream::start(address).await.expect("its address again"));
}

/// Only connections to the upstream are tracked, so that the test's own ones get through.
pub fn track_upstream(stage: &Stage<'_>) {
    let port = stage.upstream.as_ref().expect("an upstream").addr.port();
    for hook in ["prerouting", "output"] {
        // As rules of their own: nft merges two `!=` on one header into one comparison of both.
        let rules = [format!("tcp dport {port} accept"), format!("tcp sport {port} accept"), "notrack".to_owned()];
        let rules = rules.map(|rule| format!("add rule ip t {hook} {rule}")).join("; ");
        stage.namespace.nft(&format!(
            "add table ip t; add chain ip t {hook} {{ type filter hook {hook} priority raw; }}; {rules}"
        ));
    }
    stage
        .namespace
        .nft("add chain ip t count { type filter hook output priority 0; }; add rule ip t count ct state new counter");
}

/// The firewall between nginx and its upstream.
pub fn swallow(stage: &Stage<'_>) {
    stage.namespace.nft(&format!(
        "add table ip f; add chain ip f o {{ type filter hook output priority 0; }}; add rule ip f o tcp dport {SWALLOWED_PORT} drop"
    ));
}

/// Room for a few more connections than the namespace tracks now. The limit belongs to the machine and can be set in
/// its first namespace only, so another program enters that one.
fn table_as_full_as_it_is(namespace: &Namespace) -> Lowered {
    let count = namespace.run(&["cat", "/proc/sys/net/netfilter/nf_conntrack_count"]);
    Lowered::to(count.trim().parse::<u64>().expect("a number") + 50)
}

/// The machine's limit, lowered until this is dropped.
struct Lowered {
    before: String,
}

impl Lowered {
    fn to(value: u64) -> Lowered {
        let before = outside(&format!("cat {MAX}"));
        outside(&format!("echo {value} > {MAX}"));
        Lowered { before: before.trim().to_owned() }
    }
}

impl Drop for Lowered {
    fn drop(&mut self) {
        outside(&format!("echo {} > {MAX}", self.before));
    }
}

/// Only this thread is inside; the process began in the first namespace.
fn outside(script: &str) -> String {
    let process = format!("--target={}", std::process::id());
    let output = Command::new("nsenter").args([&process, "--net", "sh", "-c", script]).output().expect("nsenter");
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn local(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

fn locations(upstream: SocketAddr, blackhole: SocketAddr, slow: SocketAddr) -> String {
    let location = |path: &str, to: SocketAddr| format!("location {path} {{ proxy_pass http://{to}; }}\n");
    [
        location("/", upstream),
        location("/blackhole/", blackhole),
        location("/down/", local(DOWN_PORT)),
        location("/swallowed/", local(SWALLOWED_PORT)),
        location("/slow/", slow),
    ]
    .concat()
}

fn hangup_beside(nginx: &Nginx, resolution: &str) -> Hangup {
    let conf = format!("--nginx.config={}", nginx.conf().display());
    // The pollers' 5 s, divided by the factor.
    let arguments = ["--web.listen-address=127.0.0.1:0", conf.as_str(), "--nginx.from=start", "--poll.interval=250ms"];
    let resolution = format!("--diagnosis.resolution={resolution}");
    Hangup::spawn(command().args(arguments).arg(resolution).uid(NOBODY).gid(NOBODY))
}

/// Prometheus stands outside and cannot reach into the namespace: whoever connects to the listener, which was made
/// outside, is connected to `address` in here.
fn lend(listener: TcpListener, address: String) {
    std::thread::spawn(move || {
        for outside in listener.incoming().map_while(Result::ok) {
            let address = address.clone();
            std::thread::spawn(move || relay(&outside, &TcpStream::connect(address)?));
        }
    });
}

pub fn relay(outside: &TcpStream, inside: &TcpStream) -> io::Result<()> {
    std::thread::scope(|scope| {
        scope.spawn(|| copy(outside, inside));
        copy(inside, outside)
    })
}

fn copy(mut from: &TcpStream, mut to: &TcpStream) -> io::Result<()> {
    io::copy(&mut from, &mut to)?;
    to.shutdown(Shutdown::Write)
}
