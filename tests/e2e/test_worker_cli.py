"""The worker's command line, its properties and its environment."""

import os
import re
import signal
import subprocess

import pytest
from harness.rest import Rest
from harness.waiting import wait_until
from harness.worker import BINARY, PLUGINS, children_of, clean_environment, die_with_parent, free_port, listening_urls


def run(*arguments, environment=None):
    return subprocess.run(
        [BINARY, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        env=environment or clean_environment(),
    )


def properties(folder, **changes):
    settings = {"listeners": "http://127.0.0.1:0", "data.dir": folder / "data", "plugin.path": PLUGINS}
    settings |= {key.replace("_", "."): value for key, value in changes.items()}
    file = folder / "worker.properties"
    file.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
    return file


@pytest.fixture
def run_until_listening(tmp_path):
    """Starts a worker, waits until it says where it listens; returns (process, its URL, its log file)."""
    processes = []

    def start(*arguments, environment=None):
        log_file = tmp_path / f"log-{len(processes)}"
        with log_file.open("wb") as log:
            process = subprocess.Popen(
                [BINARY, "worker", *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment or clean_environment(),
                preexec_fn=die_with_parent,
            )
        processes.append(process)

        def url():
            assert process.poll() is None, log_file.read_text()
            return listening_urls(log_file.read_text())

        return process, wait_until("the worker logs where it listens", url)[0], log_file

    yield start
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.wait()


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["worker", "--help"], ["worker", "w.properties", "-h"]])
def test_help_says_how_to_start_a_worker(arguments):
    answer = run(*arguments)
    assert answer.returncode == 0 and answer.stderr == ""
    assert "--safe" in answer.stdout and "file.roots" in answer.stdout
    assert "framespool worker" in answer.stdout
    assert "listeners" in answer.stdout and "data.dir" in answer.stdout


@pytest.mark.parametrize("words", [("--help",), ("-h",), ("ls", "data", "--help"), ("no", "such", "words", "-h")])
@pytest.mark.parametrize("command", ["lint", "topic", "backup", "restore", "user", "store"])
def test_help_behind_a_command_says_what_there_is_to_say_of_that(command, words):
    answer = run(command, *words)
    assert answer.returncode == 0 and answer.stderr == ""
    assert answer.stdout.startswith(f"usage: framespool {command} ")
    assert answer.stdout.split("\n\n", 1)[1] in run("--help").stdout
    assert "file.roots" not in answer.stdout


def test_help_behind_the_end_of_options_is_a_file_like_any_other():
    answer = run("lint", "--", "--help")
    assert answer.returncode == 1 and answer.stdout.startswith("--help: cannot read"), answer


def test_version_names_the_commit_the_stamp_of_connectors_and_libraries():
    answer = run("--version")
    assert answer.returncode == 0
    program, connectors, libraries = answer.stdout.splitlines()
    assert re.fullmatch(r"framespool \d+\.\d+\.\d+ \(([0-9a-f]{12}|unknown)\)", program)
    assert connectors.startswith("connectors: framespool-abi ")
    assert re.fullmatch(
        r"libraries: librdkafka \d[\d.]+, SQLite \d[\d.]+, Pistache \d[\d.]+, OpenSSL \d[\d.]+", libraries
    )


@pytest.mark.parametrize(
    "arguments, found",
    [
        (["wroker"], "no command wroker"),
        (["--what"], "no option --what"),
        (["worker"], "needs a properties file"),
        (["worker", "--saef", "w.properties"], "no option --saef"),
        (["worker", "--safe"], "needs a properties file"),
    ],
)
def test_a_wrong_command_line_says_what_is_wrong_in_one_line(arguments, found):
    answer = run(*arguments)
    assert answer.returncode == 2 and answer.stdout == ""
    assert found in answer.stderr and "--help" in answer.stderr and answer.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [[], ["wroker"], ["worker"], ["--what"]])
def test_a_wrong_command_line_shows_the_usage_on_stderr(arguments):
    answer = run(*arguments)
    assert answer.returncode not in (0, -signal.SIGABRT, -signal.SIGSEGV)
    assert "framespool worker" in answer.stderr
    assert answer.stdout == ""


@pytest.mark.parametrize(
    "key, value, allowed",
    [
        ("log.level", "loud", "debug"),
        ("offset.flush.interval.ms", "soon", "whole number"),
        ("listeners", "127.0.0.1:8083", "http://"),
        ("listeners", "https://127.0.0.1:8083", "listeners.https.ssl.certificate.location"),
        ("listeners", "http://127.0.0.1:99999", "65535"),
    ],
)
def test_a_bad_value_is_an_error_that_names_file_key_value_and_what_is_allowed(tmp_path, key, value, allowed):
    file = properties(tmp_path, **{key.replace(".", "_"): value})
    answer = run("worker", file)
    assert answer.returncode == 1
    for word in (str(file), key, value, allowed):
        assert word in answer.stderr, f"{word} is missing in: {answer.stderr}"


def test_a_properties_file_that_is_missing_is_an_error_that_names_it(tmp_path):
    answer = run("worker", tmp_path / "missing.properties")
    assert answer.returncode == 1
    assert str(tmp_path / "missing.properties") in answer.stderr


def test_a_root_that_is_no_absolute_folder_is_an_error(tmp_path):
    answer = run("worker", properties(tmp_path, file_roots="videos"))
    assert answer.returncode == 1
    assert "file.roots" in answer.stderr and "absolute" in answer.stderr


def test_an_unknown_key_is_a_warning_with_the_nearest_known_one(tmp_path, run_until_listening):
    _, _, log = run_until_listening(properties(tmp_path, listenrs="http://127.0.0.1:1"))
    line = next(line for line in log.read_text().splitlines() if "listenrs" in line)
    assert "listeners" in line.replace("listenrs", "")


def test_port_0_picks_a_free_one_and_logs_it(tmp_path, run_until_listening):
    _, url, _ = run_until_listening(properties(tmp_path))
    assert Rest(url).answer("GET", "/")["version"]


def test_the_environment_overrides_the_file(tmp_path, run_until_listening):
    port = free_port()
    environment = clean_environment(FRAMESPOOL_LISTENERS=f"http://127.0.0.1:{port}")
    _, url, _ = run_until_listening(properties(tmp_path), environment=environment)
    assert url == f"http://127.0.0.1:{port}"


def test_a_bad_value_from_the_environment_names_the_variable(tmp_path):
    answer = run("worker", properties(tmp_path), environment=clean_environment(FRAMESPOOL_LOG_LEVEL="loud"))
    assert answer.returncode == 1
    assert "FRAMESPOOL_LOG_LEVEL" in answer.stderr and "loud" in answer.stderr


def test_a_second_worker_on_the_same_data_is_refused_and_the_first_goes_on(tmp_path, run_until_listening):
    file = properties(tmp_path)
    first, url, _ = run_until_listening(file)
    second = run("worker", file)
    assert second.returncode == 1
    assert str(tmp_path / "data") in second.stderr and str(children_of(first.pid)[0]) in second.stderr
    assert Rest(url).is_healthy()


def test_a_taken_port_is_an_error_that_names_it(tmp_path, run_until_listening):
    _, url, _ = run_until_listening(properties(tmp_path))
    other = tmp_path / "other"
    other.mkdir()
    answer = run("worker", properties(other, listeners=url))
    assert answer.returncode == 1
    assert url.removeprefix("http://") in answer.stderr and "in use" in answer.stderr


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(tmp_path, run_until_listening, how):
    process, _, _ = run_until_listening(properties(tmp_path))
    process.send_signal(how)
    assert process.wait(60) == 0


def test_connector_files_on_the_command_line_are_created(tmp_path, run_until_listening):
    output = tmp_path / "records.txt"
    source = tmp_path / "source.json"
    source.write_text('{"name": "counter", "config": {"connector.class": "HeartbeatSource", "topic": "beats"}}')
    sink = tmp_path / "sink.properties"
    sink.write_text(f"name=lines\nconnector.class=LineFileSink\ntopics=beats\nfile={output}\n")
    _, url, _ = run_until_listening(properties(tmp_path, offset_flush_interval_ms=100), source, sink)
    wait_until("both are created", lambda: sorted(Rest(url).answer("GET", "/connectors")) == ["counter", "lines"])
    wait_until("records come out of the sink", lambda: output.exists() and output.read_text().count("\n") >= 2)


def test_a_connector_file_that_cannot_work_is_an_error_in_the_log_and_the_others_run(tmp_path, run_until_listening):
    bad = tmp_path / "bad.json"
    bad.write_text('{"name": "bad", "config": {"connector.class": "NoSuchSource"}}')
    good = tmp_path / "good.json"
    good.write_text('{"name": "good", "config": {"connector.class": "HeartbeatSource", "topic": "beats"}}')
    _, url, log = run_until_listening(properties(tmp_path), bad, good)
    Rest(url).wait_running("good")
    assert Rest(url).answer("GET", "/connectors") == ["good"]
    line = next(line for line in log.read_text().splitlines() if " E [" in line)
    assert "bad" in line and "NoSuchSource" in line


def test_a_connector_file_that_is_none_is_an_error_that_names_it(tmp_path):
    source = tmp_path / "source.json"
    source.write_text('{"name": ')
    answer = run("worker", properties(tmp_path), source)
    assert answer.returncode == 1
    assert str(source) in answer.stderr


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["lint", "/dev/null/none"]])
def test_a_command_whose_output_is_lost_says_so_and_fails(words):
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [BINARY, *words], stdout=full, stderr=subprocess.PIPE, timeout=60, env=clean_environment()
        )
    assert done.returncode == 1 and b"standard output cannot be written to" in done.stderr


def test_without_standard_streams_nothing_is_logged_into_the_data(tmp_path):
    port = free_port()
    file = properties(tmp_path, listeners=f"http://127.0.0.1:{port}")

    def close_them():
        die_with_parent()
        os.closerange(0, 3)

    process = subprocess.Popen([BINARY, "worker", file], env=clean_environment(), preexec_fn=close_them)
    try:
        wait_until("the worker answers", lambda: Rest(f"http://127.0.0.1:{port}").is_healthy())
        for each in [process.pid, *children_of(process.pid)]:
            streams = {os.readlink(f"/proc/{each}/fd/{number}") for number in range(3)}
            assert streams == {"/dev/null"}
    finally:
        process.terminate()
        assert process.wait(60) == 0
