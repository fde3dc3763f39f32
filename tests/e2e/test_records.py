"""GET /topics/{topic}/records, on both brokers: what lies in a topic, found by offset, time and key."""

import base64

from harness.waiting import wait_until


def fill(worker, topic, count):
    config = {"connector.class": "HeartbeatSource", "topic": topic, "rate": "500", "count": str(count)}
    worker.rest.run("clock", config)
    wait_until("the topic is full", lambda: ends_at(worker, topic) == count)


def ends_at(worker, topic):
    answer = worker.rest.call("GET", f"/topics/{topic}")
    return answer.json()["partitions"][0]["end_offset"] if answer.ok else None


def asked(worker, topic, query=""):
    return worker.rest.answer("GET", f"/topics/{topic}/records?{query}")


def numbers(report):
    return [int(base64.b64decode(record["value"])) for record in report["records"]]


def test_records_are_found_by_place_and_by_key(worker, topic_named):
    topic = topic_named("beats")
    fill(worker, topic, 120)
    newest = asked(worker, topic, "limit=20")
    assert numbers(newest) == list(range(100, 120))
    assert (newest["begin"], newest["end"], newest["end_offset"]) == (100, 120, 120)
    assert numbers(asked(worker, topic, "before=100&limit=10")) == list(range(90, 100))
    onward = asked(worker, topic, "offset=7&limit=5")
    assert numbers(onward) == [7, 8, 9, 10, 11] and onward["end"] == 12

    middle = onward["records"][2]
    by_time = asked(worker, topic, f"time={middle['timestamp']}&limit=1")["records"][0]
    assert by_time["timestamp"] >= middle["timestamp"] and by_time["offset"] <= middle["offset"]
    assert asked(worker, topic, "time=99999999999999")["records"] == []

    assert numbers(asked(worker, topic, f"key={middle['key']}&limit=3")) == [117, 118, 119]
    nobody = asked(worker, topic, "key=nobody")
    assert nobody["records"] == [] and nobody["looked_at"] == 120


def test_what_there_is_not_is_refused_and_not_made(worker, topic_named):
    topic = topic_named("beats")
    fill(worker, topic, 3)
    for path, status in (
        ("/topics/nothing-here/records", 404),
        (f"/topics/{topic}/records?partition=1", 404),
        ("/topics/%2e%2e/records", 404),
        (f"/topics/{'x' * 300}/records", 404),
        (f"/topics/{topic}/records?offset=1&time=2", 400),
        (f"/topics/{topic}/records?limit=201", 400),
    ):
        answer = worker.rest.call("GET", path)
        assert answer.status_code == status, f"{path}: {answer.status_code} {answer.text}"
    assert worker.rest.call("GET", "/topics/nothing-here").status_code == 404
    assert worker.rest.call("POST", f"/topics/{topic}/records", {}).status_code == 405
