"""schemathesis makes requests of every kind from the worker's own description, and holds the answers to it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from harness.worker import clean_environment

SCHEMATHESIS = Path(sys.executable).parent / "schemathesis"
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
)

# Names it makes up find nothing, so a second run asks after what is there, and deletes it at the very end only.
REAL_NAMES = """
[parameters]
"path.connector" = "beat"
"path.plugin" = "HeartbeatSource"
"path.topic" = "beats"
"path.task" = 0
"""


@pytest.mark.parametrize(
    "settings, more",
    [("", []), (REAL_NAMES, ["--exclude-operation-id", "deleteConnector"])],
    ids=["invented-names", "real-names"],
)
def test_no_answer_is_a_server_error_or_undocumented(worker, tmp_path, settings, more):
    worker.rest.run("beat", {"connector.class": "HeartbeatSource", "topic": "beats", "rate": "20"})
    (tmp_path / "schemathesis.toml").write_text(settings)
    ran = subprocess.run(
        [
            SCHEMATHESIS,
            "run",
            worker.rest.url + "/openapi.yaml",
            "--url",
            worker.rest.url,
            "--checks",
            ",".join(CHECKS),
            "--max-examples",
            "20",
            "--generation-deterministic",
            "--phases",
            "examples,coverage,fuzzing",
            "--no-color",
            "--suppress-health-check",
            "all",
            "--request-timeout",
            "20",
            "--max-failures",
            "20",
            *more,
        ],
        cwd=tmp_path,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=500,
    )
    assert ran.returncode == 0, ran.stdout[-12000:]
    generated, passed = map(int, re.search(r"(\d+) generated, (\d+) passed", ran.stdout).groups())
    assert generated == passed, ran.stdout[-4000:]
    assert generated > 500, ran.stdout[-4000:]
    assert worker.rest.is_healthy()
