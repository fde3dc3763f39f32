"""topics.regex: a sink reads the topics that a pattern matches, also those that come while it runs."""

from harness.waiting import wait_until

LATER = 60  # a sink looks for new topics every 30 s


def numbers_into(worker, topic, count):
    config = {"connector.class": "HeartbeatSource", "topic": topic, "rate": "500", "count": str(count)}
    worker.rest.run(f"to-{topic}", config)


def test_a_sink_reads_the_topics_of_a_pattern_as_they_come_and_each_record_once(new_worker, topic_named, tmp_path):
    first, second, other = topic_named("cam-1"), topic_named("cam-2"), topic_named("other")
    lines = tmp_path / "lines.txt"
    worker = new_worker(exactly_once_source_support="enabled", offset_flush_interval_ms="200").start()
    pattern = first.replace("cam-1", "cam-[0-9]")
    config = {"connector.class": "LineFileSink", "topics.regex": pattern, "file": str(lines)}
    numbers_into(worker, first, 20)
    numbers_into(worker, other, 7)
    wait_until("the topics are there", lambda: all(worker.rest.call("GET", f"/topics/{t}").ok for t in (first, other)))
    worker.rest.run("lines", config)

    def read():
        return sorted(map(int, lines.read_text().split())) if lines.exists() else []

    wait_until("what is in the first topic is read", lambda: read() == list(range(20)))
    report = worker.rest.answer("GET", f"/topics/{first}")
    assert report["sinks"] == ["lines"]
    assert worker.rest.answer("GET", f"/topics/{other}")["sinks"] == []
    refused = worker.rest.call("DELETE", f"/topics/{first}")
    assert refused.status_code == 409 and "is used by" in refused.json()["message"]

    worker.kill()
    worker.start()
    numbers_into(worker, second, 10)
    both = sorted([*range(20), *range(10)])
    wait_until("what is in the second is read as well", lambda: read() == both, LATER)
    offsets = worker.rest.answer("GET", "/connectors/lines/offsets")["offsets"]
    assert {entry["partition"]["kafka_topic"] for entry in offsets} <= {first, second}
    worker.stop()
    assert read() == both


def test_offsets_of_a_pattern_are_of_topics_that_it_matches(worker, tmp_path):
    config = {"connector.class": "LineFileSink", "topics.regex": "cam-.*", "file": str(tmp_path / "lines.txt")}
    worker.rest.run("lines", config)
    worker.rest.call("PUT", "/connectors/lines/stop")
    wait_until("it is stopped", lambda: worker.rest.status("lines")["connector"]["state"] == "STOPPED")

    def patch(topic):
        entry = {"partition": {"kafka_topic": topic, "kafka_partition": 0}, "offset": {"kafka_offset": 3}}
        return worker.rest.call("PATCH", "/connectors/lines/offsets", {"offsets": [entry]})

    assert patch("cam-1").ok
    refused = patch("x-cam-1")
    assert refused.status_code == 400 and "one of the connector's topics (cam-.*)" in refused.json()["message"]


def test_a_view_says_that_it_takes_topics_by_their_names(worker):
    config = {"name": "view", "connector.class": "MjpegHttpSink", "topics.regex": "cam-.*", "port": "0"}
    report = worker.rest.answer("PUT", "/connector-plugins/MjpegHttpSink/config/validate", config)
    errors = {each["value"]["name"]: each["value"]["errors"] for each in report["configs"] if each["value"]["errors"]}
    assert "MjpegHttpSink takes topics by their names" in errors["topics.regex"][0]
