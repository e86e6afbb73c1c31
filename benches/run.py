"""`make bench`: measures everything, prints it, and writes it into docs/benchmarks.md between its two marks.

With names of parts as arguments (throughput, instructions, live, scrape, why, exact, sites) only these are measured and printed.
"""

import datetime
import os
import platform
import subprocess
import sys

import exact
import instructions
import live
import scrape
import sites
import throughput
import why
from clock import ROOT

PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- measured by make bench -->", "<!-- end of what make bench measured -->"
GENERATOR = ROOT / "target" / "release" / "examples" / "reference_log"
MEANING = {True: "met", False: "**missed**", None: ""}


def machine():
    info = open("/proc/cpuinfo").read()
    model = info.split("model name\t: ")[1].split("\n")[0]
    memory = int(open("/proc/meminfo").read().split()[1]) / 1024 / 1024
    load = os.getloadavg()[0]
    return (f"{datetime.date.today()}, {os.cpu_count()} × {model}, {memory:.0f} GiB, Linux {platform.release()}, "
            f"load when the run began {load:.1f}. CPU seconds are of 2 000 000 lines.")


def table(title, rows):
    yield f"\n### {title}\n\n| what | target | measured | |\n|---|---|---|---|"
    for what, target, measured, met in rows:
        yield f"| {what} | {target} | {measured} | {MEANING[met]} |"


def instruction_table():
    counted = instructions.measure(GENERATOR)
    yield "\n### Instructions per line, by callgrind\n\n| stage | " + " | ".join(counted) + " |\n|---|" + "---:|" * len(counted)
    for cells in instructions.rows(counted):
        yield "| " + " | ".join(cells) + " |"


PARTS = {
    "throughput": lambda: table("Finished logs", throughput.measure(throughput.write_logs(GENERATOR))),
    "instructions": instruction_table,
    "live": lambda: table("Following live", live.measure()),
    "scrape": lambda: table("Scraping and footprint", scrape.measure()),
    "why": lambda: table("The diagnosis", why.measure()),
    "exact": lambda: table("State and many logs", exact.measure()),
    "sites": lambda: table("A host of thousands of sites", sites.measure()),
}


def main(names):
    # Apart, since with the examples come what tests need, and with it features that the binary itself does not have.
    for target in (["--examples"], ["--bin", "hangup"]):
        subprocess.run(["cargo", "build", "--release", "--locked", *target], cwd=ROOT, check=True)
    throughput.write_logs(GENERATOR)
    lines = [machine()]
    print(lines[0])
    for name in names or PARTS:
        for line in PARTS[name]():
            print(line, flush=True)
            lines.append(line)
    if not names:
        before, rest = PAGE.read_text().split(BEGIN)
        PAGE.write_text(before + BEGIN + "\n" + "\n".join(lines) + "\n\n" + END + rest.split(END)[1])


if __name__ == "__main__":
    main(sys.argv[1:])
