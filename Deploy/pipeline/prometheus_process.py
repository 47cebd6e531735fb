"""A Prometheus of its own, on a free port."""

import contextlib
import json
import re
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

START_LIMIT = 30
ANSWER_LIMIT = 30
_LISTENING = re.compile(r'Listening on".*address=127\.0\.0\.1:(\d+)')


class Prometheus:
    """Reads `targets`: pairs of an address and further labels."""

    def __init__(self, directory, targets, *, rules=None, interval="1s"):
        self._directory = directory
        self._log = directory / "prometheus.log"
        self.data = directory / "tsdb"
        configuration = {
            "global": {"scrape_interval": interval, "evaluation_interval": interval},
            "rule_files": [str(rules)] if rules else [],
            "scrape_configs": [
                {
                    "job_name": "chat-broker",
                    "static_configs": [{"targets": [address], "labels": labels} for address, labels in targets],
                }
            ],
        }
        self._configuration = directory / "prometheus.yml"
        # JSON is YAML, too.
        self._configuration.write_text(json.dumps(configuration))
        self._process = None
        self.url = None

    def backfill(self, open_metrics):
        """Adds samples of the past, before the start."""
        file = self._directory / "past.txt"
        file.write_text(open_metrics)
        subprocess.run(
            ["promtool", "tsdb", "create-blocks-from", "openmetrics", str(file), str(self.data)],
            check=True,
            capture_output=True,
        )

    def start(self):
        program = shutil.which("prometheus")
        if not program:
            raise RuntimeError("no prometheus in PATH: .ci/deps monitoring installs it")
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    program,
                    f"--config.file={self._configuration}",
                    f"--storage.tsdb.path={self.data}",
                    "--storage.tsdb.retention.time=30d",
                    "--web.listen-address=127.0.0.1:0",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + START_LIMIT
        while time.monotonic() < deadline and self._process.poll() is None:
            found = _LISTENING.search(self._log.read_text(errors="replace"))
            if found:
                self.url = f"http://127.0.0.1:{found[1]}"
                with contextlib.suppress(urllib.error.HTTPError):
                    with urllib.request.urlopen(f"{self.url}/-/ready", timeout=ANSWER_LIMIT):
                        return self
            time.sleep(0.05)
        self.stop()
        raise RuntimeError(f"Prometheus does not listen:\n{self._log.read_text(errors='replace')}")

    def stop(self):
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def ask(self, path, **parameters):
        """The `data` of an answer of the HTTP API."""
        try:
            url = f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
            with urllib.request.urlopen(url, timeout=ANSWER_LIMIT) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{path} {parameters}: {error.read().decode(errors='replace')}") from None

    def query(self, expression):
        """The numbers that an expression has now. NaN, which is what nothing divided by nothing gives, is no number."""
        samples = self.ask("query", query=expression)["result"]
        numbers = [float(sample["value"][1]) for sample in samples]
        return [number for number in numbers if number == number]
