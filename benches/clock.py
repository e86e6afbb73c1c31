"""Runs commands and tells what they cost. Knows: CPU time of processes. Does not know: what is measured."""

import os
import statistics
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "target" / "bench"
HANGUP = ROOT / "target" / "release" / "hangup"
STAGE = ROOT / "target" / "release" / "examples" / "stage"

median = statistics.median


def run(command, out=subprocess.DEVNULL):
    """CPU seconds (user and system) and wall seconds of one run."""
    began = time.monotonic()
    child = subprocess.Popen([str(part) for part in command], stdout=out, stderr=subprocess.PIPE)
    complaint = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        raise SystemExit(f"{command}: exit {child.returncode}: {complaint.decode()}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - began


def alternating(commands, rounds):
    """Runs all commands in turn, so that a noisy moment meets each alike. {name: [(cpu, wall), …]}"""
    measured = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            measured[name].append(run(command))
    return measured


def cpu_of(pid):
    """CPU seconds of a running process, to the nanosecond, its ended threads included.

    The clock is the one that clock_getcpuclockid(3) names, which Python does not have.
    """
    return time.clock_gettime_ns(~pid << 3 | 2) / 1e9


def resident_mib(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024
