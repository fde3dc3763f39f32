"""GET and POST /topics/{topic}/records, on both brokers: what lies in a topic, and one record more."""

import base64
import time

from harness import footage
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
    assert worker.rest.call("PUT", f"/topics/{topic}/records", {}).status_code == 405


def written(worker, topic, **record):
    answer = worker.rest.call("POST", f"/topics/{topic}/records", record)
    assert answer.status_code == 201, answer.text
    return answer.json()


def refused(worker, topic, **record):
    answer = worker.rest.call("POST", f"/topics/{topic}/records", record)
    [problem] = answer.json()["problems"]
    return answer.status_code, problem["kind"], problem.get("field")


def read_at(worker, topic, where):
    query = f"partition={where['partition']}&offset={where['offset']}&limit=1&whole_value=1000000"
    return asked(worker, topic, query)["records"][0]


def test_a_record_that_is_written_by_hand_is_there_as_it_was_sent(worker, topic_named, on_kafka):
    topic = topic_named("beats")
    fill(worker, topic, 5)
    for key, value, headers in (
        ("door", "öffen\n", [{"key": "by", "value": "hand"}, {"key": "by", "value": ""}]),
        (None, {"base64": base64.b64encode(bytes(range(256))).decode()}, []),
        ({"base64": "AP8="}, {"json": {"b": [1, None], "a": 2}}, [{"key": "ünï", "value": {"base64": "AA=="}}]),
        ("", "", []),
        ("door", None, []),
    ):
        before = time.time() * 1000
        where = written(worker, topic, key=key, value=value, headers=headers)
        record = read_at(worker, topic, where)
        assert record["offset"] == where["offset"]
        assert before - 1 <= record["timestamp"] == where["timestamp"]
        meant = {
            str: lambda text: text.encode(),
            type(None): lambda _: None,
            dict: lambda kind: base64.b64decode(kind["base64"]) if "base64" in kind else b'{"a":2,"b":[1,null]}',
        }[type(value)](value)
        assert (record["value"] is None) == (meant is None)
        assert meant is None or base64.b64decode(record["value"]) == meant
        if not isinstance(key, dict):
            assert record["key"] == key
        assert [header["key"] for header in record["headers"]] == [header["key"] for header in headers]
    assert where["offset"] == 9
    old = written(worker, topic, value="old", timestamp=1_000_000_000_000)
    assert read_at(worker, topic, old)["timestamp"] == 1_000_000_000_000

    # It is no record of the source's: that goes on where it was.
    worker.stop() if on_kafka else worker.kill()
    worker.start()
    assert read_at(worker, topic, old)["value"] == base64.b64encode(b"old").decode()
    worker.rest.wait_running("clock")
    assert ends_at(worker, topic) == 11


def test_the_key_or_who_writes_decides_on_the_partition(worker, topic_named):
    topic = topic_named("parts")
    worker.rest.run(
        "clock",
        {
            "connector.class": "HeartbeatSource",
            "topic": topic,
            "rate": "500",
            "count": "1",
            "topic.creation.default.partitions": "3",
            "topic.creation.default.replication.factor": "1",
        },
    )
    wait_until("the topic is there", lambda: worker.rest.call("GET", f"/topics/{topic}").ok)
    for partition in (2, 0, 1):
        assert written(worker, topic, value="v", partition=partition)["partition"] == partition
    # murmur2, as Kafka's own clients have it: the same on both brokers.
    assert [written(worker, topic, key=key, value="v")["partition"] for key in ("a", "b", "c", "door")] == [
        PARTITIONS[key] for key in ("a", "b", "c", "door")
    ]
    assert refused(worker, topic, value="v", partition=3) == (400, "no-such-partition", "partition")


def murmur2_partition(key, count):
    data, mask = key.encode(), 0xFFFFFFFF
    seed, m, r = 0x9747B28C, 0x5BD1E995, 24
    h = seed ^ len(data)
    for i in range(0, len(data) - len(data) % 4, 4):
        k = int.from_bytes(data[i : i + 4], "little") * m & mask
        k ^= k >> r
        h = h * m & mask ^ k * m & mask
    tail = data[len(data) - len(data) % 4 :]
    if tail:
        h = (h ^ int.from_bytes(tail, "little")) * m & mask
    h ^= h >> 13
    h = h * m & mask
    h ^= h >> 15
    return (h & 0x7FFFFFFF) % count


PARTITIONS = {key: murmur2_partition(key, 3) for key in ("a", "b", "c", "door")}


def test_a_record_that_cannot_be_is_refused_by_its_field(worker, topic_named, on_kafka):
    topic = topic_named("small")
    worker.rest.run(
        "clock",
        {
            "connector.class": "HeartbeatSource",
            "topic": topic,
            "rate": "500",
            "count": "1",
            "topic.creation.default.max.message.bytes": "1000",
            "topic.creation.default.replication.factor": "1",
            "topic.creation.default.partitions": "1",
        },
    )
    wait_until("the topic is full", lambda: ends_at(worker, topic) == 1)
    assert refused(worker, topic, value="y" * 2000) == (400, "record-too-large", "value")
    ahead = int((time.time() + 7200) * 1000)
    assert refused(worker, topic, value="v", timestamp=ahead) == (400, "out-of-range", "timestamp")
    marked = [{"key": "framespool.sync.point", "value": "here"}]
    assert refused(worker, topic, value="v", headers=marked) == (400, "not-allowed", "headers[0].key")
    assert refused(worker, topic, value={"base64": "?"}) == (400, "invalid-value", "value.base64")
    assert ends_at(worker, topic) == 1
    assert refused(worker, "nothing-here", value="v")[:2] == (404, "no-such-topic")
    assert worker.rest.call("GET", "/topics/nothing-here").status_code == 404
    for odd in ("%2e%2e", "a%2fb", "x" * 300, "%0a"):
        assert worker.rest.call("POST", f"/topics/{odd}/records", {"value": "v"}).status_code == 404, odd
    if on_kafka:
        assert refused(worker, "__consumer_offsets", value="v") == (409, "topic-reserved", "topic")
    log = worker.log()
    assert "y" * 100 not in log, "the log has what was written"


def test_a_topic_of_video_gets_no_record_that_says_not_where_readers_can_begin(worker, topic_named):
    topic = topic_named("cam")
    config = {"connector.class": "VideoFileSource", "file": str(footage.pattern(30)), "topic": topic, "format": "copy"}
    worker.rest.run("cam", config | {"pace": "unpaced"})
    wait_until("there are frames", lambda: (ends_at(worker, topic) or 0) >= 10)
    worker.rest.call("PUT", "/connectors/cam/stop")
    wait_until("it is stopped", lambda: not worker.rest.status("cam")["tasks"])
    assert refused(worker, topic, value="v") == (409, "sync-point-missing", "sync_point")
    frame = asked(worker, topic, "offset=0&limit=1&whole_value=1000000")["records"][0]
    again = written(worker, topic, value={"base64": frame["value"]}, headers=frame["headers"], sync_point="here")
    assert read_at(worker, topic, again)["headers"] == frame["headers"], "the mark is no header"
