"""Instructions per line and stage, counted by callgrind: the same on a busy machine as on a quiet one."""

import re
import subprocess

from clock import STAGE, WORK, run

SHORT, LONG = 2_000, 12_000
FORMATS = ("kv", "combined", "json")
STAGES = ("split", "parse", "times", "verdict", "tally")


def count(*arguments):
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", STAGE, *arguments]
    out = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True)
    return int(re.search(r"Collected : (\d+)", out.stderr).group(1))


def measure(generator):
    """{format: {stage: instructions per line}}; what all lines of a run share is in both runs, and so in neither."""
    table = {}
    for format in FORMATS:
        logs = []
        for lines in (SHORT, LONG):
            logs.append(WORK / f"{format}.{lines}.log")
            run([generator, format, lines, logs[-1]])
        per_line = lambda stage: (count(stage, format, logs[1]) - count(stage, format, logs[0])) / (LONG - SHORT)
        table[format] = {stage: per_line(stage) for stage in STAGES}
    return table


def rows(table):
    """Each stage alone: what it adds to the one before."""
    before = {"split": None, "parse": "split", "times": "parse", "verdict": "parse", "tally": None}
    for stage in STAGES:
        cells = [row[stage] - (row[before[stage]] if before[stage] else 0) for row in table.values()]
        name = "all of it, with counting" if stage == "tally" else stage
        yield (name, *[f"{cell:,.0f}" for cell in cells])
