"""`framespool lint` says of files what a worker says of them, and leaves a worker's data alone."""

import json
import subprocess
import tempfile
from pathlib import Path

import pytest
from harness.footage import pattern
from harness.worker import BINARY, PLUGINS, clean_environment, free_port


def lint(*files, **environment):
    return subprocess.run(
        [BINARY, "lint", *files],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=clean_environment(FRAMESPOOL_PLUGIN_PATH=PLUGINS) | environment,
    )


@pytest.fixture
def written(tmp_path):
    """Writes the config of a connector and returns its file."""

    def write(name, config):
        file = tmp_path / f"{name}.json"
        file.write_text(json.dumps({"name": name, "config": config}))
        return file

    return write


CLOCK = {"connector.class": "HeartbeatSource", "topic": "clock"}
BAD = {
    "no-class": {"topic": "clock"},
    "unknown-class": CLOCK | {"connector.class": "SundialSource"},
    "two-keys": CLOCK | {"rate": "fast", "count": "-1"},
    "no-file": {"connector.class": "VideoFileSource", "file": "/nowhere/door.mp4", "topic": "door"},
    "bad-topic": CLOCK | {"topic": "a b"},
    "transform": CLOCK | {"transforms": "t", "transforms.t.type": "Nothing"},
    "bad-policy": CLOCK | {"errors.tolerance": "some"},
    "variable": CLOCK | {"topic": "${file:/etc/topic:name}"},
}


@pytest.mark.parametrize("name", BAD)
def test_says_of_a_connector_what_a_worker_answers(name, worker, written):
    file = written(name, BAD[name])
    answer = worker.rest.call("POST", "/connectors", {"name": name, "config": BAD[name]})
    assert answer.status_code == 400
    done = lint(file)
    assert (done.returncode, done.stdout) == (1, f"{file}: {answer.json()['message']}\n")


def test_says_of_properties_what_a_worker_ends_with(tmp_path):
    file = tmp_path / "worker.properties"
    file.write_text(f"listeners=http://127.0.0.1:0\ndata.dir={tmp_path / 'data'}\nlog.level=loud\nnum.partitions=0\n")
    ended = subprocess.run(
        [BINARY, "worker", file], capture_output=True, text=True, timeout=120, check=False, env=clean_environment()
    )
    done = lint(file)
    assert ended.returncode == done.returncode == 1
    assert ended.stderr == "framespool: " + done.stdout
    assert "log.level" in done.stdout and "num.partitions" in done.stdout


def test_reads_the_listeners_as_a_worker_does(tmp_path):
    file = tmp_path / "worker.properties"
    file.write_text("listeners=ftp://127.0.0.1\n")
    done = lint(file)
    assert done.returncode == 1 and f"{file}: " in done.stdout and "listeners" in done.stdout


def test_takes_what_a_worker_takes(tmp_path, written):
    properties = tmp_path / "worker.properties"
    properties.write_text(f"data.dir={tmp_path / 'data'}\n")
    flat = tmp_path / "flat.properties"
    flat.write_text("name=flat\nconnector.class=HeartbeatSource\ntopic=clock\n")
    clock = written("clock", CLOCK)
    done = lint(clock, properties, flat)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{properties}: ok\n{clock}: ok\n{flat}: ok\n"


def test_goes_by_the_properties_that_are_given_with_a_connector(tmp_path, written):
    (tmp_path / "videos").mkdir()
    properties = tmp_path / "worker.properties"
    properties.write_text(f"file.roots={tmp_path / 'videos'}\n")
    outside = pattern(2)
    file = written("door", {"connector.class": "VideoFileSource", "file": str(outside), "topic": "door"})
    assert lint(file).returncode == 0
    done = lint(properties, file)
    assert done.returncode == 1 and "file.roots" in done.stdout
    (tmp_path / "videos" / "broken.properties").write_text("log.level=loud\n")
    done = lint(tmp_path / "videos" / "broken.properties", file)
    assert done.returncode == 1 and f"{file}: not checked: the worker would not start\n" in done.stdout


def test_finds_what_two_files_cannot_have_together(written):
    port = str(free_port())
    sink = {"connector.class": "MjpegHttpSink", "topics": "clock", "http.port": port}
    first, second = written("first", sink), written("second", sink)
    done = lint(first, second)
    assert done.returncode == 1
    assert f"{first}: ok\n{second}: ok\n" in done.stdout and port in done.stdout.splitlines()[-1]
    again = first.parent / "again.json"
    again.write_text(first.read_text())
    done = lint(first, again)
    assert done.returncode == 1 and f"{again}: name: must be another one than first, which {first} has" in done.stdout


def test_takes_a_set_of_connectors_and_names_those_of_it_that_are_bad(tmp_path, written):
    file = tmp_path / "connectors.json"
    file.write_text(json.dumps({"clock": CLOCK, "door": CLOCK | {"topic": "door"}}))
    done = lint(file)
    assert (done.returncode, done.stdout) == (0, f"{file}: ok\n")
    file.write_text(json.dumps({"clock": CLOCK, "door": BAD["bad-topic"]}))
    done = lint(file, written("clock", CLOCK))
    assert done.returncode == 1
    first, *others, last = done.stdout.splitlines()
    assert first.startswith(f"{file}: door: ") and any('"a b"' in line for line in [first, *others])
    assert last.endswith(f"name: must be another one than clock, which {file} has")


def test_leaves_the_data_of_a_running_worker_alone_and_nothing_behind(worker, written, tmp_path):
    before = sorted(worker.data.rglob("*"))
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    done = lint(worker.properties_file, written("clock", CLOCK), TMPDIR=str(temporary))
    assert done.returncode == 0, done.stdout
    assert sorted(worker.data.rglob("*")) == before and not list(temporary.iterdir())
    assert worker.rest.answer("GET", "/connectors") == []


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', '{"name": 3, "config": {}}', '{"config": {"a": {}}}', "\0\xff"])
def test_says_of_a_file_that_is_no_config_which_one_it_is(text, tmp_path):
    file = tmp_path / "broken.json"
    file.write_text(text)
    missing = Path(tempfile.gettempdir()) / "framespool-no-such-file.json"
    done = lint(file, missing)
    assert done.returncode == 1 and done.stderr == ""
    assert all(any(line.startswith(f"{each}: ") for line in done.stdout.splitlines()) for each in (file, missing))


@pytest.mark.parametrize(
    "arguments, found", [([], "lint needs files"), (["--fix", "a.json"], "lint has no option --fix; it has --help")]
)
def test_refuses_what_it_is_not_made_for(arguments, found):
    done = lint(*arguments)
    assert done.returncode == 2 and found in done.stderr
