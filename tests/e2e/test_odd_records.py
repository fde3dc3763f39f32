"""Records without a key, without a value, and of structured data: through the worker, the broker and the sink."""

import base64
import itertools
import json

import requests
from harness.topic import Topic
from harness.waiting import wait_until
from harness.worker import BAD_PLUGINS, PLUGINS

# A JPEG of one pixel.
PICTURE = base64.b64decode(
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wAALCAABAAEBAREA/8QA"
    "FAABAAAAAAAAAAAAAAAAAAAAA//EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AN//Z"
)


def records_of(topic):
    """By what each of them is, as its header says: the marks of Kafka's transactions are no records."""
    found = {}
    for offset in itertools.count():
        answer = topic.get(offset)
        if answer.status_code == 404 and offset >= topic.end():
            return found
        if answer.ok:
            found[answer.headers["X-Framespool-What"]] = answer


def test_null_is_told_from_empty_all_the_way_to_the_page_that_shows_it(new_worker, topic_named, new_sink):
    worker = new_worker(plugin_path=f"{PLUGINS},{BAD_PLUGINS}").start()
    name = topic_named("odd")
    sink = new_sink("odd", pace="unpaced")
    source = {"connector.class": "OddRecordsSource", "topic": name, "picture": PICTURE.hex()}
    probe = worker.rest.call("PUT", "/connector-plugins/OddRecordsSource/probe", source | {"name": "odd"})
    assert probe.ok and probe.json()["frames"] == 7, probe.text
    worker.rest.run("odd", source)
    worker.rest.run("screen", sink.config)
    topic = Topic(sink.url)
    records = wait_until("all records are in the topic", lambda: (r := records_of(topic)) and len(r) == 7 and r)

    def shown(what):
        headers = records[what].headers
        return headers.get("X-Framespool-Key"), headers.get("X-Framespool-Value"), records[what].content

    assert shown("picture") == ("door", None, PICTURE)
    assert shown("no key") == (None, None, PICTURE)
    assert shown("empty key") == ("", None, PICTURE)
    assert shown("tombstone") == ("door", "null", b"")
    assert shown("empty value") == ("door", None, b"")
    assert shown("data") == ("door", None, b'{"camera":"door","people":2}')
    assert json.loads(shown("data")[2]) == {"camera": "door", "people": 2}
    # A sync point is the broker's to know: no header of the record, whatever the broker keeps it in.
    for answer in records.values():
        assert not [header for header in answer.headers if "sync" in header.lower()], answer.headers


def test_a_tombstone_is_no_failure_of_a_sink_that_tolerates_none(new_worker, topic_named, new_sink):
    worker = new_worker(plugin_path=f"{PLUGINS},{BAD_PLUGINS}").start()
    name = topic_named("odd")
    sink = new_sink("odd", pace="unpaced", **{"errors.tolerance": "all"})
    worker.rest.run("odd", {"connector.class": "OddRecordsSource", "topic": name, "picture": PICTURE.hex()})
    worker.rest.run("screen", sink.config)
    with requests.get(sink.url, stream=True, timeout=60):
        # Two of the seven are no images, and are skipped as such; the tombstone is not among them.
        wait_until("the viewer has passed them", lambda: worker.rest.task_metrics("screen").get("records_skipped") == 2)
        wait_until("it stands at the end", lambda: worker.rest.task_metrics("screen").get("lag_frames") == 0)
    assert worker.rest.task_metrics("screen")["records_skipped"] == 2


def test_a_sink_of_lines_writes_a_tombstone_as_kafka_connect_does(new_worker, topic_named, tmp_path):
    worker = new_worker(plugin_path=f"{PLUGINS},{BAD_PLUGINS}").start()
    name = topic_named("odd")
    file = tmp_path / "lines.txt"
    worker.rest.run("odd", {"connector.class": "OddRecordsSource", "topic": name, "picture": b"frame".hex()})
    worker.rest.run("lines", {"connector.class": "LineFileSink", "topics": name, "file": str(file)})
    wanted = ["frame", "frame", "null", "frame", "", '{"camera":"door","people":2}', "frame"]
    wait_until("the lines are written", lambda: file.exists() and file.read_text().split("\n")[:-1] == wanted)


def test_who_only_looks_changes_no_tasks_state(new_worker, topic_named, new_sink):
    worker = new_worker(plugin_path=f"{PLUGINS},{BAD_PLUGINS}").start()
    sink = new_sink("odd", pace="unpaced")
    worker.rest.run("odd", {"connector.class": "OddRecordsSource", "topic": sink.topic, "picture": PICTURE.hex()})
    worker.rest.run("screen", sink.config)
    topic = Topic(sink.url)
    wait_until("all records are in the topic", lambda: len(records_of(topic)) == 7)
    for look in ("snapshot", "snapshot?at=-1h", "frames/0?width=100", "clip?from=0", "timeline", "status", "watch"):
        assert requests.get(f"{topic.url}/{look}", timeout=60).status_code < 500, look
    for look in ("?from=0", "?playback=live", "mux?streams=screen", "?from=0&key=door"):
        with requests.get(f"{topic.url}/{look}", stream=True, timeout=60) as stream:
            assert stream.ok, look
            next(stream.iter_content(1))
    # Whoever takes what the connector delivers comes to the records that are no images.
    assert [task["state"] for task in worker.rest.status("screen")["tasks"]] == ["RUNNING"]
    assert not worker.rest.task_metrics("screen").get("records_skipped")
    with requests.get(sink.url, stream=True, timeout=60):
        assert "is not an image" in worker.rest.wait_task("screen", "FAILED")["trace"]
