"""A data.dir that an earlier release wrote is read as it is: tests/fixtures/data-69d0f7a, and what that release said of it."""

import hashlib
import http.client
import json
import re
import shutil
from pathlib import Path
from urllib.parse import unquote_to_bytes

import pytest
from harness.mjpeg import parse_headers
from harness.waiting import wait_until
from harness.worker import Worker, free_port

FIXTURE = Path(__file__).resolve().parents[1] / "fixtures" / "data-69d0f7a"
EXPECTED = json.loads((FIXTURE / "expected.json").read_text())
# What a worker says of itself, of the moment, and of the libraries that it has.
VOLATILE = {"worker_id", "version", "metrics", "trace", "bytes"}


@pytest.fixture
def worker(tmp_path):
    # Without the times of the files: they are as old as the checkout, and retention goes by them.
    shutil.copytree(FIXTURE / "data", tmp_path / "data", copy_function=shutil.copyfile)
    worker = Worker(tmp_path, {"worker.id": "fixture"}).start()
    yield worker
    worker.stop()


def get(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def lacks(wanted, found, place="the answer"):
    """Where `found` has not what `wanted` has; more is fine."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return [
            line
            for key, value in wanted.items()
            if key not in VOLATILE
            for line in (lacks(value, found[key], f"{place}.{key}") if key in found else [f"{place}.{key} is missing"])
        ]
    if isinstance(wanted, list) and isinstance(found, list):
        if len(wanted) != len(found):
            return [f"{place} has {len(found)} items, not {len(wanted)}"]
        return [
            line for i, (a, b) in enumerate(zip(wanted, found, strict=True)) for line in lacks(a, b, f"{place}[{i}]")
        ]
    return [] if wanted == found else [f"{place} is {found!r}, not {wanted!r}"]


def test_says_of_its_connectors_and_topics_what_the_release_that_wrote_them_said(worker):
    def differences():
        lines = []
        for path, wanted in EXPECTED["answers"].items():
            status, _, body = get(worker.port, path)
            if status != wanted["status"]:
                lines.append(f"{path}: status {status}, not {wanted['status']}")
            else:
                lines += lacks(wanted["body"], json.loads(body), path)
        return lines

    # A task may take a moment to be where it was.
    try:
        wait_until("the answers are those of before", lambda: not differences())
    except AssertionError:
        pytest.fail("\n".join(differences()))
    problems = json.loads(get(worker.port, "/health")[2]).get("problems", [])
    assert not problems, problems


def look_at(worker, topic):
    """A sink that shows the records of `topic`; its port."""
    port = free_port()
    worker.rest.run(f"look-{topic}", {"connector.class": "MjpegHttpSink", "topics": topic, "http.port": str(port)})
    return port


def as_shown_then(value):
    """With a blank for each byte that no head may hold; since 0.2.0 these are percent-coded."""
    return re.sub(r"[\x00-\x1f\x7f]", " ", unquote_to_bytes(value).decode("latin-1"))


@pytest.mark.parametrize("topic", ["frames", "beats", "odd"])
def test_every_record_is_what_it_was(worker, topic):
    port = look_at(worker, topic)
    wanted = [record for record in EXPECTED["records"] if record["topic"] == topic]
    assert wanted
    for record in wanted:
        status, headers, body = get(port, f"/frames/{record['offset']}?partition={record['partition']}")
        place = f"{topic}-{record['partition']}@{record['offset']}"
        assert status == record["status"], place
        assert hashlib.sha256(body).hexdigest() == record["sha256"], place
        shown = {k: as_shown_then(v) for k, v in headers.items() if k.lower().startswith("x-framespool")}
        assert shown | {"Content-Type": headers["Content-Type"]} == record["headers"], place


def first_offset(port, query):
    """Of the first frame that a viewer with `query` is shown."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", f"/?{query}&framing=length")
        body = connection.getresponse()
        head = b""
        while b"\r\n\r\n" not in head.split(b"--framespool\r\n", 1)[-1]:
            head += body.read1(4096)
        return int(parse_headers(head.split(b"--framespool\r\n", 1)[-1].split(b"\r\n\r\n")[0])["x-framespool-offset"])
    finally:
        connection.close()


def test_every_playhead_goes_on_where_it_stood(worker):
    port = free_port()
    config = EXPECTED["answers"]["/connectors/screen/config"]["body"] | {"http.port": str(port)}
    worker.rest.put("screen", config)
    worker.rest.answer("PUT", "/connectors/screen/resume")
    worker.rest.wait_running("screen")
    for query, offset in EXPECTED["playheads"].items():
        assert first_offset(port, query) == offset, query


def test_a_source_goes_on_behind_its_last_record(worker):
    end = EXPECTED["answers"]["/topics/beats"]["body"]["partitions"][0]["end_offset"]
    number = EXPECTED["answers"]["/connectors/slow%20beats/offsets"]["body"]["offsets"][0]["offset"]["number"]
    port = look_at(worker, "beats")
    worker.rest.answer("PUT", "/connectors/slow%20beats/resume")

    def next_record():
        try:
            status, _, body = get(port, f"/frames/{end}")
        except OSError:
            return None
        return body if status == 200 else None

    assert wait_until("the next record is in the topic", next_record) == str(number).encode()
