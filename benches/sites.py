"""A host of thousands of sites, as a panel writes them: how long a check takes, when all logs are followed, what rest costs."""

import shutil
import subprocess
import time

from clock import HANGUP, WORK, cpu_of
from serving import Serving

SITES = 4_000
# Longer than the looks need to become few.
SETTLING_SECONDS = 15
IDLE_SECONDS = 60

SITE = """server {{ listen 80; server_name d{n}.example.com www.d{n}.example.com;
  access_log {work}/log/d{n}.access.log combined; error_log {work}/log/d{n}.error.log;
  location / {{ try_files $uri /index.php; }}
  location ~ \\.php$ {{ fastcgi_pass unix:/run/php/d{n}.sock; fastcgi_read_timeout {timeout}; }} }}
"""


def lay_out():
    work = WORK / "sites"
    shutil.rmtree(work, ignore_errors=True)
    for folder in ("sites", "log"):
        (work / folder).mkdir(parents=True)
    (work / "nginx.conf").write_text(
        f"events {{}}\nerror_log {work}/log/error.log;\nhttp {{ include {work}/sites/*; }}\n")
    (work / "log/error.log").write_text("")
    for n in range(SITES):
        (work / f"sites/d{n}.conf").write_text(SITE.format(n=n, work=work, timeout=60 + n % 7 * 30))
        for kind in ("access", "error"):
            (work / f"log/d{n}.{kind}.log").write_text("")
    return work / "nginx.conf"


def checked(conf):
    """Seconds of `hangup check`; that nginx is not there is a problem, and no matter here."""
    began = time.monotonic()
    subprocess.run([HANGUP, "check", f"--nginx.config={conf}", "--web.listen-address=127.0.0.1:0"],
                   stdout=subprocess.DEVNULL, check=False)
    return time.monotonic() - began


def followed_and_idle(conf):
    """Seconds from the start until every log is followed; percent of a core at rest."""
    with Serving(f"--nginx.config={conf}") as serving:
        while serving.value("hangup_log_up{") < 2 * SITES + 1:
            time.sleep(0.05)
        followed = time.monotonic() - serving.began
        time.sleep(SETTLING_SECONDS)
        before, began = cpu_of(serving.pid), time.monotonic()
        time.sleep(IDLE_SECONDS)
        return followed, 100 * (cpu_of(serving.pid) - before) / (time.monotonic() - began)


def measure():
    conf = lay_out()
    check = min(checked(conf) for _ in range(3))
    followed, idle = followed_and_idle(conf)
    yield f"`hangup check` of {SITES:,} sites, s", "< 1", f"{check:.2f}", check < 1
    yield "start until all their logs are followed, s", "< 3", f"{followed:.2f}", followed < 3
    yield "at rest, nginx.conf watched, % of a core", "< 0.3", f"{idle:.2f}", idle < 0.3
