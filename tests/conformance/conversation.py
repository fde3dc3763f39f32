"""One side of the conformance script: a worker, the names its connectors have there, and what it answered."""

import http.client
import json
import time
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from harness.waiting import wait_until


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict
    body: object  # decoded JSON, None when empty, bytes when it is no JSON


@dataclass
class Dialect:
    """What differs between the workers by nature: the classes of their connectors and the names of their loggers."""

    source: dict
    sink: dict
    broken_sink: dict  # its task fails when it starts
    other_source: dict  # the same source with another value
    source_class: str
    sink_class: str
    logger: str
    source_offset: dict  # an entry of PATCH …/offsets
    topic: str  # what the source fills and the sink reads


class Conversation:
    def __init__(self, url, dialect, settling_seconds=0.0):
        """Kafka Connect tells of a change later than it answers: a state counts when it has lasted `settling_seconds`."""
        self._address = urlsplit(url)
        self._settling_seconds = settling_seconds
        self.dialect = dialect
        self.answers = {}

    def say(
        self,
        step,
        method,
        path,
        body=None,
        content_type="application/json",
        accept="application/json",
        chunked=False,
        record=True,
    ):
        """One request on a connection of its own. `body`: JSON, or bytes to be sent as they are. While Kafka Connect
        rebalances it refuses everything, whatever was asked: then it is asked again, as clients do."""
        deadline = time.monotonic() + 60
        while True:
            answer = self._ask(method, path, body, content_type, accept, chunked)
            if not _is_rebalancing(answer) or time.monotonic() > deadline:
                break
            time.sleep(0.1)  # decides nothing: until it is asked again
        if record:
            assert step not in self.answers, f"two steps are called {step!r}"
            self.answers[step] = answer
        return answer

    def _ask(self, method, path, body, content_type, accept, chunked):
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Accept": accept} if accept else {}
        if data is not None and content_type:
            headers["Content-Type"] = content_type
        connection = http.client.HTTPConnection(self._address.hostname, self._address.port, timeout=100)
        try:
            pieces = iter([data[i : i + 7] for i in range(0, len(data), 7)]) if chunked else data
            connection.request(method, path, body=pieces, headers=headers)  # an iterator is sent in chunks
            response = connection.getresponse()
            raw = response.read()
        finally:
            connection.close()
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, _decoded(raw))

    def wait(self, what, path, condition):
        """Until a GET of `path` answers what `condition` of (status, body) accepts."""

        def accepted():
            answer = self.say(None, "GET", path, record=False)
            return answer if condition(answer.status, answer.body) else None

        return wait_until(f"{what} at {self._address.netloc}{path}", accepted, 60)

    def wait_for(self, name, state, least_tasks=1, task_state=None):
        """Until the connector is in `state` with at least as many tasks in theirs."""
        since = None

        def there(status, body):
            nonlocal since
            if not is_there(status, body):
                since = None
                return False
            since = since or time.monotonic()
            return time.monotonic() - since >= self._settling_seconds

        def is_there(status, body):
            return (
                status == 200
                and body["connector"]["state"] == state
                and len(body["tasks"]) >= least_tasks
                and all(task["state"] == (task_state or state) for task in body["tasks"])
            )

        self.wait(f"{name} is {state}", f"/connectors/{quote(name)}/status", there)


def _is_rebalancing(answer):
    return answer.status >= 400 and isinstance(answer.body, dict) and "rebalance" in answer.body.get("message", "")


def _decoded(raw):
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError:
        return raw


def media_type(answer):
    """Of a body; an answer without one needs none."""
    return answer.headers.get("content-type", "").split(";")[0].strip() if answer.body is not None else ""


def allowed(answer):
    return {method.strip() for method in answer.headers.get("allow", "").split(",")} - {""}


def location(answer):
    """The path of Location: host and port differ between two workers."""
    return urlsplit(answer.headers.get("location", "")).path
