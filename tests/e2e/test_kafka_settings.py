"""Settings that cannot work are told by their names; those that can do what they say."""

import re
import subprocess

import pytest
from harness import footage
from harness.mjpeg import Viewer
from harness.topic import Topic
from harness.waiting import wait_until
from harness.worker import BINARY, clean_environment

GUEST = {
    "security.protocol": "SASL_PLAINTEXT",
    "sasl.mechanism": "PLAIN",
    "sasl.jaas.config": "org.apache.kafka.common.security.plain.PlainLoginModule required "
    'username="guest" password="guest-secret";',
}


def settings(values):
    """As new_worker() takes them."""
    return {key.replace(".", "_"): value for key, value in values.items()}


def health_message(worker, wanted):
    """What /health says once it says `wanted`."""
    return wait_until(
        f"/health says {wanted}",
        lambda: (text := worker.rest.answer("GET", "/health")["message"]) and wanted in text and text,
    )


def trace_of(worker, name, config):
    worker.rest.put(name, config)
    return worker.rest.wait_task(name, "FAILED")["trace"]


def test_a_wrong_bootstrap_address_is_named(new_worker, video_source):
    worker = new_worker(bootstrap_servers="127.0.0.1:1").start()
    assert "bootstrap.servers=127.0.0.1:1" in health_message(worker, "refused")
    worker.rest.run("video", video_source(footage.pattern(30), "frames"))
    wait_until(
        "the task says what it waits for",
        lambda: "bootstrap.servers" in worker.rest.task_metrics("video").get("waiting_for", ""),
    )


def test_a_bootstrap_address_that_is_none_ends_the_worker_with_its_name(tmp_path):
    file = tmp_path / "worker.properties"
    file.write_text(f"listeners=http://127.0.0.1:0\ndata.dir={tmp_path}/data\nbootstrap.servers=kafka\n")
    ended = subprocess.run(
        [BINARY, "worker", file], capture_output=True, text=True, timeout=60, env=clean_environment()
    )
    assert ended.returncode == 1
    assert "bootstrap.servers" in ended.stderr and "host:port" in ended.stderr and '"kafka"' in ended.stderr


@pytest.mark.parametrize(
    "key, value, wanted",
    [
        ("producer.lingr.ms", "5", "producer.lingr.ms"),
        ("consumer.auto.offset.reset", "first", "earliest, latest, none"),
        ("ssl.truststore.location", "/etc/trust.jks", "PEM"),
    ],
)
def test_a_client_setting_that_cannot_be_ends_the_worker_with_its_name(kafka, tmp_path, key, value, wanted):
    file = tmp_path / "worker.properties"
    file.write_text(
        f"listeners=http://127.0.0.1:0\ndata.dir={tmp_path}/data\nbootstrap.servers={kafka.plain}\n{key}={value}\n"
    )
    ended = subprocess.run(
        [BINARY, "worker", file], capture_output=True, text=True, timeout=60, env=clean_environment()
    )
    assert ended.returncode == 1
    assert key in ended.stderr and wanted in ended.stderr


def test_tls_that_does_not_match_names_security_protocol(new_worker, kafka):
    tls_to_plain = new_worker(security_protocol="SSL").start()
    plain_to_tls = new_worker(bootstrap_servers=kafka.tls).start()
    health_message(tls_to_plain, "security.protocol")
    health_message(plain_to_tls, "security.protocol")


def test_a_certificate_that_is_not_trusted_names_the_truststore_and_with_it_all_plays(
    new_worker, kafka, new_sink, video_source
):
    unknown = new_worker(bootstrap_servers=kafka.tls, security_protocol="SSL").start()
    health_message(unknown, "ssl.truststore.location")
    trusted = new_worker(
        bootstrap_servers=kafka.tls,
        security_protocol="SSL",
        ssl_truststore_type="PEM",
        ssl_truststore_location=str(kafka.certificate),
    ).start()
    sink = new_sink("frames")
    trusted.rest.run("video", video_source(footage.pattern(30), "frames"))
    trusted.rest.run("browser", sink.config)
    wait_until("all frames are in the topic", lambda: Topic(sink.url).has(29))


def test_a_topic_that_the_user_may_not_use_fails_the_tasks_with_advice(new_worker, kafka, new_sink, video_source):
    sink = new_sink("forbidden")
    kafka.create_topic(sink.topic)
    worker = new_worker(bootstrap_servers=kafka.sasl, **settings(GUEST)).start()
    wait_until("the worker is connected", lambda: worker.rest.answer("GET", "/worker")["broker_reachable"])
    for name, config in (("video", video_source(footage.pattern(30), "forbidden")), ("browser", sink.config)):
        trace = trace_of(worker, name, config)
        assert sink.topic in trace and "kafka-acls" in trace and "sasl.jaas.config" in trace, trace
    assert "guest-secret" not in worker.log()


def test_a_topic_that_is_not_there_and_may_not_be_made_names_topic_creation_enable(new_worker, new_sink, video_source):
    sink = new_sink("missing")
    worker = new_worker(topic_creation_enable="false").start()
    wait_until("the worker is connected", lambda: worker.rest.answer("GET", "/worker")["broker_reachable"])
    for name, config in (("video", video_source(footage.pattern(30), "missing")), ("browser", sink.config)):
        trace = trace_of(worker, name, config)
        assert "topic.creation.enable" in trace and sink.topic in trace, trace


def test_a_topic_of_offsets_that_forgets_is_refused(new_worker, kafka, topic_named, video_source):
    offsets = topic_named("forgetful")
    kafka.create_topic(offsets, cleanup_policy="delete")
    worker = new_worker(exactly_once_source_support="enabled", offset_storage_topic=offsets).start()
    wait_until("the worker is connected", lambda: worker.rest.answer("GET", "/worker")["broker_reachable"])
    trace = trace_of(worker, "video", video_source(footage.pattern(30), "frames"))
    assert f"offset.storage.topic {offsets}" in trace and "cleanup.policy=compact" in trace, trace


def test_what_a_connector_may_not_override_is_refused_when_it_is_made(new_worker, new_sink, video_source):
    worker = new_worker(connector_client_config_override_policy="None").start()
    source = video_source(footage.pattern(30), "frames") | {"producer.override.linger.ms": "5"}
    refused = worker.rest.call("PUT", "/connectors/video/config", source)
    assert refused.status_code == 400
    for word in ("producer.override.linger.ms", "connector.client.config.override.policy"):
        assert word in refused.json()["message"]


def test_topic_creation_keys_make_the_topic_as_they_say(worker, kafka, video_source):
    source = video_source(
        footage.pattern(30),
        "frames",
        **settings(
            {
                "topic.creation.default.partitions": "3",
                "topic.creation.default.replication.factor": "1",
                "topic.creation.default.retention.ms": "3600000",
                "topic.creation.default.max.message.bytes": "2000000",
            }
        ),
    )
    worker.rest.run("video", source)
    topic = worker.rest.answer("GET", f"/topics/{source['topic']}")
    assert len(topic["partitions"]) == 3
    assert topic["config"] == {"retention.ms": "3600000", "max.message.bytes": "2000000"}
    refused = worker.rest.call("PUT", "/connectors/other/config", source | {"topic.creation.default.partitions": "few"})
    assert refused.status_code == 400 and "topic.creation.default.partitions" in refused.json()["message"]
    trace = trace_of(
        worker, "third", source | {"topic": source["topic"] + "-x", "topic.creation.default.replication.factor": "3"}
    )
    assert "topic.creation.default.replication.factor" in trace


def test_kafka_consumer_groups_shows_the_lag_of_a_running_sink(worker, kafka, new_sink, video_source):
    sink = new_sink("frames")
    worker.rest.run("video", video_source(footage.pattern(300), "frames"))
    worker.rest.run("lagging", sink.config)
    topic = Topic(sink.url)
    wait_until("all frames are in the topic", lambda: topic.has(299))
    with Viewer(sink.url) as viewer:
        wait_until("the viewer sees 30 frames", lambda: len(viewer.seen) > 30)

    def shown():
        told = kafka.tool(
            "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
            "--bootstrap-server",
            kafka.plain,
            "--describe",
            "--group",
            "connect-lagging",
        )
        row = re.search(rf"{sink.topic} +0 +(\d+) +300 +(\d+) ", told)
        return row and [int(number) for number in row.groups()]

    offset, lag = wait_until("the tool shows the group", shown, 40)
    assert 0 < offset < 300 and offset + lag == 300
    stored = worker.rest.answer("GET", "/connectors/lagging/offsets")["offsets"][0]["offset"]["kafka_offset"]
    assert abs(stored - offset) <= 30  # the tool was asked while the last commit was on its way


def test_a_stopped_sinks_offsets_are_set_and_reset_in_its_consumer_group_too(worker, kafka, new_sink, video_source):
    sink = new_sink("frames")
    worker.rest.run("video", video_source(footage.pattern(30), "frames"))
    worker.rest.run("altered", sink.config)
    topic = Topic(sink.url)
    wait_until("all frames are in the topic", lambda: topic.has(29))
    worker.rest.answer("PUT", "/connectors/altered/stop")
    wait_until(
        "it is stopped",
        lambda: worker.rest.answer("GET", "/connectors/altered/status")["connector"]["state"] == "STOPPED",
    )
    partition = {"kafka_topic": sink.topic, "kafka_partition": 0}

    def told():
        return kafka.tool(
            "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
            "--bootstrap-server",
            kafka.plain,
            "--describe",
            "--group",
            "connect-altered",
        )

    worker.rest.answer(
        "PATCH", "/connectors/altered/offsets", {"offsets": [{"partition": partition, "offset": {"kafka_offset": 7}}]}
    )
    wait_until("the group stands there", lambda: re.search(rf"{sink.topic} +0 +7 +30 +23 ", told()), 40)
    worker.rest.answer("DELETE", "/connectors/altered/offsets")
    wait_until("the group stands nowhere", lambda: not re.search(rf"{sink.topic} +0 +\d+ ", told()), 40)


def growing_footage():
    """Twenty black frames, whose images are small, and twenty of noise, whose are not."""
    return footage.black_then_noise(20, 20)


def test_a_first_frame_over_the_limit_is_refused_when_the_source_is_made(worker, kafka, topic_named, video_source):
    source = video_source(footage.natural(), "small", format="png")
    kafka.create_topic(source["topic"], max_message_bytes=100000)
    refused = worker.rest.call("PUT", "/connectors/video/config", source)
    assert refused.status_code == 400, refused.text
    message = refused.json()["message"]
    for word in ("topic", "100000", f"max.message.bytes of topic {source['topic']}", "1280x720", "image/png"):
        assert word in message, message
    assert worker.rest.answer("GET", "/connectors") == []
    # The same of a topic that does not exist yet, by what it would be, and of the client's own limit.
    new = source | {"topic": topic_named("new")}
    for limit in ("topic.creation.default.max.message.bytes", "producer.override.max.request.size"):
        refused = worker.rest.call("PUT", "/connectors/video/config", new | {limit: "100000"})
        assert refused.status_code == 400 and "100000" in refused.json()["message"], refused.text


def test_a_later_frame_over_the_limit_fails_the_task_or_is_left_out(worker, kafka, new_sink, video_source):
    source = video_source(growing_footage(), "small", format="png")
    kafka.create_topic(source["topic"], max_message_bytes=100000)
    trace = trace_of(worker, "strict", source)
    assert "100000" in trace and "max.message.bytes" in trace and "errors.tolerance = all" in trace, trace
    assert re.search(r"record of \d{6,} bytes", trace), trace

    tolerant = source | {
        "errors.tolerance": "all",
        "errors.log.enable": "true",
        "errors.log.include.messages": "true",
        "file": source["file"],
        "record.key": "tolerant",
    }
    worker.rest.run("tolerant", tolerant)
    wait_until(
        "the large frames are counted", lambda: worker.rest.task_metrics("tolerant").get("records_skipped") == 20
    )
    wait_until("the source is at its end", lambda: worker.rest.task_metrics("tolerant").get("end_of_file"))
    worker.rest.wait_running("tolerant")
    kept = [record for record in kafka.records(source["topic"]) if record.key == b"tolerant"]
    assert [int(dict(record.headers)["framespool.frame"]) for record in kept] == list(range(20))
    lines = [line for line in worker.log().splitlines() if " E [tolerant" in line]
    assert len(lines) == 20 and all(source["topic"] in line and "100000" in line for line in lines)
