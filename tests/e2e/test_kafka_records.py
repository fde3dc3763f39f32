"""POST /topics/{topic}/records where topics are Kafka's: beside transactions, beside the worker's state, and while Kafka is away."""

import base64

from harness.waiting import wait_until


def written(worker, topic, **record):
    return worker.rest.call("POST", f"/topics/{topic}/records", record)


def kind_of(answer):
    return answer.json()["problems"][0]["kind"]


def test_a_record_stands_between_those_of_an_exactly_once_source(new_worker, kafka, topic_named):
    topic = topic_named("beats")
    state = {
        f"{part}_storage_{key}": value
        for part in ("config", "offset", "status")
        for key, value in (("topic", f"{topic}-{part}"), ("replication_factor", "1"))
    }
    worker = new_worker(exactly_once_source_support="enabled", **state).start()
    config = {"connector.class": "HeartbeatSource", "topic": topic, "rate": "100", "transaction.boundary": "interval"}
    worker.rest.run("clock", config)
    wait_until("records are committed", lambda: worker.rest.call("GET", f"/topics/{topic}/records").ok)
    wait_until("there are some", lambda: kafka.records(topic))
    answers = [written(worker, topic, key="hand", value=f"by hand {i}", headers=[]) for i in range(5)]
    assert [answer.status_code for answer in answers] == [201] * 5, [answer.text for answer in answers]
    # The source goes on with the next number, after a kill as well.
    worker.kill()
    worker.start()
    worker.rest.wait_running("clock")
    highest = max(answer.json()["offset"] for answer in answers)
    wait_until("it goes on", lambda: kafka.records(topic)[-1].offset > highest + 100)
    read = kafka.records(topic)
    hand = [record for record in read if record.key == b"hand"]
    assert [record.value for record in hand] == [f"by hand {i}".encode() for i in range(5)]
    assert [record.offset for record in hand] == [answer.json()["offset"] for answer in answers]
    numbers = [int(record.value) for record in read if record.key != b"hand"]
    assert numbers == list(range(len(numbers))), "a record of the source's is lost or there twice"

    for part in ("config", "offset", "status"):
        refused = written(worker, f"{topic}-{part}", key="connector-clock", value=None)
        assert (refused.status_code, kind_of(refused)) == (409, "topic-reserved"), refused.text
    assert kind_of(written(worker, "__consumer_offsets", value="v")) == "topic-reserved"
    deleted = worker.rest.call("DELETE", f"/topics/{topic}-config")
    assert (deleted.status_code, kind_of(deleted)) == (409, "topic-reserved")


def test_while_kafka_is_away_nothing_is_claimed_and_nobody_else_waits(new_worker, kafka, topic_named):
    topic = topic_named("notes")
    kafka.create_topic(topic)
    worker = new_worker().start()
    assert written(worker, topic, value="before").status_code == 201
    kafka.kill()
    try:
        answer = written(worker, topic, value="lost?")
        assert answer.status_code == 503, answer.text
        assert kind_of(answer) in ("broker-unreachable", "record-unconfirmed", "retriable")
        assert worker.rest.answer("GET", "/connectors") == []
    finally:
        kafka.start()
    where = wait_until("it is back", lambda: (again := written(worker, topic, value="after")).ok and again.json())
    found = worker.rest.answer("GET", f"/topics/{topic}/records?offset={where['offset']}")["records"]
    assert base64.b64decode(found[0]["value"]) == b"after"
    assert worker.stop() == 0
