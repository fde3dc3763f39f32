"""`framespool backup` of a worker that writes, and `framespool restore`: what is in the copy is there once, and goes on."""

import json
import os
import random
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest
from harness import footage
from harness.waiting import wait_until
from harness.worker import BINARY, Worker, clean_environment

SEED = 18
FRAMES = 20000  # more than are shown in that time


def run(*words, code=0):
    done = subprocess.run(
        [BINARY, *map(str, words)], capture_output=True, text=True, timeout=300, check=False, env=clean_environment()
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


def records(data, topic):
    return [json.loads(line) for line in run("topic", "cat", data, topic).stdout.splitlines()]


def numbers(data, topic):
    return sorted(int(record["value"]) for record in records(data, topic))


def frames(data):
    found = [{h["key"]: h["value"] for h in record["headers"]} for record in records(data, "frames")]
    return [int(headers["framespool.frame"]) for headers in found]


def rows(data, query):
    with sqlite3.connect(f"file:{data / 'framespool.db'}?mode=ro", uri=True) as database:
        return database.execute(query).fetchall()


def ends(data):
    lines = [line.split("\t") for line in run("topic", "ls", data).stdout.splitlines()]
    return {name: int(extent.split(" to ")[1]) for name, extent, *times in lines if times}


def assert_whole(data):
    """How many frames and numbers: each of them is there once, and none before one is missing, whatever partition it is in."""
    for topic in ("numbers", "again"):
        there = numbers(data, topic)
        assert there == list(range(len(there))), f"{topic} misses or repeats some of {len(there)}"
    shown = frames(data)
    assert shown == list(range(len(shown))), "frames are missing, or there twice"
    reached = ends(data)
    counts = (len(shown), reached["numbers-0"], sum(end for name, end in reached.items() if name.startswith("again")))
    assert counts[2] <= counts[1], "what was made of a record is there, and the record is not"
    for query in (
        "SELECT topic, partition, offset FROM consumer_offsets",
        "SELECT topic, partition, end_offset FROM broker_checkpoint",
    ):
        for topic, partition, offset in rows(data, query):
            assert offset <= reached[f"{topic}-{partition}"], f"{query}: {topic}-{partition}"
    for connector, offset in rows(data, "SELECT connector, offset FROM source_offsets"):
        key, most = {"video": ("frame", counts[0]), "clock": ("number", counts[1]), "again": ("offset", counts[1])}[
            connector
        ]
        assert json.loads(offset)[key] <= most, f"{connector} would go on behind what is there"
    return counts


def is_ahead(now, before):
    return all(a > b for a, b in zip(now, before, strict=True))


@pytest.fixture
def busy(new_worker, tmp_path, video_source):
    """A worker whose topics grow: frames; numbers; what a chain makes of the numbers, over three partitions; and a sink."""
    worker = new_worker(offset_flush_interval_ms="50", log_flush_interval_ms="20").start()
    video = footage.pattern(FRAMES, width=64, height=48)
    small = {"topic.creation.default.segment.bytes": "100000"}
    worker.rest.run("video", video_source(video, "frames", pace="realtime", fps="200") | small)
    worker.rest.run("clock", small | {"connector.class": "HeartbeatSource", "topic": "numbers", "rate": "2000"})
    worker.rest.run(
        "again",
        small
        | {
            "connector.class": "TopicSource",
            "source.topics": "numbers",
            "topic": "again",
            "topic.creation.default.partitions": "3",
            "value.converter": "org.apache.kafka.connect.json.JsonConverter",
            "value.converter.schemas.enable": "false",
            "key.converter": "org.apache.kafka.connect.json.JsonConverter",
            "key.converter.schemas.enable": "false",
            "transforms": "hoist,key,only,back",
            "transforms.hoist.type": "org.apache.kafka.connect.transforms.HoistField$Value",
            "transforms.hoist.field": "n",
            "transforms.key.type": "org.apache.kafka.connect.transforms.ValueToKey",
            "transforms.key.fields": "n",
            "transforms.only.type": "org.apache.kafka.connect.transforms.ExtractField$Key",
            "transforms.only.field": "n",
            "transforms.back.type": "org.apache.kafka.connect.transforms.ExtractField$Value",
            "transforms.back.field": "n",
        },
    )
    worker.rest.run("lines", {"connector.class": "LineFileSink", "topics": "numbers", "file": str(tmp_path / "lines")})
    grown(worker, (0, 0, 0))
    return worker


def sizes(worker):
    found = {
        topic["name"]: sum(partition["end_offset"] for partition in topic["partitions"])
        for topic in worker.rest.answer("GET", "/topics")
    }
    return tuple(found.get(name, 0) for name in ("frames", "numbers", "again"))


def grown(worker, beyond):
    """Waits until each topic holds more than that, and a while's more."""
    wait_until("all topics grow", lambda: is_ahead(sizes(worker), [count + 100 for count in beyond]))


def test_each_backup_of_a_worker_that_writes_is_whole_and_a_worker_goes_on_with_it(busy, tmp_path):
    last = (0, 0, 0)
    for number, option in enumerate(([], ["--copy"], [], [])):
        target = tmp_path / f"backup-{number}"
        before = sizes(busy)
        said = run("backup", *option, busy.data, target).stdout
        assert "4 connectors, 3 topics" in said
        assert (" 0 linked" in said) == bool(option)
        counts = assert_whole(target)
        assert all(now >= earlier for now, earlier in zip(counts, before, strict=True)), (
            "some is older than the command"
        )
        last = counts
        grown(busy, counts)
    busy.kill()
    Path(tmp_path / "again").mkdir()
    restored = Worker(tmp_path / "again")
    run("restore", target, restored.data)
    assert assert_whole(restored.data) == last
    restored.start()
    try:
        grown(restored, last)
    finally:
        restored.kill()
    assert is_ahead(assert_whole(restored.data), last)
    # The backup is what it was, whatever the worker that was restored from it has written.
    assert assert_whole(target) == last


def test_a_backup_that_is_killed_is_refused_and_made_again(busy, tmp_path):
    chance = random.Random(SEED)
    unfinished = 0
    for number in range(300):
        if unfinished > 2:
            break
        target = tmp_path / f"backup-{number}"
        process = subprocess.Popen([BINARY, "backup", busy.data, target], env=clean_environment())
        if number % 2:
            wait_until("it has begun", lambda: (target / "framespool.db").exists() or process.poll() is not None)
        time.sleep(chance.uniform(0, 0.05))  # decides nothing: when the kill comes
        process.kill()
        process.wait()
        if not (target / "framespool.db").exists() or process.returncode == 0:
            continue
        if b"not finished" not in (target / "framespool.db").read_bytes():
            continue
        unfinished += 1
        assert "not finished" in run("restore", target, tmp_path / "nowhere", code=1).stderr
        assert not (tmp_path / "nowhere").exists()
        run("backup", busy.data, target)
        assert_whole(target)
    assert unfinished > 2, "too few kills came while it was at work"


def test_no_worker_starts_on_what_is_not_finished(busy, tmp_path, new_worker):
    process = subprocess.Popen([BINARY, "backup", busy.data, tmp_path / "half"], env=clean_environment())
    wait_until("it has begun", lambda: (tmp_path / "half" / "framespool.db").exists())
    process.kill()
    process.wait()
    if b"not finished" in (tmp_path / "half" / "framespool.db").read_bytes():
        worker = new_worker(data_dir=str(tmp_path / "half")).start(ready=False)
        assert worker.process.wait(60) == 1
        assert "framespool.db is damaged" in worker.log()


def test_a_worker_that_is_killed_beside_a_backup_takes_nothing_from_it(busy, tmp_path):
    chance = random.Random(SEED)
    last = (0, 0, 0)
    for number in range(6):
        target = tmp_path / f"backup-{number}"
        process = subprocess.Popen([BINARY, "backup", busy.data, target], env=clean_environment())
        time.sleep(chance.uniform(0, 0.1))  # decides nothing: when the kill comes
        busy.kill()
        assert process.wait(120) == 0
        counts = assert_whole(target)
        assert all(now >= earlier for now, earlier in zip(counts, last, strict=True))
        last = counts
        busy.start()
        grown(busy, counts)


def is_finished(data):
    """Also of one that was killed behind its last step."""
    database = data / "framespool.db"
    return database.exists() and b"not finished" not in database.read_bytes()


def test_a_restore_that_is_killed_is_made_again(busy, tmp_path):
    run("backup", busy.data, tmp_path / "backup")
    counts = assert_whole(tmp_path / "backup")
    chance = random.Random(SEED)
    data = tmp_path / "restored"
    for _ in range(5):
        process = subprocess.Popen([BINARY, "restore", tmp_path / "backup", data], env=clean_environment())
        time.sleep(chance.uniform(0, 0.05))  # decides nothing: when the kill comes
        process.kill()
        process.wait()
        if is_finished(data):
            break
    if not is_finished(data):
        run("restore", tmp_path / "backup", data)
    assert assert_whole(data) == counts


def test_a_backup_is_its_owners_alone_where_the_data_is(busy, tmp_path):
    os.chmod(busy.data, 0o700)
    os.chmod(busy.data / "framespool.db", 0o600)
    run("backup", busy.data, tmp_path / "backup")
    run("restore", tmp_path / "backup", tmp_path / "restored")
    for folder in (tmp_path / "backup", tmp_path / "restored"):
        assert folder.stat().st_mode & 0o777 == 0o700
        assert (folder / "framespool.db").stat().st_mode & 0o777 == 0o600


def test_what_a_topic_lost_before_is_told_and_does_not_keep_it_from_being_copied(busy, tmp_path):
    busy.stop()
    for file in (busy.data / "topics" / "frames" / "0").iterdir():
        file.unlink()
    said = run("backup", busy.data, tmp_path / "backup").stderr
    assert "frames-0 ends at 0, and the database knows of" in said


def test_refuses_what_is_no_data_and_what_is_there_already(busy, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("mine")
    for words, found in (
        (("backup", tmp_path / "full", tmp_path / "x"), "no worker's data.dir"),
        (("backup", busy.data, tmp_path / "full"), "not empty (mine)"),
        (("backup", busy.data, busy.data), "is in"),
        (("backup", busy.data, busy.data / "backup"), "is in"),
        (("backup", busy.data, tmp_path), "is in"),
        (("backup", busy.data, tmp_path / "no" / "such"), "cannot create"),
        (("backup", busy.data, tmp_path / "full" / "mine"), "cannot create"),
        (("restore", busy.data, tmp_path / "full"), "not empty (mine)"),
    ):
        said = run(*words, code=1).stderr
        assert found in said and said.count("\n") == 1, said
    assert not (tmp_path / "x").exists()
    assert (tmp_path / "full" / "mine").read_text() == "mine"
    assert not (busy.data / "backup").exists()
    run("backup", busy.data, tmp_path / "whole")
    assert "not empty" in run("backup", busy.data, tmp_path / "whole", code=1).stderr
    assert "not empty" in run("restore", tmp_path / "whole", busy.data, code=1).stderr
    assert busy.rest.is_healthy()


def test_a_backup_that_fails_leaves_nothing(busy, tmp_path):
    busy.stop()
    (busy.data / "framespool.db").write_bytes(b"no database" * 1000)
    for name in ("framespool.db-wal", "framespool.db-shm"):
        (busy.data / name).unlink(missing_ok=True)
    assert "damaged" in run("backup", busy.data, tmp_path / "backup", code=1).stderr
    assert not (tmp_path / "backup").exists()
    (tmp_path / "there").mkdir()
    assert "damaged" in run("backup", busy.data, tmp_path / "there", code=1).stderr
    assert list((tmp_path / "there").iterdir()) == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("backup",), "wants DATA_DIR TARGET"),
        (("backup", "a"), "wants DATA_DIR TARGET"),
        (("backup", "a", "b", "c"), "wants DATA_DIR TARGET"),
        (("backup", "", "b"), "one of them is empty"),
        (("restore", "a", ""), "one of them is empty"),
        (("backup", "--fast", "a", "b"), "no option --fast; it has --copy"),
        (("restore", "a"), "wants BACKUP DATA_DIR"),
        (("restore", "--copy", "a", "b"), "no option --copy"),
    ],
)
def test_words_that_cannot_be_are_answered_in_one_line(words, found):
    said = run(*words, code=2).stderr
    assert found in said and said.count("\n") == 1
