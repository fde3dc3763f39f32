"""A real Kafka node, and kafka-python's clients of it: what others of the cluster see."""

import os
import re
import shutil
import subprocess

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewPartitions, NewTopic

from harness.waiting import wait_until
from harness.worker import BUILD, ROOT

_SCRIPTS = ROOT / "tests" / "kafka"
_LIBRARIES = ROOT / "build" / "kafka" / "libs"


class KafkaNode:
    """start(), then stop() or kill(), as often as wanted: always on the same data, on the same ports. `name` is that of
    its folder in the build, so what an interrupted run left behind is ended by the next one."""

    def __init__(self, name, doors=()):
        """`doors` are proxies (harness.tcp_proxy) that lead to listeners of their own: whoever comes in by one is sent back
        to it by the node."""
        self.doors = list(doors)
        self._folder = BUILD / "kafka" / name
        self.plain = self.sasl = self.tls = None
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self):
        started = subprocess.run(
            [_SCRIPTS / "start-kafka.sh", self._folder],
            text=True,
            capture_output=True,
            timeout=1200,
            env=os.environ
            | {
                "KAFKA_LIBS": str(_LIBRARIES),
                "KAFKA_DOORS": " ".join(f"{door.target}:{door.port}" for door in self.doors),
            },
        )
        assert started.returncode == 0, started.stderr
        addresses = dict(re.findall(r"(plain|sasl|tls)=(\S+)", started.stdout))
        self.plain, self.sasl, self.tls = addresses["plain"], addresses["sasl"], addresses["tls"]
        return self

    def stop(self):
        subprocess.run([_SCRIPTS / "stop-kafka.sh", self._folder], check=True, timeout=120)

    def kill(self):
        """As a power cut would."""
        subprocess.run([_SCRIPTS / "stop-kafka.sh", self._folder, "--kill"], check=True, timeout=120)

    @property
    def certificate(self):
        return self._folder / "tls.crt"

    def tool(self, main_class, *arguments):
        """What one of Kafka's own command line tools says."""
        ran = subprocess.run(
            [
                "java",
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Dkafka.loglevel=ERROR",
                f"-Dlog4j2.configurationFile=file:{_SCRIPTS}/log4j2.yaml",
                "-cp",
                f"{_LIBRARIES}/*",
                main_class,
                *map(str, arguments),
            ],
            text=True,
            capture_output=True,
            timeout=120,
        )
        return ran.stdout + ran.stderr

    # What follows is kafka-python's.

    def create_topic(self, topic, partitions=1, **config):
        admin = KafkaAdminClient(bootstrap_servers=self.plain)
        try:
            settings = {key.replace("_", "."): str(value) for key, value in config.items()}
            admin.create_topics([NewTopic(topic, partitions, 1, topic_configs=settings)])
            wait_until(f"topic {topic} is there", lambda: topic in admin.list_topics())
        finally:
            admin.close()

    def delete_topic(self, topic):
        admin = KafkaAdminClient(bootstrap_servers=self.plain)
        try:
            admin.delete_topics([topic])
        finally:
            admin.close()

    def add_partitions(self, topic, total):
        admin = KafkaAdminClient(bootstrap_servers=self.plain)
        try:
            admin.create_partitions({topic: NewPartitions(total)})
        finally:
            admin.close()

    def producer(self):
        return KafkaProducer(bootstrap_servers=self.plain, max_request_size=64 << 20)

    def consumer(self, topic, **settings):
        """From the first record on, without a group."""
        consumer = KafkaConsumer(
            bootstrap_servers=self.plain,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=64 << 20,
            **settings,
        )
        consumer.assign([TopicPartition(topic, 0)])
        consumer.seek_to_beginning()
        return consumer

    def records(self, topic, isolation_level="read_committed"):
        """All that the topic holds now, as any client sees it."""
        consumer = self.consumer(topic, isolation_level=isolation_level)
        try:
            partition = TopicPartition(topic, 0)
            end = consumer.end_offsets([partition])[partition]
            records = []

            def read():
                for batch in consumer.poll(timeout_ms=500).values():
                    records.extend(batch)
                # The marks of transactions take offsets too.
                return consumer.position(partition) >= end

            wait_until(f"topic {topic} is read up to {end}", read, 60)
            return records
        finally:
            consumer.close()

    def end_offset(self, topic):
        consumer = KafkaConsumer(bootstrap_servers=self.plain)
        try:
            partition = TopicPartition(topic, 0)
            return consumer.end_offsets([partition])[partition]
        finally:
            consumer.close()
