"""Kafka Connect 4.3.1 and Framespool, on Kafka and on its embedded log, are asked the same and must answer alike."""

from concurrent.futures import ThreadPoolExecutor

import dialects
import pytest
import script
from connect_worker import ConnectWorker, KafkaNode
from conversation import Conversation, allowed, location, media_type
from differences import DIFFERENCES
from harness.worker import Worker
from shapes import shape, unlike


def converse(url, dialect, settling_seconds=0.0):
    talk = Conversation(url, dialect, settling_seconds)
    script.run(talk)
    return talk.answers


def talk_to_framespool(folder, topic, **properties):
    folder.mkdir()
    worker = Worker(
        folder, {"offset.flush.interval.ms": "500"} | {k.replace("_", "."): v for k, v in properties.items()}
    )
    try:
        worker.start()
        return converse(worker.rest.url, dialects.of_framespool(folder, topic))
    finally:
        worker.kill()
        print(f"--- log of {worker.log_file}:\n{worker.log()[-6000:]}")


def talk_to_connect(folder, bootstrap):
    connect = ConnectWorker(folder, bootstrap)
    try:
        connect.await_healthy()
        return converse(connect.url, dialects.of_connect(folder), settling_seconds=0.7)
    finally:
        connect.stop()
        print(f"--- log of Kafka Connect:\n{connect.log()[-6000:]}")


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """By worker: {step: Answer}."""
    folder = tmp_path_factory.mktemp("conformance")
    kafka = KafkaNode(folder / "kafka")
    try:
        with ThreadPoolExecutor(2) as both:
            connect = both.submit(talk_to_connect, folder / "connect", kafka.bootstrap)
            embedded = both.submit(talk_to_framespool, folder / "embedded", "conformance")
            told = {"connect": connect.result(), "embedded": embedded.result()}
        # Afterwards: consumer groups have the names of sinks, and both workers' sinks are called alike.
        told["kafka"] = talk_to_framespool(
            folder / "on-kafka", "conformance-framespool", bootstrap_servers=kafka.bootstrap
        )
        return told
    finally:
        kafka.stop()


def differences(connect, ours):
    """{step: lines} of what differs."""
    found = {}
    for step, original in connect.items():
        answer = ours[step]
        lines = []
        if answer.status != original.status:
            lines.append(f"status: {answer.status}; Connect has {original.status}")
        for header in (media_type, location, allowed):
            if header(answer) != header(original):
                lines.append(f"{header.__name__}: {header(answer)!r}; Connect has {header(original)!r}")
        # The body of another status is another body.
        if answer.status == original.status:
            free = original.status < 400 and (step.startswith("GET config") or step == "GET /admin/loggers")
            key = "config" if free else None
            lines += unlike(shape(original.body, key), shape(answer.body, key))
        if lines:
            found[step] = lines
    return found


@pytest.mark.parametrize("broker", ["embedded", "kafka"])
def test_answers_as_kafka_connect_does_but_for_the_differences_listed(answers, broker):
    ours = answers[broker]
    assert ours.keys() == answers["connect"].keys()
    found = differences(answers["connect"], ours)
    unlisted = []
    used = set()
    for step, lines in found.items():
        for line in lines:
            reasons = [i for i, difference in enumerate(DIFFERENCES) if difference.covers(step, line)]
            used.update(reasons)
            if not reasons:
                unlisted.append(
                    f"{step}\n    {line}\n    ours: {str(ours[step].body)[:300]}"
                    f"\n    Connect's: {str(answers['connect'][step].body)[:300]}"
                )
    assert not unlisted, f"{len(unlisted)} differences that are not listed:\n" + "\n".join(unlisted)
    stale = [difference.reason for i, difference in enumerate(DIFFERENCES) if difference.always and i not in used]
    assert not stale, f"listed as different, but alike: {stale}"


def test_every_error_is_json_in_connects_shape(answers):
    for broker in ("embedded", "kafka"):
        for step, answer in answers[broker].items():
            if answer.status < 400 or step.startswith("HEAD"):
                continue
            assert set(answer.body) == {"error_code", "message", "problems"}, step
            assert all(problem["kind"] and problem["message"] for problem in answer.body["problems"]), step
            assert answer.body["problems"], step
            assert answer.body["error_code"] == answer.status, step
            assert answer.body["message"], step


def test_a_config_is_read_back_as_it_was_sent_and_with_its_name(answers, tmp_path):
    for broker, topic in (("embedded", "conformance"), ("kafka", "conformance-framespool")):
        sent = dialects.of_framespool(tmp_path, topic).source
        assert answers[broker]["GET config"].body == sent | {"name": "source"}
