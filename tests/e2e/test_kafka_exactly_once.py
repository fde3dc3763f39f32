"""exactly.once.source.support=enabled: whatever becomes of the worker, readers of committed records see every frame once."""

import random
import threading
import time

from harness import footage
from harness.waiting import wait_until, wait_until_still

KILLS = 30
FRAMES = 80000  # more than any source gets through in that time
SEED = 4


class Reader:
    """A read_committed consumer of kafka-python's, at work all the time."""

    def __init__(self, kafka, topic):
        self.frames = []
        self.error = None
        self._stopping = threading.Event()
        self._consumer = kafka.consumer(topic, isolation_level="read_committed")
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        try:
            while not self._stopping.is_set():
                for batch in self._consumer.poll(timeout_ms=200).values():
                    self.frames += [int(dict(record.headers)["framespool.frame"]) for record in batch]
        except Exception as error:  # shown by stop(): a thread's own traceback would be lost
            self.error = error
        finally:
            self._consumer.close()

    def stop(self):
        self._stopping.set()
        self._thread.join(30)
        if self.error is not None:
            raise self.error


def test_thirty_kills_and_every_frame_is_there_once(new_worker, kafka, video_source):
    chance = random.Random(SEED)
    source = video_source(footage.pattern(FRAMES, width=320, height=180), "frames")
    topic = source["topic"]
    worker = new_worker(exactly_once_source_support="enabled", offset_storage_topic=f"{topic}-offsets").start()
    worker.rest.run("video", source)
    reader = Reader(kafka, topic)
    committed = []
    for number in range(KILLS):
        # From before the source is up again until it has sent for a while, which however slow the machine it has before
        # each second kill.
        time.sleep(chance.uniform(0.05, 1.2))  # decides nothing: when the kill comes
        if number % 2 == 0:
            seen = len(reader.frames)
            wait_until("frames come", lambda: len(reader.frames) > seen)
        committed.append(len(reader.frames))
        worker.kill()
        worker.start(ready=False)
    wait_until("the worker is healthy after the last kill", worker.rest.is_healthy)
    worker.rest.wait_running("video")
    seen = len(reader.frames)
    wait_until("frames come after the last kill", lambda: len(reader.frames) > seen)
    worker.rest.delete("video")
    wait_until_still("what the reader has seen", lambda: len(reader.frames))
    reader.stop()
    assert len(set(committed)) > KILLS // 3, "too many kills hit a source that sent nothing yet"
    assert len(reader.frames) < FRAMES, "the source should have been at work from the first kill to the last"
    assert reader.frames == list(range(len(reader.frames)))
    assert [int(dict(record.headers)["framespool.frame"]) for record in kafka.records(topic)] == reader.frames
    # What a reader of everything sees besides is what the kills made Kafka take back.
    everything = kafka.records(topic, isolation_level="read_uncommitted")
    print(f"{len(reader.frames)} frames committed, {len(everything) - len(reader.frames)} taken back")


def test_source_offsets_are_kept_as_connect_keeps_them(new_worker, kafka, video_source):
    video = footage.pattern(30)
    source = video_source(video, "frames")
    offsets = f"{source['topic']}-offsets"
    worker = new_worker(
        exactly_once_source_support="enabled", offset_storage_topic=offsets, offset_storage_partitions="1"
    ).start()
    worker.rest.run("video", source)
    wait_until("all frames are in the topic", lambda: len(kafka.records(source["topic"])) == 30)
    last = kafka.records(offsets)[-1]
    assert last.key.decode() == f'["video",{{"file":"{video}"}}]'
    assert '"frame":30' in last.value.decode()
    assert worker.rest.answer("GET", f"/topics/{offsets}")["config"]["cleanup.policy"] == "compact"
    # The store of the worker is only the copy: without it the source goes on all the same.
    worker.stop()
    (worker.data / "framespool.db").unlink()
    worker.start()
    worker.rest.run("video", source)
    entry = worker.rest.answer("GET", "/connectors/video/offsets")["offsets"][0]
    assert entry["offset"]["frame"] == 30
    wait_until("the source is at the end", lambda: worker.rest.task_metrics("video").get("end_of_file"))
    assert len(kafka.records(source["topic"])) == 30
