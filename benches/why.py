"""What the diagnosis costs: its looks, its windows, and whether the path from bytes to counts is slower for it.

There is no switch to turn it off. A resolution of two hours is as good as off, and one of 0.3 s looks ten times a second,
fifty times as often as by default: one look's cost is far above the noise then.
"""

import subprocess
import sys
import time

from clock import WORK, cpu_of, median, resident_mib
from live import share, writer
from scrape import SERIES_LINES, many_series
from serving import Serving, following
from throughput import LINES

OFF, OFTEN, DEFAULT = "2h", "300ms", "15s"
LOOKS_A_SECOND = 10
DEFAULT_LOOKS_A_SECOND = 1 / 5
# Lines a second, of which every tenth is a 499, while the looks are counted.
RATE = 500
# Both rings of windows are full after 240 stretches.
SECONDS = 75
ROUNDS = 5


def looks(resolution):
    """Percent of a core and MiB, with about 10 000 series and requests coming."""
    path = many_series()
    with Serving(*following(path, "json"), "--diagnosis.resolution", resolution) as serving:
        serving.wait_for_lines(SERIES_LINES)
        feeding = subprocess.Popen([sys.executable, __file__, "feed", str(path)])
        cost = share(serving.pid, SECONDS)
        feeding.terminate()
        feeding.wait()
        return cost, resident_mib(serving.pid)


def feed(path):
    """More lines of the same kind, one in ten abandoned after a wait."""
    line = '{"request":"GET /%s/%s HTTP/1.1","status":"%d","request_time":"%.1f","server_name":"s%d.example"}\n'
    words = ["orders", "cart", "users", "login", "search"]
    number = 0
    with open(path, "a", buffering=1) as out:
        while True:
            left = number % 10 == 0
            waited = 1 + number % 40 / 10 if left else 0.1
            server, route = number % 6, number // 6 % 25
            out.write(line % (words[route % 5], words[route // 5], 499 if left else 200, waited, server))
            number += 1
            time.sleep(1 / RATE)


def catching_up(resolution):
    """CPU seconds until a log that was there before is counted."""
    with Serving(*following(WORK / "kv.log"), "--diagnosis.resolution", resolution) as serving:
        serving.wait_for_lines(LINES)
        return cpu_of(serving.pid)


def measure():
    off, often = looks(OFF), looks(OFTEN)
    a_look = (often[0] - off[0]) / LOOKS_A_SECOND
    cost, windows = a_look * DEFAULT_LOOKS_A_SECOND, often[1] - off[1]
    without, with_it = [], []
    for _ in range(ROUNDS):
        without.append(catching_up(OFF))
        with_it.append(catching_up(DEFAULT))
    without.sort()
    more, noise = median(with_it) / median(without), without[-1] / without[0]
    return [
        ("the diagnosis' looks, 10,000 series, % of a core", "< 0.1", f"{cost:.3f}", cost < 0.1),
        ("one look, CPU ms", "", f"{a_look * 10:.2f}", None),
        ("its windows, full, six servers in trouble, MiB", "< 2", f"{windows:.1f}", windows < 2),
        (f"catching up {LINES:,} lines, CPU with it / without (longest / shortest without: {noise:.2f})",
         "within the noise", f"{more:.2f}", more <= noise),
    ]


if __name__ == "__main__":
    feed(sys.argv[2])
