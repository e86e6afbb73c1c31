"""What a scrape costs, and what the process weighs."""

import os
import subprocess
import time

from clock import HANGUP, STAGE, WORK, cpu_of, median, resident_mib
from serving import ACCEPT, Serving, following, log

SERIES = 10_000
SCRAPES = 40
STARTS = 10


def measure():
    rows = []
    with Serving(*following(many_series(), "json")) as serving:
        lines = sum(1 for _ in open(WORK / "series.log", "rb"))
        serving.wait_for_lines(lines)
        series = sum(1 for line in serving.get().splitlines() if not line.startswith(b"#"))
        for format in ACCEPT:
            ms = cost(serving, series, accept=format)
            rows.append((f"scrape of {SERIES:,} series, {format}, CPU ms", "< 10", f"{ms:.1f}", ms < 10))
        plain, packed = len(serving.get()), len(serving.get(**{"Accept-Encoding": "gzip"}))
        ms = cost(serving, series, **{"Accept-Encoding": "gzip"})
        rows.append((f"the same, text and gzip ({plain / packed:.0f} times smaller), CPU ms", "", f"{ms:.1f}", None))
    stall = float(subprocess.run([STAGE, "copy", "-", str(SERIES)], check=True, capture_output=True, text=True).stdout)
    rows.append(("stall of the data path by a scrape (the copy under the lock), ms", "< 1", f"{stall:.2f}", stall < 1))
    return rows + footprint()


def cost(serving, series, **how):
    """CPU milliseconds of one scrape, scaled to SERIES."""
    serving.get(**how)
    before = cpu_of(serving.pid)
    for _ in range(SCRAPES):
        serving.get(**how)
    return 1000 * (cpu_of(serving.pid) - before) / SCRAPES * SERIES / series


def many_series():
    """A log whose lines make about 10 000 series: few servers with as many routes as are admitted soon."""
    path = log("series.log")
    line = '{"request":"%s /%s/%s HTTP/1.1","status":"%d","request_time":"0.1","server_name":"s%d.example"}\n'
    words = ["orders", "cart", "users", "login", "search"]
    with open(path, "w") as out:
        for number in range(30_000):
            server, route = number % 6, number // 6 % 25
            status = (200, 200, 499, 504)[number // 150 % 4]
            method = ("GET", "POST")[number // 600 % 2]
            out.write(line % (method, words[route % 5], words[route // 5], status, server))
    return path


def footprint():
    sizes, starts = HANGUP.stat().st_size / 1e6, []
    path = log("start.log")
    for _ in range(STARTS):
        with Serving(*following(path)) as serving:
            serving.get()
            starts.append(1000 * (time.monotonic() - serving.began))
    os.system(f"cat {WORK / 'kv.peers.log'} >> {path}")
    with Serving(*following(path)) as serving:
        serving.wait_for_lines(200_000)
        for _ in range(5):
            serving.get()
        resident = resident_mib(serving.pid)
    start = median(starts)
    return [
        ("resident after 200 000 lines and some scrapes, MiB", "< 16", f"{resident:.1f}", resident < 16),
        ("binary, stripped, MB", "< 8", f"{sizes:.2f}", sizes < 8),
        ("start to first scrape answered, ms", "< 50", f"{start:.0f}", start < 50),
    ]
