"""A connector shares the worker's address space, so a crash of one ends the worker. What it must not do is lose data."""

import signal

from harness.waiting import wait_until
from harness.worker import BAD_PLUGINS, PLUGINS

COUNT = 2000


def test_a_connector_that_crashes_loses_and_repeats_nothing_over_the_restart(new_worker, topic_named, tmp_path):
    output = tmp_path / "records.txt"
    topic = topic_named("numbers")
    worker = new_worker(
        plugin_path=f"{PLUGINS},{BAD_PLUGINS}", offset_flush_interval_ms="100", exactly_once_source_support="enabled"
    ).start()
    worker.rest.put(
        "crashing",
        {
            "connector.class": "CrashingSource",
            "topic": topic,
            "crash.at": "700",
            "crash.file": str(tmp_path / "crashed"),
            "count": str(COUNT),
        },
    )
    assert worker.process.wait(120) == -signal.SIGSEGV
    worker.process = None

    worker.start()
    worker.rest.run("lines", {"connector.class": "LineFileSink", "topics": topic, "file": str(output)})
    wait_until("all records come out of the sink", lambda: output.exists() and output.read_text().count("\n") >= COUNT)
    worker.stop()
    assert output.read_text().split() == [str(number) for number in range(COUNT)]
