"""`framespool topic` says of a data directory, without a worker, what a worker has put into it."""

import base64
import json
import subprocess

import pytest
from harness import footage
from harness.waiting import wait_until
from harness.worker import BAD_PLUGINS, BINARY, PLUGINS, clean_environment

LINES = 40
FRAMES = 30


def topic(*words, code=0, text=True):
    done = subprocess.run(
        [BINARY, "topic", *map(str, words)],
        capture_output=True,
        text=text,
        timeout=120,
        check=False,
        env=clean_environment(),
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


def records_of(*words):
    return [json.loads(line) for line in topic("cat", *words).stdout.splitlines()]


@pytest.fixture
def data(new_worker, tmp_path, video_source):
    """Of a worker that has stopped: a topic of text and one of pictures."""
    worker = new_worker().start()
    clock = {"connector.class": "HeartbeatSource", "topic": "clock", "rate": "1000", "count": str(LINES)}
    worker.rest.run("clock", clock)
    worker.rest.run("video", video_source(footage.pattern(frames=FRAMES), "frames"))
    wait_until("all records are there", lambda: ends(worker) == {"clock": LINES, "frames": FRAMES})
    worker.stop()
    return worker.data


def ends(worker):
    return {each["name"]: each["partitions"][0]["end_offset"] for each in worker.rest.answer("GET", "/topics")}


def test_lists_topics_with_what_they_hold(data):
    lines = [line.split("\t") for line in topic("ls", data).stdout.splitlines()]
    assert [line[:2] for line in lines if len(line) == 3] == [
        ["clock-0", f"0 to {LINES}"],
        ["frames-0", f"0 to {FRAMES}"],
    ]


def test_prints_records_as_json(data):
    records = records_of(data, "clock")
    assert [record["offset"] for record in records] == list(range(LINES))
    assert [record["value"] for record in records] == [str(number) for number in range(LINES)]
    assert all(record["topic"] == "clock" and record["timestamp"] > 0 for record in records)
    (last,) = records_of(data, "frames", "--from", FRAMES - 1, "--partition", 0, "--records", 5)
    assert base64.b64decode(last["value_base64"]).startswith(b"\xff\xd8\xff")
    assert {header["key"]: header["value"] for header in last["headers"]}["framespool.frame"] == str(FRAMES - 1)


def test_prints_values_as_they_are(data):
    raw = topic("cat", data, "frames", "--raw", text=False).stdout
    values = [base64.b64decode(record["value_base64"]) for record in records_of(data, "frames")]
    assert raw == b"".join(values)


def test_verifies_that_all_can_be_read_and_names_what_is_lost(data):
    assert topic("verify", data).stdout.count("all good") == 2
    (log,) = (data / "topics" / "frames" / "0").glob("*.log")
    content = bytearray(log.read_bytes())
    value = base64.b64decode(records_of(data, "frames")[7]["value_base64"])
    content[content.index(value) + len(value) // 2] ^= 1
    log.write_bytes(content)
    said = topic("verify", data, code=1).stdout
    assert "frames-0: offsets 7 to 7 are lost\n" in said
    assert f"frames-0: {FRAMES - 1} records" in said and ", 1 lost\n" in said
    assert f"clock-0: {LINES} records" in said and said.count("all good") == 1
    assert [record["offset"] for record in records_of(data, "frames", "--from", 6, "--records", 2)] == [6, 8]


@pytest.fixture
def empty(tmp_path):
    """Another data directory, without a topic."""
    (tmp_path / "other" / "topics").mkdir(parents=True)
    return tmp_path / "other"


def without_place(records):
    return [record | {"topic": "", "offset": 0} for record in records]


def test_takes_a_topic_to_another_data_directory(data, empty, new_worker, tmp_path):
    file = tmp_path / "frames.topic"
    assert f"{FRAMES} records of frames" in topic("export", data, "frames", file).stdout
    topic("import", empty, file)
    topic("import", empty, file, "again")
    before = records_of(data, "frames")
    assert records_of(empty, "frames") == before
    assert without_place(records_of(empty, "again")) == without_place(before)
    assert topic("verify", empty).stdout.count("all good") == 2
    assert "already" in topic("import", empty, file, code=1).stderr
    assert "already" in topic("export", data, "frames", file, code=1).stderr
    # And a worker takes it for one of its own.
    worker = new_worker(data_dir=str(empty)).start()
    assert ends(worker) == {"frames": FRAMES, "again": FRAMES}


def test_takes_what_is_no_text_null_and_empty(new_worker, empty, tmp_path):
    worker = new_worker(plugin_path=f"{PLUGINS},{BAD_PLUGINS}").start()
    worker.rest.put("odd", {"connector.class": "OddRecordsSource", "topic": "odd", "picture": "ffd8"})
    wait_until("they are there", lambda: ends(worker).get("odd", 0) > 3)
    worker.stop()
    file = tmp_path / "odd.topic"
    topic("export", worker.data, "odd", file)
    topic("import", empty, file)
    assert records_of(empty, "odd") == records_of(worker.data, "odd")


def test_imports_nothing_of_a_file_that_is_not_whole(data, empty, tmp_path):
    file = tmp_path / "whole.topic"
    topic("export", data, "frames", file)
    whole = file.read_bytes()
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 1
    (tmp_path / "bad.topic").write_bytes(b"")
    for content in (
        b"",
        b"[1]\n",
        whole[:1000],
        whole[:-1],
        whole[: whole.rindex(b'{"records"')],
        damaged,
        whole + b"\n",
    ):
        (tmp_path / "bad.topic").write_bytes(content)
        said = topic("import", empty, tmp_path / "bad.topic", code=1).stderr
        assert "bad.topic" in said and said.count("\n") == 1
        assert topic("ls", empty).stdout == ""
    assert "No such file" in topic("import", empty, tmp_path / "none.topic", code=1).stderr


def test_exports_what_can_be_read_and_says_how_much_cannot(data, empty, tmp_path):
    (log,) = (data / "topics" / "frames" / "0").glob("*.log")
    content = bytearray(log.read_bytes())
    value = base64.b64decode(records_of(data, "frames")[7]["value_base64"])
    content[content.index(value) + len(value) // 2] ^= 1
    log.write_bytes(content)
    file = tmp_path / "rest.topic"
    assert "1 of its records cannot be read" in topic("export", data, "frames", file, code=1).stderr
    topic("import", empty, file)
    assert len(records_of(empty, "frames")) == FRAMES - 1


def test_leaves_the_data_of_a_running_worker_alone(worker):
    assert "in use by another worker" in topic("ls", worker.data, code=1).stderr


@pytest.mark.parametrize(
    ("words", "code", "found"),
    [
        ((), 2, "ls, cat, export, import, verify or compact"),
        (("export", ".", "t"), 2, "wants a file"),
        (("import", "."), 2, "wants a file"),
        (("copy", "."), 2, "no command copy"),
        (("ls",), 2, "a worker's data.dir"),
        (("ls", ".", "more"), 2, "takes no more"),
        (("cat", "."), 2, "wants a topic"),
        (("cat", ".", "t", "--from"), 2, "a number"),
        (("cat", ".", "t", "--from", "-1"), 2, "at least 0"),
        (("cat", ".", "t", "--loud"), 2, "no option --loud"),
        (("ls", "/nowhere"), 1, "no worker's data.dir"),
        (("compact", "."), 2, "a topic to compact"),
        (("compact", ".", "--dry-run"), 2, "a topic to compact"),
        (("compact", ".", "t", "--delete-retention-ms", "-1"), 2, "at least 0"),
        (("compact", ".", "t", "--all"), 2, "no option --all"),
        (("compact", "/nowhere", "t"), 1, "no worker's data.dir"),
    ],
)
def test_words_that_cannot_be_are_answered_in_one_line(words, code, found):
    done = topic(*words, code=code)
    assert found in done.stderr and done.stderr.count("\n") == 1


def test_a_topic_or_a_partition_that_there_is_not_is_named(data):
    assert "no topic nothing" in topic("cat", data, "nothing", code=1).stderr
    assert "no topic nothing" in topic("verify", data, "nothing", code=1).stderr
    assert "no partition 3, only 0 to 0" in topic("cat", data, "clock", "--partition", "3", code=1).stderr


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def topic_file(file, name, records, **config):
    """As schemas/topic-file.md has it, of (key, value)."""
    content = json.dumps({"framespool_topic": 1, "topic": name, "partitions": 1, "config": config}).encode() + b"\n"
    for offset, (key, value) in enumerate(records):
        sizes = {"key": key and len(key), "headers": [], "value": None if value is None else len(value)}
        place = {"partition": 0, "offset": offset, "timestamp": 1_700_000_000_000 + offset, "sync_point": "each"}
        content += json.dumps(place | sizes).encode() + b"\n" + (key or b"") + (value or b"") + b"\n"
    content += json.dumps({"records": len(records), "crc32c": crc32c(content)}).encode() + b"\n"
    file.write_bytes(content)
    return file


def test_compacts_a_topic_to_the_newest_record_of_each_key(empty, new_worker, tmp_path):
    name = "odd._-" + "n" * 240
    records = [(b"door-%d" % (number % 3), b"%d" % number * 50) for number in range(120)]
    records += [(b"door-0", None), (None, b"no key"), (b"\xff", b"end")]
    topic("import", empty, topic_file(tmp_path / "doors.topic", name, records, **{"segment.bytes": "4096"}))
    before = {record["offset"]: record for record in records_of(empty, name)}
    would = topic("compact", empty, name, "--dry-run").stdout
    assert would == f"{name}-0: 5 of 123 records would stay, 1 of them tombstones, 1 of them without a key\n"
    assert len(records_of(empty, name)) == 123
    said = topic("compact", empty, name).stdout
    assert said.startswith(f"{name}-0: 5 of 123 records stay, ") and " bytes saved\n" in said
    left = [before[offset] for offset in (118, 119, 120, 121, 122)]
    assert records_of(empty, name) == left
    assert topic("verify", empty).stdout == f"{name}-0: 5 records, 309 bytes of values, all good\n"
    # Again there is nothing to do, and a day later the tombstone goes.
    assert "; 0 of" in topic("compact", empty, name).stdout
    assert "4 of 5 records stay" in topic("compact", empty, name, "--delete-retention-ms", 0).stdout
    left.pop(2)
    assert records_of(empty, name) == left
    assert topic("verify", empty).stdout.count("all good") == 1
    assert "4 records of" in topic("export", empty, name, tmp_path / "left.topic").stdout
    # And a worker reads it, without missing anything, and goes on behind it.
    worker = new_worker(data_dir=str(empty)).start()
    answer = worker.rest.answer("GET", f"/topics/{name}/records?offset=0&limit=10")
    assert [record["offset"] for record in answer["records"]] == [118, 119, 121, 122]
    assert "data-lost" not in {problem["kind"] for problem in worker.rest.answer("GET", "/health")["problems"]}
    assert ends(worker)[name] == 123
    assert "in use by another worker" in topic("compact", empty, name, code=1).stderr
