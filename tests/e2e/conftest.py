import pytest

from harness.worker import Worker, free_port


@pytest.fixture
def new_worker(tmp_path):
    """Makes workers, each on a folder of its own; whatever happens none outlives its test."""
    workers = []

    def make(**properties):
        folder = tmp_path / f"worker-{len(workers)}"
        folder.mkdir()
        workers.append(Worker(folder, {key.replace("_", "."): value for key, value in properties.items()}))
        return workers[-1]

    yield make
    for worker in workers:
        worker.kill()
        print(f"--- log of {worker.log_file}:\n{worker.log()}")


@pytest.fixture
def worker(new_worker):
    return new_worker().start()


class Sink:
    """The config and the URL of an MjpegHttpSink on a port of its own."""

    def __init__(self, topic, **config):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self.config = {
            "connector.class": "MjpegHttpSink",
            "topics": topic,
            "http.port": str(self.port),
        } | {key.replace("_", "."): value for key, value in config.items()}


@pytest.fixture
def new_sink():
    return Sink


@pytest.fixture
def video_source():
    def make(video, topic, **config):
        return {
            "connector.class": "VideoFileSource",
            "file": str(video),
            "topic": topic,
            "format": "jpeg",
            "pace": "unpaced",
        } | {key.replace("_", "."): value for key, value in config.items()}

    return make
