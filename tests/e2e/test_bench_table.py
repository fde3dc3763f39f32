"""./dev bench's table: what benches report stands in it and in its JSON, and what could not be measured is said."""

import json
import os
import subprocess
import sys

from harness.worker import ROOT

PAIR = {"what": "a thing", "beside": "another", "unit": "MB/s", "ours": 30, "theirs": 20, "ratio": 1.5, "aim": 2}


def bench(folder, name, script):
    program = folder / "bench" / f"bench_{name}"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def run(folder, *arguments, path=None):
    result = folder / "result.json"
    ran = subprocess.run(
        [sys.executable, ROOT / "tests" / "bench" / "run.py", "--json", result, *arguments],
        capture_output=True,
        text=True,
        env=os.environ | {"FRAMESPOOL_BUILD": str(folder)} | ({"PATH": path} if path else {}),
        timeout=60,
    )
    return ran, json.loads(result.read_text()) if result.exists() else None


def reports(pair):
    return f"echo progress; echo '{json.dumps(pair)}' >> $BENCH_REPORT"


def test_what_a_bench_reports_stands_in_the_table_and_in_the_json(tmp_path):
    bench(tmp_path, "broker", reports(PAIR))
    ran, result = run(tmp_path, "broker")
    assert ran.returncode == 0, ran.stderr
    assert "==> bench broker, 1 of 1" in ran.stdout and "progress" in ran.stdout
    line = next(line for line in ran.stdout.splitlines() if line.startswith("a thing"))
    assert line.split() == "a thing 30 MB/s another 20 MB/s 1.5× ≥ 2× bench_broker".split()
    assert result["pairs"] == [PAIR | {"bench": "bench_broker"}]
    assert result["not_measured"] == [] and result["machine"]["cores"] > 0


def test_a_bench_that_fails_is_said_and_fails_the_run_but_not_the_others(tmp_path):
    bench(tmp_path, "broker", "exit 3")
    bench(tmp_path, "chain", reports(PAIR))
    ran, result = run(tmp_path, "broker", "chain")
    assert ran.returncode == 1
    assert "not measured: bench_broker: it ended with 3" in ran.stdout
    assert [pair["bench"] for pair in result["pairs"]] == ["bench_chain"]


def test_a_program_that_is_missing_is_named_with_its_package(tmp_path):
    bench(tmp_path, "motion", reports(PAIR))
    ran, result = run(tmp_path, "motion", path=str(tmp_path))
    assert ran.returncode == 0
    assert "no motion" in ran.stdout and "apt-get install motion" in ran.stdout
    assert result["pairs"] == [] and result["not_measured"][0]["bench"] == "bench_motion"


def test_without_names_it_says_what_is_not_built_and_what_compares_nothing(tmp_path):
    bench(tmp_path, "broker", reports(PAIR))
    bench(tmp_path, "jump", "echo never run; exit 1")
    ran, result = run(tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert "never run" not in ran.stdout
    assert "run by their names: jump" in ran.stdout
    assert {"bench": "bench_kafka", "why": "it is not built"} in result["not_measured"]


def test_a_bench_that_there_is_not_is_refused(tmp_path):
    bench(tmp_path, "broker", reports(PAIR))
    ran, result = run(tmp_path, "brokers")
    assert ran.returncode == 1 and "there is no bench brokers; there are: broker" in ran.stderr
    assert result is None


def test_a_quick_run_gives_small_arguments_and_says_so(tmp_path):
    bench(tmp_path, "chain", f'echo "asked for $*"; {reports(PAIR)}')
    ran, result = run(tmp_path, "--quick", "chain")
    assert "asked for 50000" in ran.stdout
    assert result["quick"] and "no figures to go by" in ran.stdout
