"""What a scrape costs, what the process weighs, how soon it is there."""

import shutil
import subprocess
import time

from clock import HANGUP, STAGE, WORK, cpu_of, median, resident_mib
from serving import ACCEPT, Serving, following, log
from throughput import SHORT_LINES

SERIES = 10_000
SERIES_LINES = 30_000
SCRAPES = 40
STARTS = 10


def measure():
    rows = []
    with Serving(*following(many_series(), "json")) as serving:
        serving.wait_for_lines(SERIES_LINES)
        series = samples(serving)
        for format in ACCEPT:
            ms = cost(serving, series, accept=format)
            rows.append((f"scrape of {SERIES:,} series, {format}, CPU ms", "< 10", f"{ms:.1f}", ms < 10))
        plain, packed = len(serving.get()), len(serving.get(**{"Accept-Encoding": "gzip"}))
        ms = cost(serving, series, **{"Accept-Encoding": "gzip"})
        rows.append((f"the same, text and gzip ({plain / packed:.0f} times smaller), CPU ms", "", f"{ms:.1f}", None))
    stall = float(subprocess.run([STAGE, "copy", "-", str(SERIES)], check=True, capture_output=True, text=True).stdout)
    rows.append(("stall of the data path by a scrape (the copy under the lock), ms", "< 1", f"{stall:.2f}", stall < 1))
    return rows + footprint() + starts()


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
        for number in range(SERIES_LINES):
            server, route = number % 6, number // 6 % 25
            status = (200, 200, 499, 504)[number // 150 % 4]
            method = ("GET", "POST")[number // 600 % 2]
            out.write(line % (method, words[route % 5], words[route // 5], status, server))
    return path


def footprint():
    size = HANGUP.stat().st_size / 1e6
    with Serving(*following(WORK / "kv.short.log")) as serving:
        serving.wait_for_lines(SHORT_LINES)
        for _ in range(5):
            serving.get()
        resident = resident_mib(serving.pid)
    return [
        (f"resident after {SHORT_LINES:,} lines and some scrapes, MiB", "< 16", f"{resident:.1f}", resident < 16),
        ("binary, stripped, MB", "< 10", f"{size:.2f}", size < 10),
    ]


def starts():
    """Without and with the counts of an earlier run to go on from, in turn. Both include the first scrape."""
    fresh, kept, state = following(log("start.log")), following(many_series(), "json"), WORK / "state"
    kept = (*kept, "--path.state", state)
    shutil.rmtree(state, ignore_errors=True)
    with Serving(*kept) as serving:
        serving.wait_for_lines(SERIES_LINES)
        series = samples(serving)
    anew, again = [], []
    for _ in range(STARTS):
        anew.append(start(fresh))
        again.append(start(kept, SERIES_LINES))
    anew, again = median(anew), median(again)
    return [
        ("start to first scrape answered, ms", "< 50", f"{anew:.0f}", anew < 50),
        (f"the same, a state of {series:,} series restored, ms", "< 100", f"{again:.0f}", again < 100),
    ]


def start(flags, lines=0):
    with Serving(*flags) as serving:
        serving.get()
        took = 1000 * (time.monotonic() - serving.began)
        if serving.value("hangup_log_lines_total{") != lines:
            raise SystemExit("the restored counts are not those that were kept")
    return took


def samples(serving):
    return sum(1 for line in serving.get().splitlines() if not line.startswith(b"#"))
