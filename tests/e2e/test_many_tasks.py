"""One connector, many tasks: a list or a folder of files is split over them, and the split is followed."""

import os
import shutil
import time

from harness import footage
from harness.waiting import wait_until


def put(video, folder, name):
    """A copy that came a while ago: one that is being written is not played yet."""
    path = folder / name
    shutil.copy(video, path)
    os.utime(path, (time.time() - 60,) * 2)
    return path


def tasks_of(worker, name):
    return worker.rest.answer("GET", f"/connectors/{name}/tasks")


def files_of(worker, name):
    """What each task plays, by its number."""
    return [set(task["config"]["files"].split(",")) for task in tasks_of(worker, name)]


def frames_of(worker, name):
    """Up to where each file has been played, by its path."""
    offsets = worker.rest.answer("GET", f"/connectors/{name}/offsets")["offsets"]
    return {entry["partition"]["file"]: entry["offset"]["frame"] for entry in offsets}


def records_in(worker, topic):
    partitions = worker.rest.answer("GET", f"/topics/{topic}")["partitions"]
    return sum(partition["end_offset"] - partition["first_offset"] for partition in partitions)


def beginnings_of(worker, name):
    """How often each task has been taken up."""
    events = worker.rest.answer("GET", "/events")["events"]
    numbers = [event["task"] for event in events if event["connector"] == name and event["state"] == "RUNNING"]
    return {number: numbers.count(number) for number in set(numbers) - {None, -1}}


def test_a_folder_is_split_over_tasks_and_files_that_come_and_go_are_followed(worker, video_source, tmp_path):
    folder = tmp_path / "recordings"
    folder.mkdir()
    lengths = {}

    def add(name, frames):
        lengths[str(put(footage.pattern(frames, width=320, height=180), folder, name))] = frames

    add("a.mp4", 30)
    add("b.mp4", 40)
    config = video_source("", "frames", folder=str(folder), tasks_max="3", folder_poll_interval_ms="100")
    del config["file"]
    created = worker.rest.answer("PUT", "/connectors/folder/config", config)
    assert [task["task"] for task in created["tasks"]] == [0, 1]
    wait_until("both files are played", lambda: frames_of(worker, "folder") == lengths)
    first = files_of(worker, "folder")
    add("c.mp4", 50)
    wait_until("the third file is played", lambda: frames_of(worker, "folder") == lengths)
    assert files_of(worker, "folder")[:2] == first
    assert beginnings_of(worker, "folder") == {0: 1, 1: 1, 2: 1}, "nobody else was touched"
    for number in range(4):
        add(f"d{number}.mp4", 20 + number)
    wait_until("all files are played", lambda: frames_of(worker, "folder") == lengths)
    assert set().union(*files_of(worker, "folder")) == set(lengths)
    assert len(files_of(worker, "folder")) == 3
    for path in sorted(lengths)[:5]:
        os.remove(path)
    wait_until("the tasks of files that are gone are gone", lambda: len(files_of(worker, "folder")) == 2)
    assert records_in(worker, config["topic"]) == sum(lengths.values()), "each frame is there once"
    status = worker.rest.status("folder")
    assert [task["id"] for task in status["tasks"]] == [0, 1]
    answer = worker.rest.call("POST", "/connectors/folder/tasks/1/restart")
    assert answer.status_code == 204
    assert worker.rest.call("POST", "/connectors/folder/tasks/2/restart").status_code == 404
    wait_until("the second task is back", lambda: beginnings_of(worker, "folder")[1] > 1)


def test_a_list_of_files_goes_on_where_it_was_whatever_becomes_of_the_worker(worker, video_source, tmp_path, on_kafka):
    videos = [put(footage.pattern(frames, width=320, height=180), tmp_path, f"{frames}.mp4") for frames in (60, 70, 80)]
    config = video_source("", "frames", files=",".join(map(str, videos)), tasks_max="2", pace="realtime", fps="60")
    del config["file"]
    worker.rest.put("list", config)
    wait_until("both tasks play", lambda: len(frames_of(worker, "list")) >= 2)
    assert sorted(map(len, files_of(worker, "list"))) == [1, 2]
    worker.stop()
    worker.start()
    worker.rest.wait_running("list")
    worker.kill()
    worker.start()
    wait_until("all is played", lambda: sorted(frames_of(worker, "list").values()) == [60, 70, 80])
    # Kafka without exactly-once may have taken frames of which a worker that was killed did not learn.
    repeats = records_in(worker, config["topic"]) - (60 + 70 + 80)
    assert repeats >= 0 if on_kafka else repeats == 0
