"""Finished logs: hangup beside wc, mawk, mtail and goaccess on the same file, and whether its numbers are right."""

import gzip
import json
import os
import shutil
import subprocess

from clock import HANGUP, ROOT, WORK, alternating, median, run

LINES = 2_000_000
# Of a log this long, a server's memory is measured.
SHORT_LINES = 200_000
ROUNDS = 5
# mtail and goaccess take minutes, beside which one run's noise is nothing.
SLOW_ROUNDS = 1
GOACCESS_FORMAT = '%h - %^ [%d:%t %^] "%r" %s %b "%R" "%u" rt=%T %^'


def report(format, path):
    return [HANGUP, "report", "--nginx.config=", "--nginx.log-format", format, "--format", "json", path]


def one_core(command):
    return ["taskset", "-c", "0", *command]


def check(format, path):
    """Every number of the generator must be in the report."""
    told = json.loads(subprocess.run([str(part) for part in report(format, path)], check=True, capture_output=True).stdout)
    known = json.loads(path.with_name(path.name + ".totals.json").read_text())
    for wrong in differences(known, told, path.name):
        raise SystemExit(f"the report is wrong: {wrong}")


def differences(known, told, where):
    if isinstance(known, dict):
        for key, value in known.items():
            yield from differences(value, told.get(key), f"{where}.{key}")
    elif isinstance(known, list):
        order = lambda row: sorted(row.items())
        if len(known) != len(told):
            yield f"{where}: {len(told)} rows, not {len(known)}"
        for one, other in zip(sorted(known, key=order), sorted(told, key=order)):
            yield from differences(one, other, where)
    elif told is None or abs(known - told) > 1e-9 * abs(known) if isinstance(known, (int, float)) else known != told:
        yield f"{where}: {told}, not {known}"


def measure(logs):
    kv, combined, json_log = logs["kv"], logs["combined"], logs["json"]
    for format, path in [("kv", kv), ("combined", combined), ("json", json_log)]:
        check(format, path)
    packed = pack(kv)
    cpu, wall = {}, {}
    quick = {
        "wc": one_core(["wc", "-l", kv]),
        "mawk": one_core(["mawk", "$9 == 499", kv]),
        "hangup": one_core(report("kv", kv)),
        "combined": one_core(report("combined", combined)),
        "json": one_core(report("json", json_log)),
        "all cores": report("kv", kv),
        "gzip": ["gzip", "-dc", packed],
        "packed": report("kv", packed),
    }
    slow = {
        "mtail": ["mtail", "-one_shot", "-one_shot_format", "prometheus", "-progs", ROOT / "benches/peers/kv.mtail", "-logs", kv],
        "goaccess": ["goaccess", kv, "--no-progress", "--log-format", GOACCESS_FORMAT, "--date-format", "%d/%b/%Y",
                     "--time-format", "%T", "--output", WORK / "goaccess.html"],
    }
    for name, runs in {**alternating(quick, ROUNDS), **alternating(slow, SLOW_ROUNDS)}.items():
        # Other processes take no CPU time away, but they do make a run longer: of these times the shortest is the truest.
        cpu[name], wall[name] = median(one[0] for one in runs), min(one[1] for one in runs)
    ours, cores = cpu["hangup"], len(os.sched_getaffinity(0))
    spread = wall["hangup"] / wall["all cores"]
    rows = [
        ("`wc -l`, CPU s", "", f"{cpu['wc']:.2f}", None),
        ("hangup report, CPU s", "", f"{ours:.2f}", None),
        ("hangup / `wc -l`", "≤ 3", f"{ours / cpu['wc']:.1f}", ours <= 3 * cpu["wc"]),
        ("`mawk '$9 == 499'`, CPU s", "", f"{cpu['mawk']:.2f}", None),
        ("mawk / hangup", "≥ 4", f"{cpu['mawk'] / ours:.1f}", cpu["mawk"] >= 4 * ours),
    ]
    for name, factor in (("mtail", 100), ("goaccess", 200)):
        rows.append((f"{name}, CPU s", "", f"{cpu[name]:.1f}", None))
        rows.append((f"{name} / hangup", f"≥ {factor}", f"{cpu[name] / ours:.0f}", cpu[name] >= factor * ours))
    rows += [
        ("JSON lines a second / kv lines a second", "≥ 0.33", f"{ours / cpu['json']:.2f}", cpu["json"] <= 3 * ours),
        ("combined lines a second / kv lines a second", "> 1", f"{ours / cpu['combined']:.2f}", cpu["combined"] < ours),
        (f"one large file: wall time of one core / of all {cores}", f"> {0.75 * cores:.1f}", f"{spread:.2f}", spread > 0.75 * cores),
        ("`.gz`: wall time / `gzip -dc`", "≤ 1", f"{wall['packed'] / wall['gzip']:.2f}", wall["packed"] <= wall["gzip"]),
    ]
    return rows


def pack(path):
    packed = path.with_name(path.name + ".gz")
    if not packed.exists() or packed.stat().st_mtime < path.stat().st_mtime:
        with open(path, "rb") as plain, gzip.open(packed, "wb", compresslevel=1) as out:
            shutil.copyfileobj(plain, out, 1 << 20)
    return packed


def write_logs(generator):
    WORK.mkdir(parents=True, exist_ok=True)
    wanted = {
        "kv": ("kv", LINES, "kv.log"),
        "combined": ("combined", LINES, "combined.log"),
        "json": ("json", LINES, "json.log"),
        "short": ("kv", SHORT_LINES, "kv.short.log"),
        # What criterion and the writer of live logs use.
        **{f"small {format}": (format, 2_000, f"{format}.small.log") for format in ("kv", "combined", "json")},
    }
    logs = {}
    for name, (format, lines, file) in wanted.items():
        logs[name] = WORK / file
        if not (WORK / (file + ".totals.json")).exists():
            run([generator, format, lines, logs[name]])
    return logs
