"""A log that grows: what following costs hangup and the writer, how long a line takes to be visible, what idling costs."""

import os
import re
import socket
import subprocess
import sys
import time

from clock import ROOT, WORK, cpu_of, median
from serving import Serving, following, log

RATE = 10_000
SECONDS = 15
# Longer than an idle thread of the async runtime lives, and than the looks at the log need to become few.
SETTLING_SECONDS = 12
IDLE_SECONDS = 40
WRITER_SECONDS = 4
WRITER_RUNS = 7
PROBES = 200
PROBE = b'192.0.2.7 - - [21/Nov/2026:14:17:26 +0000] "GET /probe HTTP/1.1" 418 0 "-" "-" rt=0.001 uct="-" uht="-" urt="-"\n'
PROBED = re.compile(rb'^hangup_http_requests_total\{[^}]*status="418"[^}]*\} (\d+)', re.MULTILINE)

# An nginx as a package installs it, with its status page.
NGINX = """
worker_processes auto;
daemon off;
pid {work}/nginx.pid;
error_log {work}/nginx.error.log;
events {{ worker_connections 768; }}
http {{
    access_log {work}/nginx.access.log;
    server {{
        listen 127.0.0.1:{port};
        location = /nginx_status {{ stub_status; access_log off; }}
    }}
}}
"""


def writer(path, seconds, rate=RATE):
    command = [sys.executable, str(ROOT / "benches/writer.py"), str(path), str(seconds), str(rate)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def share(pid, seconds):
    """Percent of a core."""
    before, began = cpu_of(pid), time.monotonic()
    time.sleep(seconds)
    return 100 * (cpu_of(pid) - before) / (time.monotonic() - began)


def busy():
    path = log("live.log")
    with Serving(*following(path)) as serving:
        serving.get()
        writing = writer(path, SECONDS + 2)
        time.sleep(1)
        cost = share(serving.pid, SECONDS)
        writing.communicate()
        if serving.value("hangup_log_lines_total{") != RATE * (SECONDS + 2):
            raise SystemExit("not every line that was written is counted")
    return cost


def latencies():
    """Milliseconds from write(2) to the end of the first scrape that shows the line, while other lines flow. Sorted."""
    path = log("live.log")
    with Serving(*following(path)) as serving:
        writing = writer(path, 60)
        time.sleep(1)
        file = os.open(path, os.O_WRONLY | os.O_APPEND)
        took = [latency(serving, file, number) for number in range(1, PROBES + 1)]
        writing.terminate()
        writing.wait()
    return sorted(took)


def latency(serving, file, number):
    # Not in step with hangup's own pace.
    time.sleep(0.007 + number % 20 / 1000)
    began = time.monotonic()
    os.write(file, PROBE)
    while sum(map(int, PROBED.findall(serving.get()))) < number:
        pass
    return 1000 * (time.monotonic() - began)


def idle_apart():
    """`idle` in a network namespace of its own: what else listens and connects on this machine would be looked through."""
    inside = f"ip link set lo up && exec {sys.executable} {__file__}"
    told = subprocess.run(["unshare", "--net", "sh", "-c", inside], check=True, stdout=subprocess.PIPE, text=True)
    return float(told.stdout)


def idle():
    """Percent of a core on a host where nothing happens: an nginx nobody asks, every poller as it is by default."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    conf = WORK / "nginx.conf"
    conf.write_text(NGINX.format(work=WORK, port=port))
    nginx = subprocess.Popen(["nginx", "-p", WORK, "-c", conf], stderr=subprocess.DEVNULL)
    try:
        with Serving(f"--nginx.config={conf}") as serving:
            time.sleep(SETTLING_SECONDS)
            cost = share(serving.pid, IDLE_SECONDS)
            if serving.value("nginx_up") != 1:
                raise SystemExit("the idle nginx was not polled")
    finally:
        nginx.terminate()
        nginx.wait()
    return cost


def writer_costs():
    """CPU seconds of the writes alone, sorted: nobody following, and hangup following, in turn."""
    alone, beside = [], []
    for _ in range(WRITER_RUNS):
        path = log("live.log")
        alone.append(float(writer(path, WRITER_SECONDS).communicate()[0]))
        path = log("live.log")
        with Serving(*following(path)):
            beside.append(float(writer(path, WRITER_SECONDS).communicate()[0]))
    return sorted(alone), sorted(beside)


def measure():
    cost, took, nothing = busy(), latencies(), idle_apart()
    alone, beside = writer_costs()
    p50, p99 = took[len(took) // 2], took[len(took) * 99 // 100]
    more = median(beside) / median(alone)
    # Quartiles, as one run that something else disturbed says nothing.
    noise = alone[-WRITER_RUNS // 4] / alone[WRITER_RUNS // 4]
    return [
        (f"following {RATE:,} lines/s, % of a core", "< 1", f"{cost:.2f}", cost < 1),
        ("idle, beside an idle nginx, % of a core", "< 0.1", f"{nothing:.3f}", nothing < 0.1),
        ("write → visible in /metrics, median ms", "< 10", f"{p50:.1f}", p50 < 10),
        ("write → visible in /metrics, 99th percentile ms", "< 50", f"{p99:.1f}", p99 < 50),
        (f"the writer's CPU, with hangup / without (quartiles without: {noise:.2f})", "within the noise",
         f"{more:.2f}", more <= noise),
    ]


if __name__ == "__main__":
    print(idle())
