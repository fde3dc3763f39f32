"""No sleep decides a test: what a test waits for it looks for until a deadline (tests/fakes/eventually.h,
harness/waiting.py, Playwright's expect). A sleep that is none of these says in the same line what it is:
`decides nothing: …`."""

import re
import sys
from pathlib import Path

HELPERS = {"tests/fakes/eventually.h", "tests/e2e/harness/waiting.py", "tests/e2e/harness/lateness.py"}
FOLDERS = ["tests", "connectors", "host", "admin-ui/e2e", "admin-ui/src"]
SKIPPED = {"bench", "node_modules", "waits"}  # benches measure; this folder speaks of sleeps

SLEEPS = {
    "cpp": r"\bsleep_(for|until)\b|\bu?sleep\s*\(|\b(clock_)?nanosleep\s*\(|\bpoll\s*\(\s*(nullptr|NULL|0)\b"
    r"|\[\]\s*\{\s*return false;\s*\}\s*\)",
    "py": r"\b(time|asyncio)\.sleep\s*\(|\bwait_for_timeout\s*\(",
    "ts": r"\bsetTimeout\s*\(|\bwaitForTimeout\s*\(|['\"]networkidle['\"]",
    "sh": r"\bsleep\s+(\$|[1-9])",  # shorter ones are the steps of a loop
}
SLEEPS["h"] = SLEEPS["cpp"]
REASON = "decides nothing: "


def is_test(path):
    """Whether a file of connectors, host or the page's sources belongs to the tests."""
    return {"tests", "e2e"} & set(path.parts) or re.search(r"[_.]test\.\w+$", path.name)


def deciding(kind, text):
    """The numbers of the lines of `text` that sleep and do not say why that decides nothing."""
    return [
        number
        for number, line in enumerate(text.splitlines(), 1)
        if re.search(SLEEPS[kind], line) and REASON not in line
    ]


def check_of_the_check():
    sleeps = {
        "cpp": "std::this_thread::sleep_for(5ms);",
        "h": "::poll(nullptr, 0, 2);",
        "py": "    time.sleep(1)",
        "ts": "await page.waitForTimeout(500);",
        "sh": "sleep 2",
    }
    for kind, line in sleeps.items():
        assert deciding(kind, line) == [1], f"not found: {line}"
        assert deciding(kind, f"{line}  // {REASON}a source at work") == [], f"found in spite of its reason: {line}"
    assert deciding("sh", "until [ -e port ]; do sleep 0.02; done") == []


def main(root):
    check_of_the_check()
    found, looked_at = [], 0
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            name = path.relative_to(root)
            kind = path.suffix[1:]
            if kind not in SLEEPS or SKIPPED & set(name.parts) or str(name) in HELPERS or not is_test(name):
                continue
            looked_at += 1
            found += [f"{name}:{line}" for line in deciding(kind, path.read_text())]
    assert looked_at > 150, f"only {looked_at} files of tests were found below {root}"
    if found:
        sys.exit(
            "wanted no sleep that decides a test, but found some; wait for what the test needs with a deadline, or "
            f"say at the end of the line why it `{REASON}…`:\n" + "\n".join(found)
        )
    print(f"{looked_at} files")


main(Path(sys.argv[1]))
