"""Debian's Prometheus, and what it says of the workers that it scrapes."""

import subprocess

import requests
import yaml

from harness.waiting import wait_until
from harness.worker import ROOT, die_with_parent, free_port

MONITORING = ROOT / "docker" / "monitoring"


class Prometheus:
    """Scrapes `worker` as docker/monitoring/prometheus.yml says, but twenty times as often. It dies with the test's process."""

    def __init__(self, folder, worker):
        config = yaml.safe_load((MONITORING / "prometheus.yml").read_text())
        config["global"] = {"scrape_interval": "750ms", "evaluation_interval": "750ms"}
        config["rule_files"] = [str(MONITORING / name) for name in config["rule_files"]]
        (job,) = config["scrape_configs"]
        job["static_configs"] = [{"targets": [f"127.0.0.1:{worker.port}"]}]
        file = folder / "prometheus.yml"
        file.write_text(yaml.safe_dump(config))
        self._log_file = folder / "prometheus.log"
        address = f"127.0.0.1:{free_port()}"
        self._url = f"http://{address}"
        self._session = requests.Session()
        self._session.trust_env = False
        with self._log_file.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    "prometheus",
                    f"--config.file={file}",
                    f"--storage.tsdb.path={folder / 'tsdb'}",
                    f"--web.listen-address={address}",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent,
            )
        wait_until("Prometheus is ready", self._is_ready)

    def _is_ready(self):
        assert self._process.poll() is None, self.log()
        try:
            return self._session.get(f"{self._url}/-/ready", timeout=10).ok
        except requests.ConnectionError:
            return False

    def stop(self):
        self._process.terminate()
        self._process.wait(60)

    def log(self):
        return self._log_file.read_text(errors="replace")

    def _answer(self, path, **parameters):
        response = self._session.get(f"{self._url}/api/v1/{path}", params=parameters, timeout=60)
        answer = response.json()
        assert answer["status"] == "success", f"{parameters}: {answer.get('error')}"
        return answer["data"]

    def query(self, expression):
        """[(labels, value), …]; a query that Prometheus cannot read is an error."""
        found = self._answer("query", query=expression)
        assert found["resultType"] == "vector", f"{expression} is no vector"
        return [(series["metric"], float(series["value"][1])) for series in found["result"]]

    def value(self, expression):
        """That of the only series, or none."""
        series = self.query(expression)
        assert len(series) < 2, series
        return series[0][1] if series else None

    def reaches_worker(self):
        return [target["health"] for target in self._answer("targets")["activeTargets"]] == ["up"]

    def firing(self):
        """The labels of alerts that fire."""
        return [alert["labels"] for alert in self._answer("alerts")["alerts"] if alert["state"] == "firing"]

    def names(self):
        """Of all metrics that were scraped."""
        return set(self._answer("label/__name__/values"))
