"""`writer.py LOG SECONDS RATE`: writes as nginx does, one write(2) a line, and says what that cost in CPU seconds."""

import itertools
import os
import sys
import time

SOURCE = "kv.small.log"
BURSTS_PER_SECOND = 500


def main(path, seconds, rate):
    lines = (open(os.path.join(os.path.dirname(path), SOURCE), "rb").read()).splitlines(keepends=True)
    endless = itertools.cycle(lines)
    log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    began, cpu = time.monotonic(), 0
    for burst in range(int(seconds * BURSTS_PER_SECOND)):
        ahead = began + burst / BURSTS_PER_SECOND - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)
        due = [next(endless) for _ in range(rate // BURSTS_PER_SECOND)]
        before = time.thread_time_ns()
        for line in due:
            os.write(log, line)
        cpu += time.thread_time_ns() - before
    print(cpu / 1e9)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
