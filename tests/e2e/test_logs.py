"""log.format = json: every line that a worker writes is an object, and says whose it is."""

import json

from harness.waiting import wait_until


def lines_of(worker):
    return [json.loads(line) for line in worker.log().splitlines()]


def test_every_line_is_an_object_from_the_first_on_and_a_tasks_says_whose_it_is(new_worker, tmp_path):
    worker = new_worker(log_format="json", listner="x").start()
    folder = tmp_path / "not-yet"
    sink = {
        "connector.class": "LineFileSink",
        "topics": "lines",
        "file": str(folder / "lines"),
        "restart.policy": "failed",
        "restart.attempts.max": "0",
    }
    # Running at once, it would be refused: its file cannot be made.
    worker.rest.answer("POST", "/connectors", {"name": "lines", "config": sink, "initial_state": "STOPPED"})
    worker.rest.answer("PUT", "/connectors/lines/resume")
    worker.rest.wait_task("lines", "FAILED")
    wait_until("the herder says something of it", lambda: "stays FAILED" in worker.log())
    worker.stop()
    lines = lines_of(worker)
    assert lines[0]["level"] == "WARN" and "unknown key listner" in lines[0]["message"]
    assert all({"time", "level", "logger", "thread", "message"} <= set(line) for line in lines)
    (failed,) = [line for line in lines if line["message"].startswith("failed: ")]
    assert (failed["connector"], failed["task"], failed["level"], failed["thread"]) == ("lines", 0, "ERROR", "lines")
    assert failed["problems"][0]["kind"] and failed["problems"][0]["message"]
    (stays,) = [line for line in lines if "stays FAILED" in line["message"]]
    assert (stays["logger"], stays["connector"], stays["task"]) == ("herder", "lines", 0)


def test_levels_change_while_it_runs(new_worker):
    worker = new_worker(log_format="json").start()
    config = {"connector.class": "HeartbeatSource", "topic": "clock", "rate": "10"}

    def starts():
        return sum(line["message"] == "running" for line in lines_of(worker))

    worker.rest.run("clock", config)
    wait_until("its start is logged", lambda: starts() == 1)
    worker.rest.answer("PUT", "/admin/loggers/clock", {"level": "WARN"})
    worker.rest.run("clock", config | {"rate": "20"})
    worker.rest.answer("PUT", "/admin/loggers/clock", {"level": "INFO"})
    worker.rest.run("clock", config | {"rate": "30"})
    wait_until("one more start is logged", lambda: starts() > 1)
    worker.stop()
    assert starts() == 2


def test_a_worker_that_cannot_start_says_why_as_an_object(new_worker):
    worker = new_worker(log_format="json", num_partitions="none").start(ready=False)
    assert worker.process.wait(60) == 1
    (line,) = lines_of(worker)
    assert (line["level"], line["logger"]) == ("ERROR", "worker")
    assert [problem["field"] for problem in line["problems"]] == ["num.partitions"]
