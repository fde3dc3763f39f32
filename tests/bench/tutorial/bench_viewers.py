"""One topic, many who ask for it at once: who sees the video? The sink beside the tutorial's page (kafka-python, Flask), which
reads the same topic of the same Kafka. bench_viewers [--quick]"""

import contextlib
import subprocess
import sys
import tempfile
from pathlib import Path

from bench import PartCounter, is_quick, listens, report
from harness.footage import pattern
from harness.kafka import KafkaNode
from harness.waiting import wait_until
from harness.worker import Worker, die_with_parent, free_port

HERE = Path(__file__).resolve().parent
VIEWERS = 100
SEEN_FRAMES = 30  # who got so many has seen a video
WIDTH, HEIGHT, FPS = 320, 180, 30


def watched(port, path, seconds):
    """How many of VIEWERS got SEEN_FRAMES parts."""
    with PartCounter(port, path, VIEWERS) as counter:
        counter.count(seconds, until=lambda: min(counter.parts) >= SEEN_FRAMES)
    return sum(1 for got in counter.parts if got >= SEEN_FRAMES)


def main():
    seconds = 5 if is_quick("bench_viewers") else 20
    with tempfile.TemporaryDirectory(prefix="framespool-bench-") as folder, contextlib.ExitStack() as ended:
        node = KafkaNode("bench").start()
        ended.callback(node.kill)
        worker = Worker(Path(folder), {"bootstrap.servers": node.plain}).start()
        ended.callback(worker.kill)
        source = {
            "connector.class": "VideoFileSource",
            "file": str(pattern(900, WIDTH, HEIGHT, FPS)),
            "topic": "seen",
            "loop": "true",
        }
        port = free_port()
        worker.rest.run("seen", source)
        worker.rest.run("sink", {"connector.class": "MjpegHttpSink", "topics": "seen", "http.port": str(port), "playback": "live"})  # fmt: skip
        page_port = free_port()
        page = subprocess.Popen(
            [sys.executable, HERE / "consumer.py", node.plain, "seen", str(page_port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=die_with_parent,
        )
        ended.callback(page.wait)
        ended.callback(page.kill)
        wait_until("the tutorial's page listens", lambda: listens(page_port))
        theirs = watched(page_port, "/video", seconds)
        ours = watched(port, "/", seconds)
    report(
        f"viewers of one topic that see the video, of {VIEWERS} at once",
        "the tutorial's page",
        "viewers",
        [ours],
        [max(theirs, 1)],  # nobody would have no ratio
        more_is_better=True,
    )


if __name__ == "__main__":
    main()
