"""exactly.once.source.support=enabled with many tasks: whatever the split and the worker go through, every frame is there once."""

import random
import time

from harness import footage
from harness.waiting import wait_until

SEED = 16
CHANGES = 18
FRAMES = 12000  # of each file: its task is at work for most of the changes
FILES = 4


def test_no_frame_is_missing_or_there_twice_over_changes_of_the_split_and_kills(
    new_worker, kafka, video_source, tmp_path
):
    """A producer of a task number that is gone commits nothing more behind what others go on from."""
    chance = random.Random(SEED)
    videos = [tmp_path / f"{number}.mp4" for number in range(FILES)]
    for video in videos:
        video.symlink_to(footage.pattern(FRAMES, width=320, height=180))
    config = video_source("", "frames", files=",".join(map(str, videos)), width="64")
    del config["file"]
    config |= {"transaction.boundary": "interval", "transaction.boundary.interval.ms": "300"}
    topic = config["topic"]
    worker = new_worker(exactly_once_source_support="enabled", offset_storage_topic=f"{topic}-offsets").start()

    def played():
        """Up to where each file is in the topic of offsets."""
        offsets = worker.rest.answer("GET", "/connectors/list/offsets")["offsets"]
        return {entry["partition"]["file"]: entry["offset"]["frame"] for entry in offsets}

    def put(tasks):
        changed = config | {"tasks.max": str(tasks)}
        # A machine that is busy may not look at all files in the time that a check has.
        wait_until("the config is taken", lambda: worker.rest.call("PUT", "/connectors/list/config", changed).ok)
        wait_until("the tasks are there", lambda: len(worker.rest.answer("GET", "/connectors/list/tasks")) == tasks)

    before = None
    for change in range(CHANGES):
        tasks = chance.choice([number for number in range(1, FILES + 1) if number != before])
        before = tasks
        put(tasks)
        last = played()
        wait_until("frames of this split come", lambda: played() != last or list(last.values()) == [FRAMES] * FILES)
        time.sleep(chance.uniform(0.05, 0.8))  # decides nothing: how far the tasks get
        if change % 3 == 2:
            worker.kill()
            worker.start()
    put(FILES)
    print("before the last change:", last)
    wait_until("all files are played", lambda: list(played().values()) == [FRAMES] * FILES, 300)
    # Where all had been played before, those of the last split have only just begun.
    wait_until(
        "all tasks run",
        lambda: [task["state"] for task in worker.rest.status("list")["tasks"]] == ["RUNNING"] * FILES,
    )
    frames = {}
    for record in kafka.records(topic):
        headers = {key: value.decode() for key, value in record.headers}
        frames.setdefault(headers["framespool.source"], []).append(int(headers["framespool.frame"]))
    assert frames == {video.name: list(range(FRAMES)) for video in videos}


def test_a_sink_follows_a_topic_that_gets_more_partitions(new_worker, kafka, topic_named, tmp_path):
    topic = topic_named("lines")
    kafka.create_topic(topic)
    worker = new_worker().start()
    lines = tmp_path / "lines.txt"
    worker.rest.run("lines", {"connector.class": "LineFileSink", "file": str(lines), "topics": topic})

    def send(line, partition):
        # A producer of before the partitions came does not know of them for minutes.
        producer = kafka.producer()
        producer.send(topic, line, partition=partition).get(60)
        producer.close()

    send(b"before", 0)
    wait_until("the first line is written", lambda: lines.exists() and lines.read_text() == "before\n")
    kafka.add_partitions(topic, 3)
    send(b"behind", 2)
    send(b"beside", 0)
    wait_until("all lines are written", lambda: sorted(lines.read_text().split()) == ["before", "behind", "beside"])
    states = [event["state"] for event in worker.rest.answer("GET", "/events")["events"] if event["task"] == 0]
    assert states == ["RUNNING"], "nothing was restarted"
