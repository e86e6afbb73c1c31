"""A serving hangup, asked over HTTP. Knows: flags, the exposition's text. Does not know: what is measured."""

import http.client
import re
import subprocess
import time

from clock import HANGUP, WORK

ACCEPT = {
    "text": "text/plain;version=0.0.4",
    "OpenMetrics": "application/openmetrics-text;version=1.0.0",
    "protobuf": "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited",
}


class Serving:
    """One hangup on a port of its own choice, ended when the block ends."""

    def __init__(self, *flags):
        command = [HANGUP, "--web.listen-address=127.0.0.1:0", *flags]
        self.began = time.monotonic()
        self.process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.pid = self.process.pid
        for line in self.process.stderr:
            address = re.search(rb"127\.0\.0\.1:(\d+)", line)
            if address:
                break
        else:
            raise SystemExit("hangup did not say where it listens")
        self.http = http.client.HTTPConnection("127.0.0.1", int(address.group(1)))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def get(self, path="/metrics", accept="text", **headers):
        """The answer, once there is one: until kept counts have caught up it is 503."""
        while True:
            self.http.request("GET", path, headers={"Accept": ACCEPT[accept], **headers})
            response = self.http.getresponse()
            body = response.read()
            if response.status != 503:
                return body

    def value(self, start):
        """The sum of all samples whose line begins so."""
        lines = self.get().decode().splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(start))

    def wait_for_lines(self, lines):
        while self.value("hangup_log_lines_total{") < lines:
            time.sleep(0.05)


def log(name):
    path = WORK / name
    path.write_bytes(b"")
    return path


def following(path, format="kv"):
    return ("--nginx.config=", "--nginx.access-log", path, "--nginx.log-format", format, "--nginx.from=start")
