import itertools

import pytest
from harness.clusters import cluster_named
from harness.kafka import KafkaNode
from harness.worker import BINARY, Worker, free_port


def pytest_addoption(parser):
    parser.addoption(
        "--broker",
        choices=["embedded", "kafka"],
        default="embedded",
        help="where the workers of the tests keep their topics",
    )


def pytest_report_header(config):
    return f"broker: {config.getoption('--broker')}"


@pytest.fixture(scope="session")
def on_kafka(request):
    """Whether the workers of the tests keep their topics in Kafka."""
    return request.config.getoption("--broker") == "kafka"


@pytest.fixture(scope="module")
def kafka(request):
    """A node of this file's own, started when its first test needs one."""
    node = KafkaNode(f"e2e-{request.module.__name__}").start()
    yield node
    node.kill()


@pytest.fixture
def broker_properties(request, on_kafka):
    """What a worker is told of its broker."""
    return {"bootstrap.servers": request.getfixturevalue("kafka").plain} if on_kafka else {}


@pytest.fixture
def new_worker(tmp_path, broker_properties):
    """Makes workers, each on a folder of its own; whatever happens none outlives its test."""
    workers = []

    def make(binary=BINARY, **properties):
        folder = tmp_path / f"worker-{len(workers)}"
        folder.mkdir()
        settings = {key.replace("_", "."): value for key, value in properties.items()}
        workers.append(Worker(folder, broker_properties | settings, binary))
        return workers[-1]

    yield make
    for worker in workers:
        worker.kill()
        print(f"--- log of {worker.log_file}:\n{worker.log()}")
    for worker in workers:
        assert worker.may_crash or not worker.crashed(), "the worker crashed and was started again"


@pytest.fixture
def worker(new_worker):
    return new_worker().start()


_test_numbers = itertools.count()


@pytest.fixture
def topic_named(on_kafka):
    """Names topics: those of two tests are two, also where both use one node."""
    number = next(_test_numbers)
    return lambda name: f"{name}-{number}" if on_kafka else name


@pytest.fixture
def cluster(topic_named, new_worker):
    """Makes workers of one group, by their ids."""
    return cluster_named(topic_named("cluster"), new_worker)


class Sink:
    """The config and the URL of an MjpegHttpSink on a port of its own."""

    def __init__(self, topic, **config):
        self.port = free_port()
        self.topic = topic
        self.url = f"http://127.0.0.1:{self.port}/"
        self.config = {
            "connector.class": "MjpegHttpSink",
            "topics": topic,
            "http.port": str(self.port),
        } | {key.replace("_", "."): value for key, value in config.items()}


@pytest.fixture
def new_sink(topic_named):
    return lambda topic, **config: Sink(topic_named(topic), **config)


@pytest.fixture
def video_source(topic_named):
    def make(video, topic, **config):
        return {
            "connector.class": "VideoFileSource",
            "file": str(video),
            "topic": topic_named(topic),
            "format": "jpeg",
            "pace": "unpaced",
        } | {key.replace("_", "."): value for key, value in config.items()}

    return make
