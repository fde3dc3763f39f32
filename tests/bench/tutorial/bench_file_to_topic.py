"""A natural 720p video into a topic: VideoFileSource beside the tutorial's producer (kafka-python, OpenCV) into the same Kafka, and
beside ffmpeg, which decodes it and writes MJPEG to the same disk. bench_file_to_topic [--quick]

A figure is frames a second from the request that makes the connector until the last frame is in its topic; of the
tutorial from its first read on, of ffmpeg of the whole process."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import is_quick, report
from harness.footage import ffmpeg, natural
from harness.kafka import KafkaNode
from harness.waiting import wait_until
from harness.worker import Worker

HERE = Path(__file__).resolve().parent
NATURAL_FRAMES = 132
LIMIT = 16 << 20  # of a message: a PNG of natural footage is 1.4 MB


class Bench:
    def __init__(self, folder, node, video, frames):
        self._node = node
        self._video = video
        self._frames = frames
        self._folder = folder
        self._topics = 0
        self._workers = {
            name: self._worker(name, properties)
            for name, properties in {"embedded": {}, "kafka": {"bootstrap.servers": node.plain}}.items()
        }

    def _worker(self, name, properties):
        (self._folder / name).mkdir()
        return Worker(self._folder / name, properties).start()

    def stop(self):
        for worker in self._workers.values():
            worker.kill()

    def _new_topic(self):
        self._topics += 1
        return f"frames-{self._topics}"

    def ours(self, broker, picture_format):
        rest = self._workers[broker].rest
        topic = self._new_topic()
        if broker == "kafka":
            self._node.create_topic(topic, max_message_bytes=LIMIT)
        config = {
            "connector.class": "VideoFileSource",
            "file": str(self._video),
            "topic": topic,
            "format": picture_format,
            "pace": "unpaced",
        }
        began = time.monotonic()
        rest.put(topic, config)
        wait_until("all frames are in the topic", lambda: self._held(rest, topic) >= self._frames, 600)
        rate = self._frames / (time.monotonic() - began)
        rest.delete(topic)
        rest.answer("DELETE", f"/topics/{topic}")
        return rate

    @staticmethod
    def _held(rest, topic):
        answer = rest.call("GET", f"/topics/{topic}")
        return sum(each["end_offset"] for each in answer.json()["partitions"]) if answer.ok else 0

    def tutorial(self, extension):
        topic = self._new_topic()
        self._node.create_topic(topic, max_message_bytes=LIMIT)
        script = HERE / "producer.py"
        ran = subprocess.run(
            [sys.executable, script, self._node.plain, topic, self._video, extension],
            check=True,
            stdout=subprocess.PIPE,
            text=True,
            timeout=1200,
        )
        frames, seconds = ran.stdout.split()
        assert int(frames) == self._frames, f"the tutorial's producer sent {frames} of {self._frames} frames"
        self._workers["kafka"].rest.answer("DELETE", f"/topics/{topic}")
        return self._frames / float(seconds)

    def ffmpeg(self):
        made = self._folder / "made.mjpeg"
        began = time.monotonic()
        ffmpeg("-i", self._video, "-c:v", "mjpeg", "-q:v", "3", "-f", "mjpeg", made)
        rate = self._frames / (time.monotonic() - began)
        made.unlink()
        return rate


def main():
    quick = is_quick("bench_file_to_topic")
    rounds, times = (1, 1) if quick else (3, 5)
    with tempfile.TemporaryDirectory(prefix="framespool-bench-") as folder:
        folder = Path(folder)
        video = folder / "natural.mp4"
        ffmpeg("-stream_loop", times - 1, "-i", natural(), "-c", "copy", "-an", video)
        node = KafkaNode("bench").start()
        bench = Bench(folder, node, video, NATURAL_FRAMES * times)
        # In turn, so that each round is of one moment.
        runs = {
            "kafka jpeg": lambda: bench.ours("kafka", "jpeg"),
            "tutorial png": lambda: bench.tutorial(".png"),
            "kafka png": lambda: bench.ours("kafka", "png"),
            "tutorial jpeg": lambda: bench.tutorial(".jpg"),
            "embedded jpeg": lambda: bench.ours("embedded", "jpeg"),
            "ffmpeg": bench.ffmpeg,
        }
        rates = {name: [] for name in runs}
        try:
            for number in range(rounds):
                for name, run in runs.items():
                    rates[name].append(run())
                    print(f"round {number + 1}: {name}: {rates[name][-1]:.1f} frames/s", flush=True)
        finally:
            bench.stop()
            node.kill()
    for ours, what, theirs, beside, aim in (
        ("kafka jpeg", "720p file to Kafka, as it comes (JPEG)", "tutorial png", "the tutorial's producer as written (PNG)", 10),
        ("kafka jpeg", "720p file to Kafka, JPEG", "tutorial jpeg", "the tutorial's producer with JPEG", 0),
        ("kafka png", "720p file to Kafka, PNG", "tutorial png", "the tutorial's producer as written (PNG)", 0),
        ("embedded jpeg", "720p file to the embedded log, JPEG", "ffmpeg", "ffmpeg: decode and MJPEG, all cores", 1.5),
    ):  # fmt: skip
        report(what, beside, "frames/s", rates[ours], rates[theirs], more_is_better=True, aim=aim)


if __name__ == "__main__":
    main()
