"""What is in data.dir is for the worker's user alone."""

import os
import subprocess

import pytest
from harness.waiting import wait_until
from harness.worker import BINARY, clean_environment

HEARTBEAT = {"connector.class": "HeartbeatSource", "topic": "beats", "rate": "20"}


@pytest.fixture(autouse=True)
def umask_of_everybody():
    before = os.umask(0)
    yield
    os.umask(before)


def modes_below(folder):
    """By path, of all that others may do something with."""
    paths = [folder, *folder.rglob("*")]
    return {
        str(path): oct(path.stat().st_mode & 0o7777) for path in paths if path.exists() and path.stat().st_mode & 0o77
    }


def run_for_a_while(worker):
    worker.rest.run("beats", HEARTBEAT)
    wait_until("records are written", lambda: worker.rest.task_metrics("beats").get("records", 0) > 5)


def test_nobody_else_may_read_what_a_worker_makes(new_worker):
    worker = new_worker(offset_flush_interval_ms="100").start()
    run_for_a_while(worker)
    assert {"framespool.db", "framespool.db-wal", "LOCK", "crash", "topics"} <= set(os.listdir(worker.data))
    assert modes_below(worker.data) == {}
    worker.stop()
    assert modes_below(worker.data) == {}


def test_what_an_earlier_release_let_others_read_is_taken_from_them(new_worker):
    worker = new_worker().start()
    run_for_a_while(worker)
    worker.stop()
    for path in (worker.data, *worker.data.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    worker.start()
    # Whose the folder itself is nobody knows: it may be somebody's home.
    assert oct(worker.data.stat().st_mode & 0o777) == "0o755"
    assert oct((worker.data / "topics").stat().st_mode & 0o777) == "0o700"
    assert [path for path in modes_below(worker.data) if "/framespool.db" in path] == []


def test_what_the_topic_tool_writes_is_as_private(new_worker, tmp_path):
    worker = new_worker().start()
    run_for_a_while(worker)
    worker.stop()
    there = tmp_path / "beats.topic"
    for words in (("export", worker.data, "beats", there), ("import", worker.data, there, "again")):
        done = subprocess.run(
            [BINARY, "topic", *map(str, words)], env=clean_environment(), capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
    assert oct(there.stat().st_mode & 0o777) == "0o600"
    assert (worker.data / "topics/again").is_dir() and modes_below(worker.data) == {}
