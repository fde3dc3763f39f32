"""The worker's REST API, as a client written for Kafka Connect uses it."""

import requests

from harness.waiting import PATIENCE_SECONDS, wait_until


class Rest:
    def __init__(self, url):
        self.url = url
        self._session = requests.Session()
        self._session.trust_env = False

    def call(self, method, path, body=None):
        return self._session.request(method, self.url + path, json=body, timeout=PATIENCE_SECONDS)

    def answer(self, method, path, body=None):
        """The body of an answer that must be a success."""
        response = self.call(method, path, body)
        assert response.ok, f"{method} {path}: {response.status_code} {response.text}"
        return response.json() if response.content else None

    def put(self, name, config):
        return self.answer("PUT", f"/connectors/{name}/config", config)

    def delete(self, name):
        response = self.call("DELETE", f"/connectors/{name}")
        assert response.status_code == 204, response.text

    def status(self, name):
        return self.answer("GET", f"/connectors/{name}/status")

    def is_healthy(self):
        try:
            return self.call("GET", "/health").status_code == 200
        except requests.ConnectionError:
            return False

    def wait_running(self, name):
        self.wait_task(name, "RUNNING")

    def wait_task(self, name, state, seconds=PATIENCE_SECONDS):
        """Waits until the connector's first task is in `state`; returns its status."""

        def found():
            answer = self.call("GET", f"/connectors/{name}/status")
            tasks = answer.json()["tasks"] if answer.ok else []
            return tasks[0] if tasks and tasks[0]["state"] == state else None

        return wait_until(f"task 0 of {name} is {state}", found, seconds)

    def task(self, name):
        """The status of the connector's first task. Behind a worker's start it has none until its class has said how its
        work is split."""
        return wait_until(f"{name} has a task", lambda: self.status(name)["tasks"])[0]

    def task_metrics(self, name):
        return self.task(name).get("metrics", {})

    def run(self, name, config):
        """Creates or changes a connector and waits until its task runs."""
        self.put(name, config)
        self.wait_running(name)
