"""Transforms, converters and dead letters in real workers, also over kill -9."""

from harness import footage
from harness.killing import killed_again_and_again
from harness.topic import Topic
from harness.waiting import wait_until, wait_until_still

KAFKA = "org.apache.kafka.connect"
FRAMES = 20000

# Keeps each tenth frame.
TENTHS = {
    "transforms": "thin,mark",
    "transforms.thin.type": f"{KAFKA}.transforms.Filter",
    "transforms.thin.predicate": "tenth",
    "transforms.thin.negate": "true",
    "transforms.mark.type": f"{KAFKA}.transforms.InsertHeader",
    "transforms.mark.header": "site",
    "transforms.mark.value.literal": "yard",
    "predicates": "tenth",
    "predicates.tenth.type": "HeaderMatches",
    "predicates.tenth.name": "framespool.frame",
    "predicates.tenth.pattern": "[0-9]*0",
}

# Texts that are numbers up to 127.
SMALL_NUMBERS = {
    "value.converter": f"{KAFKA}.storage.StringConverter",
    "transforms": "small,text",
    "transforms.small.type": f"{KAFKA}.transforms.Cast$Value",
    "transforms.small.spec": "int8",
    "transforms.text.type": f"{KAFKA}.transforms.Cast$Value",
    "transforms.text.spec": "string",
    "errors.tolerance": "all",
    "errors.deadletterqueue.context.headers.enable": "true",
}


def test_kills_lose_and_repeat_no_frame_that_a_filter_leaves(new_worker, new_sink, video_source, on_kafka):
    kills = 4 if on_kafka else 12
    video = footage.pattern(FRAMES, width=64, height=48)
    worker = new_worker(exactly_once_source_support="enabled", offset_flush_interval_ms="200").start()
    sink = new_sink("tenths")
    worker.rest.run("sink", sink.config)
    worker.rest.run("video", video_source(video, "tenths", pace="realtime", fps="500") | TENTHS)
    topic = Topic(sink.url)
    wait_until("frames are in the topic", lambda: topic.has(0))
    killed_again_and_again(worker, kills)
    before = worker.rest.task_metrics("video").get("records_filtered", 0)
    wait_until(
        "frames are left out again", lambda: worker.rest.task_metrics("video").get("records_filtered", 0) > before + 100
    )
    worker.rest.delete("video")
    wait_until_still("the end of the topic", topic.end)
    frames = [record.frame for record in topic.records()]
    assert frames == list(range(0, 10 * len(frames), 10)), "the topic misses or repeats frames"
    assert len(frames) > kills


def test_every_dead_letter_arrives_over_kills(new_worker, topic_named, tmp_path, on_kafka):
    count = 1500
    numbers, dead = topic_named("numbers"), topic_named("dead")
    worker = new_worker(offset_flush_interval_ms="100", exactly_once_source_support="enabled").start()
    lines, letters = tmp_path / "lines.txt", tmp_path / "letters.txt"
    worker.rest.run(
        "beats", {"connector.class": "HeartbeatSource", "topic": numbers, "rate": "300", "count": str(count)}
    )
    worker.rest.run(
        "lines",
        {
            "connector.class": "LineFileSink",
            "topics": numbers,
            "file": str(lines),
            "errors.deadletterqueue.topic.name": dead,
        }
        | SMALL_NUMBERS,
    )
    killed_again_and_again(worker, 3 if on_kafka else 8)
    worker.rest.run("letters", {"connector.class": "LineFileSink", "topics": dead, "file": str(letters)})
    wanted = {str(number) for number in range(128, count)}
    wait_until(
        "each dead letter has arrived", lambda: letters.exists() and set(letters.read_text().split()) >= wanted, 120
    )
    worker.stop()
    assert set(letters.read_text().split()) == wanted
    assert lines.read_text().split() == [str(number) for number in range(128)]


def test_a_chain_that_cannot_be_is_refused_at_its_key(worker):
    config = {
        "connector.class": "HeartbeatSource",
        "topic": "beats",
        "transforms": "a",
        "transforms.a.type": "RegexRouter",
        "transforms.a.regex": "(",
        "transforms.a.replacement": "b",
    }
    answer = worker.rest.call("PUT", "/connectors/beats/config", config)
    assert answer.status_code == 400
    assert "transforms.a.regex must be a regular expression" in answer.json()["message"]
    report = worker.rest.answer("PUT", "/connector-plugins/HeartbeatSource/config/validate", config | {"name": "beats"})
    assert "Transforms: a" in report["groups"]
    errors = {each["value"]["name"]: each["value"]["errors"] for each in report["configs"] if each["value"]["errors"]}
    assert list(errors) == ["transforms.a.regex"]
    answer = worker.rest.call("PUT", "/connectors/beats/config", config | {"transforms.a.type": "Nothing"})
    assert answer.status_code == 400
    assert "transforms.a.type must be the class of a transform" in answer.json()["message"]
    answer = worker.rest.call(
        "PUT",
        "/connectors/beats/config",
        {
            "connector.class": "HeartbeatSource",
            "topic": "beats",
            "value.converter": "io.confluent.connect.avro.AvroConverter",
        },
    )
    assert answer.status_code == 400
    assert "JsonConverter" in answer.json()["message"]


def test_a_worker_has_converters_for_connectors_that_name_none(new_worker, tmp_path):
    worker = new_worker(value_converter=f"{KAFKA}.json.JsonConverter", value_converter_schemas_enable="false").start()
    lines = tmp_path / "lines.txt"
    worker.rest.run("beats", {"connector.class": "HeartbeatSource", "topic": "numbers", "rate": "100", "count": "3"})
    worker.rest.run(
        "lines",
        {
            "connector.class": "LineFileSink",
            "topics": "numbers",
            "file": str(lines),
            "transforms": "in",
            "transforms.in.type": f"{KAFKA}.transforms.HoistField$Value",
            "transforms.in.field": "n",
        },
    )
    wait_until("three lines", lambda: lines.exists() and lines.read_text().count("\n") == 3)
    assert lines.read_text().split() == ['{"n":0}', '{"n":1}', '{"n":2}']


def test_plugins_of_every_kind_are_listed(worker):
    kinds = {
        each["class"]: each["type"] for each in worker.rest.answer("GET", "/connector-plugins?connectorsOnly=false")
    }
    assert kinds["InsertField"] == "transformation"
    assert kinds["TopicNameMatches"] == "predicate"
    assert kinds["JsonConverter"] == "converter"
    keys = [each["name"] for each in worker.rest.answer("GET", "/connector-plugins/InsertField/config")]
    assert "static.value" in keys
