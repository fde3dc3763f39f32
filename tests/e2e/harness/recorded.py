"""A topic that holds a whole video, with a sink in front of it."""

from harness.topic import Topic
from harness.waiting import wait_until


def record(worker, sink, source, frames):
    """Returns the sink when all frames are in its topic."""
    worker.rest.run("video", source)
    worker.rest.run("browser", sink.config)
    topic = Topic(sink.url)
    wait_until("all frames are in the topic", lambda: topic.has(frames - 1), 60)
    return sink
