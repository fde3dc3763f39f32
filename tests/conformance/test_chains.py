"""Kafka Connect 4.3.1 and Framespool pass the same records through the same chains; what comes out must be the same."""

import base64
import json
import struct
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from chain_differences import DIFFERENCES
from chain_records import records
from chains import CHAINS
from connect_worker import ConnectWorker, KafkaNode, compile_java, run_java
from harness.rest import Rest
from harness.waiting import wait_until
from harness.worker import Worker
from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

SOURCE = "records"
TOPICS = {chain: f"chain-{number}" for number, chain in enumerate(CHAINS)}
RECORDS = records()
# Records of every age stay, and those of a time to come are taken.
TOPIC_CONFIG = {"retention.ms": "-1", "message.timestamp.after.max.ms": str((1 << 63) - 1)}


@dataclass(frozen=True)
class Passed:
    """A record behind a chain."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list
    timestamp: int

    def number(self):
        """Which of RECORDS it was."""
        return int(dict(self.headers)["n"])


def create_topics(bootstrap, topics):
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        missing = sorted(set(topics) - set(admin.list_topics()))
        if missing:
            admin.create_topics([NewTopic(topic, 1, 1, topic_configs=TOPIC_CONFIG) for topic in missing])
        wait_until("the topics are there", lambda: set(topics) <= set(admin.list_topics()))
    finally:
        admin.close()


def write_records(folder, classes, bootstrap, topics):
    def text(raw):
        return "-" if raw is None else base64.b64encode(raw).decode()

    def line(record):
        headers = [part for key, value in record.headers for part in (text(key.encode()), text(value))]
        return "\t".join([str(record.timestamp), text(record.key), text(record.value), *headers]) + "\n"

    file = folder / "records.txt"
    file.write_text("".join(map(line, RECORDS)))
    run_java(classes, "RecordWriter", bootstrap, file, *topics)


def ends(bootstrap):
    """{partition: end} of all topics of chains."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap)
    try:
        topics = [topic for topic in consumer.topics() if topic[0] != "_" and not topic.startswith("connect-")]
        return consumer.end_offsets([TopicPartition(topic, 0) for topic in topics])
    finally:
        consumer.close()


def read_behind(bootstrap, starts):
    """All records behind `starts` of all topics, also of those that are not in it."""
    end = ends(bootstrap)
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap, enable_auto_commit=False, isolation_level="read_committed", max_poll_records=5000
    )
    found = []
    try:
        consumer.assign(list(end))
        for partition in end:
            consumer.seek(partition, starts.get(partition, 0))

        def all_read():
            for batch in consumer.poll(timeout_ms=300).values():
                found.extend(batch)
            return all(consumer.position(partition) >= offset for partition, offset in end.items())

        wait_until("all records are read", all_read)
    finally:
        consumer.close()
    return found


def run_connectors(url, configs, is_done):
    """All of them at once, until is_done(offsets of one) of each."""
    rest = Rest(url)
    with ThreadPoolExecutor(4) as clients:

        def each(names, ask):
            return list(clients.map(ask, names))

        def put(name):
            wait_until(
                f"{name} is taken",  # Kafka Connect answers 409 while it shares out its connectors
                lambda: (
                    (answer := rest.call("PUT", f"/connectors/{name}/config", configs[name])).status_code != 409
                    and (answer.raise_for_status(), True)
                ),
            )

        def unfinished(name):
            tasks = rest.status(name)["tasks"]
            assert not tasks or tasks[0]["state"] != "FAILED", f"{name}: {tasks[0]['trace']}"
            answer = rest.call("GET", f"/connectors/{name}/offsets")
            return not (answer.ok and is_done(answer.json()["offsets"]))

        each(configs, put)
        left = list(configs)

        def all_done():
            nonlocal left
            left = [name for name, is_left in zip(left, each(left, unfinished), strict=True) if is_left]
            return not left

        try:
            wait_until("all records have passed all chains", all_done, 300)
        except AssertionError as error:
            raise AssertionError(f"{error}; unfinished: {left}") from None


def through_connect(folder, bootstrap):
    """{chain: [Passed]}; each chain has its topic of the same records."""
    files = {chain: folder / f"{topic}.jsonl" for chain, topic in TOPICS.items()}
    configs = {
        TOPICS[chain]: {
            "connector.class": "framespool.tests.RecordLines",
            "tasks.max": "1",
            "topics": TOPICS[chain],
            "file": str(files[chain]),
            "consumer.override.auto.offset.reset": "earliest",
        }
        | config
        for chain, config in CHAINS.items()
    }
    connect = ConnectWorker(folder, bootstrap)
    try:
        connect.await_healthy()
        run_connectors(
            connect.url, configs, lambda offsets: [o["offset"]["kafka_offset"] for o in offsets] == [len(RECORDS)]
        )
    finally:
        connect.stop()
        print(f"--- log of Kafka Connect:\n{connect.log()[-6000:]}")
    return {chain: [of_line(line) for line in lines_of(file)] for chain, file in files.items()}


def lines_of(file):
    return file.read_text().splitlines() if file.exists() else []


def of_line(line):
    def raw(text):
        return None if text is None else base64.b64decode(text)

    told = json.loads(line)
    return Passed(
        raw(told["topic"]).decode(),
        raw(told["key"]),
        raw(told["value"]),
        [(raw(key).decode(), raw(value)) for key, value in told["headers"]],
        told["timestamp"],
    )


def through_framespool(folder, bootstrap):
    """[Passed], all chains' together: behind what Kafka Connect has read of the chains' topics."""
    folder.mkdir()
    configs = {
        TOPICS[chain]: {"connector.class": "TopicSource", "source.topics": SOURCE, "topic": TOPICS[chain]} | config
        for chain, config in CHAINS.items()
    }
    starts = ends(bootstrap)
    worker = Worker(folder, {"offset.flush.interval.ms": "500", "bootstrap.servers": bootstrap})
    try:
        worker.start()
        run_connectors(
            worker.rest.url, configs, lambda offsets: [o["offset"]["offset"] for o in offsets] == [len(RECORDS)]
        )
    finally:
        worker.kill()
        print(f"--- log of {worker.log_file}:\n{worker.log()[-6000:]}")
    return [
        Passed(found.topic, found.key, found.value, [(key, value) for key, value in found.headers], found.timestamp)
        for found in read_behind(bootstrap, starts)
    ]


def by_number(passed):
    found = {}
    for record in passed:
        found.setdefault(record.number(), []).append(record)
    return found


@pytest.fixture(scope="module")
def passed(tmp_path_factory):
    return pass_all(tmp_path_factory.mktemp("chains"))


def pass_all(folder):
    """{chain: (Connect's records, ours)}"""
    kafka = KafkaNode(folder / "kafka")
    try:
        classes = folder / "connect" / "plugins" / "record-lines"
        # The sink of this test, as a plugin of Kafka Connect's, and what writes the records.
        compile_java(classes, "RecordLines", "RecordWriter")
        create_topics(kafka.bootstrap, [SOURCE, *TOPICS.values()])
        write_records(folder, classes, kafka.bootstrap, [SOURCE, *TOPICS.values()])
        connects = through_connect(folder / "connect", kafka.bootstrap)
        # As Kafka makes topics for whoever writes, but with our config.
        create_topics(kafka.bootstrap, {record.topic for all_of_it in connects.values() for record in all_of_it})
        ours = through_framespool(folder / "framespool", kafka.bootstrap)
    finally:
        kafka.stop()
    chain_of = {}  # topic: chain
    for chain, topic in TOPICS.items():
        chain_of |= {topic: chain} | {record.topic: chain for record in connects[chain]}
    unknown = {record.topic for record in ours} - set(chain_of)
    assert not unknown, f"topics that Kafka Connect's chains do not lead to: {unknown}"
    return {
        chain: (connects[chain], [record for record in ours if chain_of[record.topic] == chain]) for chain in CHAINS
    }


def as_float32(text):
    return struct.unpack("f", struct.pack("f", float(text)))[0]


def as_json(raw, parse_float=float):
    """Comparable. The names of an object have no order: Kafka Connect has maps in a HashMap, and the fields of a struct have
    theirs in its schema. A number is the same however it is written, 1.0E7 or 10000000.0, but 1 and 1.0 are two."""
    try:
        parsed = json.loads(raw, parse_int=lambda text: ["int", text], parse_float=parse_float)
        return json.dumps(parsed, sort_keys=True)
    except (TypeError, ValueError):
        return raw


def is_same(chain, part, a, b):
    is_json = part in ("key", "value") and f"{part}.converter.schemas.enable" in CHAINS[chain]
    # Java 19 and later writes as few digits of a float as tell it from other floats, which is another float64.
    parse_float = as_float32 if "float32" in json.dumps(CHAINS[chain]) else float
    return a == b or (is_json and as_json(a, parse_float) == as_json(b, parse_float))


def unlike(chain, original, ours):
    """Lines that tell how one record, or none, came out in both."""
    if len(original) != len(ours):
        who, there = ("only here", ours[0]) if len(ours) > len(original) else ("only Connect's", original[0])
        return [f"{who}: key {there.key!r}, value {there.value!r}"]
    lines = []
    for theirs, own in zip(original, ours, strict=True):
        parts = [(part, getattr(theirs, part), getattr(own, part)) for part in ("topic", "key", "value", "timestamp")]
        if [name for name, _ in theirs.headers] == [name for name, _ in own.headers]:
            parts += [(f"header {a[0]}", a[1], b[1]) for a, b in zip(theirs.headers, own.headers, strict=True)]
        else:
            parts.append(("headers", theirs.headers, own.headers))
        lines += [f"{part}: {b!r}; Connect has {a!r}" for part, a, b in parts if not is_same(chain, part, a, b)]
    return lines


def test_records_come_out_of_chains_as_of_kafka_connects_but_for_the_differences_listed(passed):
    unlisted, used, alike = [], set(), 0
    for chain, (connects, ours) in passed.items():
        originals, own = by_number(connects), by_number(ours)
        for number, record in enumerate(RECORDS):
            lines = unlike(chain, originals.get(number, []), own.get(number, []))
            alike += not lines
            for line in lines:
                reasons = [i for i, difference in enumerate(DIFFERENCES) if difference.covers(chain, record.name, line)]
                used.update(reasons)
                if not reasons:
                    unlisted.append(f"{chain} | {record.name} | {line[:500]}")
    print(f"{alike} of {len(CHAINS) * len(RECORDS)} records came out alike of {len(CHAINS)} chains")
    assert not unlisted, f"{len(unlisted)} differences that are not listed:\n" + "\n".join(unlisted)
    stale = [difference.reason for i, difference in enumerate(DIFFERENCES) if i not in used]
    assert not stale, f"listed as different, but alike: {stale}"


def test_chains_let_records_through(passed):
    """What both leave out is alike too: each chain has to be about some records."""
    nothing = [chain for chain, (connects, ours) in passed.items() if not connects or not ours]
    assert nothing == [
        "headers as bytes",
        "Filter by topic",
    ]  # Connect leaves out all of the one, both all of the other


def test_records_stay_in_their_order(passed):
    for chain, (_, ours) in passed.items():
        for topic in {record.topic for record in ours}:
            numbers = [record.number() for record in ours if record.topic == topic]
            assert numbers == sorted(set(numbers)), f"{chain}, {topic}"
