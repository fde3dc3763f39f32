"""A worker whose files are damaged, missing or full: only what is bad stops, and it is said where people look."""

import json
import os
import resource
import shutil
import sqlite3
import subprocess
import time

import pytest
from harness import footage
from harness.mjpeg import Stream, digest
from harness.topic import Topic
from harness.waiting import wait_until
from harness.worker import BINARY, BUILD, clean_environment, die_with_parent

FRAMES = 120


@pytest.fixture
def video():
    return footage.pattern(frames=FRAMES)


def health(worker):
    return worker.rest.call("GET", "/health")


def problems(worker, kind):
    return [problem for problem in health(worker).json()["problems"] if problem["kind"] == kind]


def wait_answer(worker):
    """Until the worker has started, whatever its health is."""

    def answers():
        assert worker.process.poll() is None, f"the worker ended with {worker.process.returncode}:\n{worker.log()}"
        try:
            return health(worker).json()["status"] != "starting"
        except OSError:
            return False

    wait_until("the REST API answers", answers)


def segments(worker, topic="frames"):
    return sorted((worker.data / "topics" / topic / "0").glob("*.log"))


@pytest.fixture
def recorded(new_worker, new_sink, video_source, video):
    """A stopped worker whose topic holds the video in several segments, its sink and its records."""

    def make():
        worker = new_worker().start()
        sink = new_sink("frames")
        small = {
            f"topic.creation.default.{key}": value
            for key, value in {"partitions": "1", "replication.factor": "1", "segment.bytes": "400000"}.items()
        }
        worker.rest.run("video", video_source(video, "frames") | small)
        worker.rest.run("browser", sink.config)
        topic = Topic(sink.url)
        wait_until("the video is in the topic", lambda: topic.has(FRAMES - 1))
        records = topic.records()
        worker.stop()
        assert len(segments(worker)) >= 6
        return worker, topic, records

    return make


def test_a_healthy_worker_lists_no_problems(worker):
    answer = health(worker)
    assert answer.status_code == 200 and answer.json()["problems"] == []


def test_without_indexes_and_with_a_flipped_byte_one_record_is_lost_and_said(recorded):
    worker, topic, records = recorded()
    files = segments(worker)
    damaged = files[1]
    for index in damaged.parent.glob("*.index"):
        index.unlink()
    before = {file: file.read_bytes() for file in files}
    base = int(damaged.stem)
    flipped = bytearray(before[damaged])
    flipped[records[base].size // 2] ^= 0x40
    damaged.write_bytes(flipped)
    worker.start()
    wait_until("the sink serves", lambda: topic.has(0))
    left = topic.records()
    assert [record for record in records if record.offset != base] == left
    for file in files:
        assert file.read_bytes() == (before[file] if file != damaged else bytes(flipped)), file
    said = wait_until("the lost record is listed", lambda: problems(worker, "data-lost"))
    assert said[0]["subject"] == "topic frames" and f"offset {base} " in said[0]["message"]
    assert str(damaged) in said[0]["message"] and time.time() * 1000 - said[0]["since"] < 600_000
    assert worker.log().count(f"the record at offset {base} is lost") == 1
    wait_until("the indexes are rebuilt", lambda: len(list(damaged.parent.glob("*.index"))) >= len(files) - 1)


@pytest.mark.parametrize("how", ["truncated", "emptied", "deleted"])
def test_the_stream_goes_on_behind_a_hole_at_once(recorded, how):
    worker, topic, records = recorded()
    files = segments(worker)
    damaged = files[2]
    first, end = int(damaged.stem), int(files[3].stem)
    if how == "deleted":
        damaged.unlink()
    else:
        os.truncate(damaged, damaged.stat().st_size // 2 if how == "truncated" else 0)
    worker.start()
    wait_until("the sink serves", lambda: topic.has(0))
    lost = sorted(set(range(first, end)) - {record.offset for record in topic.records()})
    assert lost and lost[-1] == end - 1
    assert how == "truncated" or lost[0] == first
    left = [record for record in records if record.offset not in lost]
    with Stream(f"{topic.url}/?pace=unpaced&from=earliest") as stream:
        assert [digest(body) for _, body in stream.take(len(left))] == [record.digest for record in left]
    said = problems(worker, "data-lost")
    assert len(said) == 1 and f"to {end - 1}" in said[0]["message"], said
    assert worker.log().count(" are lost: ") == 1
    assert topic.records() == left


def test_a_bad_page_of_the_database_ends_the_start_with_the_reason_and_touches_nothing(recorded):
    worker, _, _ = recorded()
    database = worker.data / "framespool.db"
    with database.open("r+b") as file:
        file.seek(4096)
        file.write(bytes(4096))
    before = database.read_bytes()
    worker.start(ready=False)
    assert worker.process.wait(60) == 1
    worker.process = None
    said = worker.log().splitlines()[-1]
    assert str(database) in said and "damaged" in said and "backup" in said
    assert database.read_bytes() == before


def test_a_database_that_goes_bad_under_way_is_said_with_503(worker, video_source, video):
    worker.rest.run("video", video_source(video, "frames"))
    database = worker.data / "framespool.db"
    connection = sqlite3.connect(database)
    page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name='history'").fetchone()[0]
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with database.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(bytes(4096))
    connection.execute("UPDATE numbers SET value=value")  # the worker forgets the pages it has read
    connection.execute("INSERT INTO numbers VALUES ('touched', 1)")
    connection.commit()
    connection.close()
    refused = worker.rest.call("PUT", "/connectors/video/pause")
    assert refused.status_code == 500 and "damaged" in refused.json()["message"]
    answer = health(worker)
    assert answer.status_code == 503 and answer.json()["status"] == "unhealthy"
    assert "damaged" in answer.json()["message"] and str(database) in answer.json()["message"]
    assert problems(worker, "database")[0]["subject"] == "database"


@pytest.mark.parametrize("how", ["deleted", "emptied"])
def test_a_database_lost_beside_full_topics_is_said_loudly(recorded, how):
    worker, _, _ = recorded()
    database = worker.data / "framespool.db"
    for file in worker.data.glob("framespool.db*"):
        file.unlink()
    if how == "emptied":
        database.touch()
    worker.start()
    said = wait_until("it is listed", lambda: problems(worker, "database-new"))[0]["message"]
    for named in (str(database), str(worker.data / "topics"), "frames", "backup"):
        assert named in said
    assert said in worker.log()


def test_topics_lost_beside_stored_offsets_are_said_loudly_and_a_new_one_is_seen(recorded, video_source, video):
    worker, topic, _ = recorded()
    shutil.rmtree(worker.data / "topics")
    worker.start()
    said = wait_until("it is listed", lambda: problems(worker, "topics-missing"))[0]["message"]
    for named in (str(worker.data / "framespool.db"), str(worker.data / "topics"), "frames", "offsets"):
        assert named in said
    assert said in worker.log()
    worker.rest.run("again", video_source(video, "frames"))
    wait_until("the new records are seen", lambda: topic.has(FRAMES - 1))


def test_a_topic_that_cannot_be_opened_stops_only_itself(recorded, new_sink, video_source, video):
    worker, topic, records = recorded()
    properties = worker.data / "topics" / "frames" / "topic.properties"
    before = properties.read_text()
    properties.write_text(before + "segment.bytes=-5\n")
    worker.start()
    said = problems(worker, "topic-refused")
    assert [problem["subject"] for problem in said] == ["topic frames"]
    assert str(properties) in said[0]["message"] and "segment.bytes" in said[0]["message"]
    for name in ("video", "browser"):
        assert "segment.bytes" in worker.rest.wait_task(name, "FAILED")["trace"]
    sink = new_sink("other")
    worker.rest.run("other", video_source(video, "other"))
    worker.rest.run("other-browser", sink.config)
    wait_until("another topic is served", lambda: Topic(sink.url).has(FRAMES - 1))
    properties.write_text(before)
    worker.rest.answer("POST", "/connectors/browser/restart?includeTasks=true")
    wait_until("it is served again without a restart of the worker", lambda: topic.has(FRAMES - 1))
    assert topic.records() == records and problems(worker, "topic-refused") == []


def test_a_partition_that_is_a_file_stops_only_its_topic(recorded):
    worker, _, _ = recorded()
    partition = worker.data / "topics" / "frames" / "0"
    partition.rename(worker.data / "aside")
    partition.write_text("no folder")
    worker.start()
    assert str(partition) in problems(worker, "topic-refused")[0]["message"]
    assert partition.read_text() == "no folder"


def make_truncated(path):
    shutil.copy(BUILD / "plugins/mjpeg_http.so", path)
    os.truncate(path, path.stat().st_size // 2)


def make_huge(path):
    path.touch()
    os.truncate(path, 50 << 20)


def make_link_loop(path):
    path.symlink_to(path.name)


@pytest.mark.parametrize(
    "make",
    [make_truncated, os.mkfifo, make_huge, os.mkdir, make_link_loop],
    ids=["truncated", "fifo", "huge", "folder", "link-loop"],
)
@pytest.mark.parametrize("what", ["bad.so", "bad.manifest.json"])
def test_a_bad_library_or_manifest_is_refused_and_the_worker_starts(new_worker, tmp_path, what, make):
    folder = tmp_path / "plugins"
    folder.mkdir()
    for suffix in (".so", ".manifest.json"):
        shutil.copy(BUILD / f"plugins/video_file{suffix}", folder)
        shutil.copy(BUILD / f"plugins/mjpeg_http{suffix}", folder / f"bad{suffix}")
    bad = folder / what
    bad.unlink()
    make(bad)
    worker = new_worker(plugin_path=str(folder)).start()
    said = problems(worker, "plugin-refused")
    assert len(said) == 1 and str(bad) in said[0]["message"]
    assert worker.rest.answer("GET", "/worker")["plugins_refused"] == [said[0]["message"]]
    assert [plugin["class"] for plugin in worker.rest.answer("GET", "/connector-plugins")] == ["VideoFileSource"]


def test_without_descriptors_tasks_wait_and_go_on(worker, new_sink, video_source, video):
    sink = new_sink("frames")
    for name, config in (("video", video_source(video, "frames")), ("browser", sink.config)):
        worker.rest.answer("POST", "/connectors", {"name": name, "config": config, "initial_state": "STOPPED"})
    pid = worker.pid
    limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    used = max(int(fd) for fd in os.listdir(f"/proc/{pid}/fd")) + 1
    free = [fd for fd in range(used) if not os.path.islink(f"/proc/{pid}/fd/{fd}")]
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (used - len(free), limits[1]))
    for name in ("video", "browser"):
        worker.rest.call("PUT", f"/connectors/{name}/resume")

    def waiting():
        # The one waits with its task, the other before it can say which tasks it has.
        return problems(worker, "task-waiting") + problems(worker, "connector-waiting")

    wait_until("both wait", lambda: {p["subject"] for p in waiting()} == {"connector video", "connector browser"})
    for name in ("video", "browser"):
        status = worker.rest.status(name)
        assert "FAILED" not in [each["state"] for each in [status["connector"], *status["tasks"]]]
    assert all("ulimit -n" in problem["message"] for problem in waiting()) and "ulimit -n" in worker.log()
    resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
    wait_until("the video is in the topic", lambda: Topic(sink.url).has(FRAMES - 1))
    wait_until("nothing waits", lambda: waiting() == [])


def test_a_full_disk_without_a_floor_is_said_with_503_and_passes_without_a_restart(
    new_worker, new_sink, video_source, video
):
    worker = new_worker(log_free_space_floor_bytes="0").start()
    sink = new_sink("frames")
    worker.rest.run("browser", sink.config)
    pid = worker.pid
    limits = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (700_000, limits[1]))
    worker.rest.put("video", video_source(video, "frames"))
    wait_until("health says so", lambda: health(worker).status_code == 503)
    answer = health(worker)
    assert answer.json()["status"] == "unhealthy" and "cannot append" in answer.json()["message"]
    assert problems(worker, "disk-full")[0]["subject"] == "topic frames"
    assert worker.rest.task("video")["state"] == "RUNNING"
    resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)
    topic = Topic(sink.url)
    wait_until("the video is in the topic", lambda: topic.has(FRAMES - 1))
    wait_until("the worker is healthy", lambda: health(worker).status_code == 200)
    assert [record.frame for record in topic.records()] == list(range(FRAMES))
    assert health(worker).json()["problems"] == []


SYNC_FAILS = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
#include <unistd.h>
int fdatasync(int fd) {
  char link[64], path[512];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t size = readlink(link, path, sizeof path - 1);
  path[size > 0 ? size : 0] = 0;
  if (strstr(path, "/topics/frames/") && access(getenv("SYNC_FAILS_WHILE"), F_OK) == 0) { errno = EIO; return -1; }
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  return real(fd);
}
"""


def test_a_topic_whose_sync_failed_is_said_with_503_and_recovers_without_a_restart(
    new_worker, new_sink, video_source, video, tmp_path
):
    source, library, mark = tmp_path / "fail.c", tmp_path / "fail.so", tmp_path / "fails"
    source.write_text(SYNC_FAILS)
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    worker = new_worker()
    with worker.log_file.open("ab") as log:
        worker.process = subprocess.Popen(
            [BINARY, "worker", worker.properties_file],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=clean_environment(LD_PRELOAD=str(library), SYNC_FAILS_WHILE=str(mark)),
            preexec_fn=die_with_parent,
        )
    wait_until("the worker is healthy", worker._is_ready)
    sink = new_sink("frames")
    worker.rest.run("browser", sink.config)
    mark.touch()
    worker.rest.run("video", video_source(video, "frames", pace="realtime", loop="true"))
    wait_until("health says so", lambda: health(worker).status_code == 503)
    answer = health(worker)
    assert "sync" in answer.json()["message"] and problems(worker, "sync-failed")[0]["subject"] == "topic frames"
    assert worker.rest.task("video")["state"] == "RUNNING"
    mark.unlink()
    wait_until("the worker is healthy", lambda: health(worker).status_code == 200)
    topic = Topic(sink.url)
    end = topic.end()
    wait_until("the topic grows", lambda: topic.end() > end + 10)
    frames = [record.frame for record in topic.records()]
    assert frames[:100] == list(range(len(frames)))[:100], "frames are missing, or there twice"
    assert "takes records again" in worker.log()


def test_a_last_segment_that_was_cut_goes_on_at_the_stores_checkpoint(recorded, video_source, video):
    worker, topic, records = recorded()
    last = segments(worker)[-1]
    os.truncate(last, last.stat().st_size // 2)
    for index in last.parent.glob(f"{last.stem}.index"):
        index.unlink()
    worker.start()
    wait_until("the sink serves", lambda: topic.has(0))
    assert f"to {FRAMES - 1}" in problems(worker, "data-lost")[0]["message"]
    worker.rest.run("again", video_source(video, "frames"))
    wait_until("the new records stand behind the lost ones", lambda: topic.has(2 * FRAMES - 1))
    kept = topic.records()
    assert [record for record in kept if record.offset < FRAMES] == records[: len(kept) - FRAMES]


def test_offsets_of_a_damaged_row_are_no_reason_to_begin_anew(recorded):
    worker, _, _ = recorded()
    connection = sqlite3.connect(worker.data / "framespool.db")
    connection.execute("UPDATE connectors SET config='{' WHERE name='video'")
    connection.commit()
    connection.close()
    worker.start(ready=False)
    wait_answer(worker)
    assert health(worker).status_code == 503
    assert "connector video" in problems(worker, "database")[0]["message"]
    assert json.loads(worker.rest.call("GET", "/connectors").text) == ["browser"]


def test_a_database_on_a_full_disk_answers_what_to_do_keeps_what_it_has_promised_and_goes_on(
    new_worker, new_sink, video_source
):
    worker = new_worker(log_free_space_floor_bytes="0", offset_flush_interval_ms="100").start()
    sink = new_sink("frames")
    worker.rest.run("browser", sink.config)
    worker.rest.run("video", video_source(footage.pattern(frames=2000), "frames", pace="realtime"))
    topic = Topic(sink.url)
    wait_until("frames are recorded", lambda: topic.has(20))
    clock = {"connector.class": "HeartbeatSource", "topic": "clock", "note": "x" * 20_000}
    limits = resource.prlimit(worker.pid, resource.RLIMIT_FSIZE)
    # The files of the database are full, and so are those of the topic, as on one disk.
    resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, ((worker.data / "framespool.db-wal").stat().st_size, limits[1]))
    stored, refused = [], None
    for number in range(400):
        name = f"clock-{number}"
        answer = worker.rest.call("PUT", f"/connectors/{name}/config", clock)
        if not answer.ok:
            refused = name
            break
        stored.append(name)
    assert answer.status_code == 503, answer.text
    problem = answer.json()["problems"][0]
    assert problem["kind"] == "disk-full"
    for said in "framespool.db", "ulimit -f", "nothing of it was stored", "goes on by itself":
        assert said in problem["message"], problem
    assert worker.rest.call("PUT", "/connectors/video/pause").status_code == 503
    wait_until("health says so", lambda: problems(worker, "database"))
    assert health(worker).status_code == 503 and "ulimit -f" in problems(worker, "database")[0]["message"]
    assert worker.rest.call("GET", f"/connectors/{refused}").status_code == 404
    # What was answered with yes is there after a kill, and nothing else.
    worker.kill()
    worker.start()
    assert set(worker.rest.answer("GET", "/connectors")) == {"browser", "video", *stored}
    # And once more with a worker that lives through it.
    pid = worker.pid
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, limits[1]))
    wait_until("it is refused", lambda: worker.rest.call("PUT", "/connectors/late/config", clock).status_code == 503)
    frames = topic.end()
    resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)
    wait_until("it is stored", lambda: worker.rest.call("PUT", "/connectors/late/config", clock).ok)
    wait_until("nothing is wrong", lambda: health(worker).json()["problems"] == [])
    wait_until("the topic grows", lambda: topic.end() > frames + 20)
    assert worker.pid == pid
    worker.kill()
    worker.start()
    wait_until("the topic goes on", lambda: topic.has(frames + 20))
    worker.rest.wait_running("video")
    kept = [record.frame for record in topic.records()]
    assert kept == list(range(len(kept))), "frames are missing, or there twice"
    assert "late" in worker.rest.answer("GET", "/connectors")
