"""docs/: every command is run as it stands, every link leads somewhere, and what is generated is what the program says."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from harness.worker import BINARY, BUILD, ROOT, clean_environment

DOCS = ROOT / "docs"
INDEX = DOCS / "README.md"
PAGES = sorted(DOCS.rglob("*.md"))
QUICKSTART = DOCS / "quickstart.md"
KEYS = re.compile(r"(<!-- worker-keys:begin -->\n)(.*?)(<!-- worker-keys:end -->)", re.DOTALL)
BENCHES = re.compile(r"(<!-- bench:begin -->\n)(.*?)(<!-- bench:end -->)", re.DOTALL)
# Those of blocks that are no commands.
OTHERS = {"", "json", "properties", "nginx", "python", "text", "cpp", "yaml"}


@dataclass(frozen=True)
class Block:
    page: Path
    line: int
    text: str
    exempt: str  # why it is not run

    def script(self):
        return f"echo '--- {self.page.relative_to(ROOT)}:{self.line}' >&2\n{self.text}"


def blocks_of(page):
    """Its blocks of commands, in order."""
    found, exempt, language, begin, text = [], "", None, 0, []
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if language is None and line.startswith("```"):
            language, begin, text = line[3:].strip(), number, []
            assert language == "sh" or language in OTHERS, f"{page.name}:{number}: is `{language}` commands? Call it sh"
        elif line == "```":
            if language == "sh":
                found.append(Block(page, begin, "\n".join(text) + "\n", exempt))
            language, exempt = None, ""
        elif language is not None:
            text.append(line)
        else:
            assert not re.match(r"    (\$|#) ", line), f"{page.name}:{number}: a command that no test would run"
            note = re.fullmatch(r"<!-- not run: (.+) -->", line)
            exempt = note.group(1) if note else ("" if line else exempt)
    assert language is None, f"{page.name}: a block without an end"
    return found


WITH_COMMANDS = [page for page in PAGES if blocks_of(page)]

# Those that people come to with what the worker tells them.
BY_SYMPTOM = [DOCS / f"{page}.md" for page in ("operations", "restarts", "troubleshooting", "watching")]

# A network, processes and a program of its own: the commands name the ports and files that a reader has.
PROLOGUE = """
set -euo pipefail
ip link set lo up
curl() { command curl --fail-with-body --silent --show-error "$@"; }
"""


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    """Where the program is installed, with the SDK."""
    prefix = tmp_path_factory.mktemp("installed") / "usr"
    done = subprocess.run(
        ["cmake", "--install", BUILD, "--prefix", prefix], capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr
    return prefix


def run_in_a_world_of_its_own(script, folder, prefix):
    own = ["--map-root-user"] if os.getuid() else []
    return subprocess.run(
        [
            "timeout",
            "--kill-after=5",
            "240",
            "unshare",
            *own,
            "--net",
            "--mount",
            "--pid",
            "--fork",
            "--kill-child",
            "--mount-proc",
            "bash",
            "-c",
            script,
        ],
        cwd=folder,
        env=clean_environment(
            PATH=f"{prefix / 'bin'}:{os.environ['PATH']}", HOME=str(folder), CMAKE_PREFIX_PATH=str(prefix)
        ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize("page", BY_SYMPTOM, ids=lambda page: page.stem)
def test_what_a_page_names_is_something_that_the_worker_says(page):
    """Kinds, metrics, fields and keys, each as the code spells it."""
    sources = [file for top in ("host", "connectors", "docker") for file in (ROOT / top).rglob("*") if file.is_file()]
    said = "\n".join(file.read_text(errors="replace") for file in sources if file.suffix in {".cpp", ".h", ".yml"})
    names = set(re.findall(r"`([a-z0-9]+(?:[._-][a-z0-9]+)+)`", page.read_text()))
    assert len(names) > 2
    assert {name for name in names if name not in said} == set()


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=lambda page: str(page.relative_to(DOCS)))
def test_every_command_of_the_page_does_what_it_says(page, prefix, tmp_path):
    blocks = blocks_of(QUICKSTART) + (blocks_of(page) if page != QUICKSTART else [])
    script = PROLOGUE + "".join(block.script() for block in blocks if not block.exempt)
    done = run_in_a_world_of_its_own(script, tmp_path, prefix)
    logs = "".join(f"--- {log}:\n{log.read_text(errors='replace')[-4000:]}" for log in tmp_path.glob("*/*.log"))
    assert done.returncode == 0, f"{done.stderr[-4000:]}\n--- said:\n{done.stdout[-2000:]}\n{logs}"


def test_few_commands_are_not_run_and_each_says_why():
    exempt = [block for page in WITH_COMMANDS for block in blocks_of(page) if block.exempt]
    assert all(len(block.exempt) > 10 for block in exempt)
    assert len(exempt) <= 3, exempt


def test_the_quickstart_leaves_a_picture(prefix, tmp_path):
    script = PROLOGUE + "".join(block.script() for block in blocks_of(QUICKSTART))
    done = run_in_a_world_of_its_own(script, tmp_path, prefix)
    assert done.returncode == 0, done.stderr
    for name in ("now.jpg", "later.jpg"):
        assert (tmp_path / "framespool-trial" / name).read_bytes().startswith(b"\xff\xd8")


def without_code(text):
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))


def anchors_of(page):
    """As GitHub makes them."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def links_of(page):
    return re.findall(r"\]\(([^)\s]+)\)", without_code(page.read_text()))


def all_pages():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        return [ROOT / name for name in listed.stdout.split()]
    return [*PAGES, *ROOT.glob("*.md"), *ROOT.glob("connectors/*/README.md")]


def test_every_link_leads_somewhere():
    broken = []
    for page in all_pages():
        for link in links_of(page):
            path, _, anchor = link.partition("#")
            if re.match(r"[a-z]+:", link):
                continue
            target = (page.parent / path).resolve() if path else page
            if not target.exists():
                broken.append(f"{page.relative_to(ROOT)}: {link}")
            elif anchor and target.suffix == ".md" and anchor not in anchors_of(target):
                broken.append(f"{page.relative_to(ROOT)}: {link} (no such heading)")
    assert not broken, "\n".join(broken)


def test_the_index_leads_to_every_page():
    led = {(DOCS / link.partition("#")[0]).resolve() for link in links_of(INDEX)}
    missing = {page.name for page in DOCS.glob("*.md")} - {page.name for page in led} - {INDEX.name}
    assert not missing, missing


def keys_table():
    said = subprocess.run(
        [BINARY, "--help"], check=True, capture_output=True, text=True, timeout=60, env=clean_environment()
    ).stdout
    rows = re.findall(r"^  ([a-z.]+) \((.*)\)\n      (.+)$", said, re.MULTILINE)
    assert len(rows) > 20
    lines = [
        f"| `{key}` | {'' if default == 'none' else f'`{default}`'} | {meaning.replace('|', chr(92) + '|')} |\n"
        for key, default, meaning in rows
    ]
    return "| key | default | meaning |\n| --- | --- | --- |\n" + "".join(lines)


def check_generated(page, block, table):
    """What stands in the block of the page is the table. FRAMESPOOL_UPDATE=1 writes it."""
    text = page.read_text()
    assert block.search(text), f"{page.name} has no place for it"
    wanted = block.sub(lambda found: found.group(1) + table + found.group(3), text)
    if os.environ.get("FRAMESPOOL_UPDATE"):
        page.write_text(wanted)
    assert text == wanted or os.environ.get("FRAMESPOOL_UPDATE"), "run this test once with FRAMESPOOL_UPDATE=1"


def test_the_table_of_the_workers_keys_is_the_programs():
    check_generated(DOCS / "configuration.md", KEYS, keys_table())


def test_the_table_of_the_benches_is_that_of_a_run():
    printed = subprocess.run(
        [sys.executable, ROOT / "tests" / "bench" / "run.py", "--markdown", DOCS / "bench.json"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    check_generated(DOCS / "performance.md", BENCHES, printed)


def test_every_figure_has_a_bench_that_there_is():
    benches = {path.name for path in (ROOT / "tests" / "bench").rglob("*") if path.is_file()}
    sources = "".join(path.read_text() for path in (ROOT / "tests" / "bench").rglob("CMakeLists.txt"))
    for page in PAGES:
        for name in re.findall(r"\bbench_\w+", page.read_text()):
            assert name in sources or any(name in bench for bench in benches), f"{page.name}: there is no {name}"
