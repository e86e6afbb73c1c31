"""A log that grows: what following costs hangup and the writer, and how long a line takes to be visible."""

import os
import subprocess
import sys
import time

from clock import ROOT, cpu_of, median
from serving import Serving, following, log

RATE = 10_000
SECONDS = 15
IDLE_SECONDS = 15
WRITER_RUNS = 3
PROBES = 200
PROBE = b'192.0.2.7 - - [21/Nov/2026:14:17:26 +0000] "GET /probe HTTP/1.1" 418 0 "-" "-" rt=0.001 uct="-" uht="-" urt="-"\n'


def writer(path, seconds, rate=RATE):
    command = [sys.executable, str(ROOT / "benches/writer.py"), str(path), str(seconds), str(rate)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def share(pid, seconds):
    before = cpu_of(pid)
    time.sleep(seconds)
    return 100 * (cpu_of(pid) - before) / seconds


def latencies(serving, path):
    """Milliseconds from write(2) to the scrape that shows it, while other lines flow."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND)
    teapots = 'hangup_http_requests_total{'
    seen = lambda: sum(float(line.rsplit(" ", 1)[1]) for line in serving.get().decode().splitlines()
                       if line.startswith(teapots) and 'status="418"' in line)
    took = []
    for number in range(1, PROBES + 1):
        # Not in step with hangup's own pace.
        time.sleep(0.007 + number % 10 / 1000)
        began = time.monotonic()
        os.write(file, PROBE)
        while seen() < number:
            pass
        took.append(1000 * (time.monotonic() - began))
    return sorted(took)


def measure():
    path = log("live.log")
    with Serving(*following(path)) as serving:
        serving.get()
        writing = writer(path, SECONDS + 2)
        time.sleep(1)
        busy = share(serving.pid, SECONDS - 1)
        writing.communicate()
        writing = writer(path, 60, 2_000)
        time.sleep(1)
        took = latencies(serving, path)
        writing.terminate()
        writing.wait()
        time.sleep(2)
        idle = share(serving.pid, IDLE_SECONDS)
    alone, beside = writer_costs()
    p50, p99 = took[len(took) // 2], took[len(took) * 99 // 100]
    return [
        (f"following {RATE:,} lines/s, % of a core", "< 1", f"{busy:.2f}", busy < 1),
        ("idle, % of a core", "< 0.1", f"{idle:.3f}", idle < 0.1),
        ("write → visible in /metrics, median ms", "< 10", f"{p50:.1f}", p50 < 10),
        ("write → visible in /metrics, 99th percentile ms", "< 50", f"{p99:.1f}", p99 < 50),
        ("the writer's CPU for its writes, with hangup / without", "≈ 1", f"{beside / alone:.2f}", None),
    ]


def writer_costs():
    """CPU seconds of the writes alone, nobody following and hangup following, in turn."""
    alone, beside = [], []
    for _ in range(WRITER_RUNS):
        path = log("live.log")
        alone.append(float(writer(path, 3).communicate()[0]))
        path = log("live.log")
        with Serving(*following(path)):
            beside.append(float(writer(path, 3).communicate()[0]))
    return median(alone), median(beside)
