"""What exactness costs: a scrape whose view is saved before it is shown, and thousands of logs that are idle."""

import shutil
import time

from clock import WORK, cpu_of, resident_mib
from scrape import SERIES_LINES, cost, many_series, samples
from serving import ACCEPT, Serving, following

LOGS = 5_000
IDLE_SECONDS = 30
# One look at every log, and the directory's watch put up.
SETTLING_SECONDS = 15


def measure():
    return saved() + many()


def saved():
    """Lines come between the scrapes, so that each has something to save."""
    state = WORK / "saved-state"
    shutil.rmtree(state, ignore_errors=True)
    rows = []
    path = many_series()
    flags = (*following(path, "json"), "--path.state", state, "--limits.series=100000")
    with Serving(*flags) as serving:
        serving.wait_for_lines(SERIES_LINES)
        series = samples(serving)
        for format in ACCEPT:
            ms = cost(serving, series, accept=format)
            rows.append((f"scrape of 10,000 series, saved and shown, {format}, CPU ms", "< 10", f"{ms:.1f}", ms < 10))
        resident = resident_mib(serving.pid)
        rows.append((f"resident with {series:,} series and their state, MiB", "< 24", f"{resident:.1f}", resident < 24))
    return rows


def many():
    """Five thousand logs in one directory that nobody writes to, with a state."""
    logs, state = WORK / "many", WORK / "many-state"
    for directory in (logs, state):
        shutil.rmtree(directory, ignore_errors=True)
    logs.mkdir()
    line = (b'192.0.2.7 - - [21/Nov/2026:14:17:26 +0000] "GET / HTTP/1.1" 200 0 "-" "-" %d\n')
    for number in range(LOGS):
        (logs / f"{number}.log").write_bytes(line % number)
    with Serving(*following(f"{logs}/*.log", "combined"), "--path.state", state) as serving:
        serving.wait_for_lines(LOGS)
        began = time.monotonic()
        time.sleep(SETTLING_SECONDS)
        idle = share(serving.pid)
        with open(logs / "7.log", "ab") as log:
            log.write(line % LOGS)
        serving.wait_for_lines(LOGS + 1)
        resident = resident_mib(serving.pid)
        # The clock of the process began with it.
        first = cpu_of(serving.pid) - idle / 100 * (time.monotonic() - began)
    return [
        (f"{LOGS:,} logs read for the first time, CPU s", "", f"{first:.2f}", None),
        (f"{LOGS:,} idle logs, % of a core", "< 1", f"{idle:.2f}", idle < 1),
        (f"resident with {LOGS:,} logs, MiB", "", f"{resident:.1f}", None),
    ]


def share(pid):
    """Percent of a core."""
    before, began = cpu_of(pid), time.monotonic()
    time.sleep(IDLE_SECONDS)
    return 100 * (cpu_of(pid) - before) / (time.monotonic() - began)
