"""Judges what one viewer saw over many connections against what the topic holds."""

import re
from dataclasses import dataclass
from pathlib import Path

from harness.lateness import LATENESS


@dataclass(frozen=True)
class Span:
    seconds: float
    late: float  # for how much of it this machine was busy with other things

    def __str__(self):
        return f"{self.seconds * 1000:.0f} ms (a busy machine's: {self.late * 1000:.0f})"


def span(begin, end):
    return Span(end - begin, LATENESS.between(begin, end))


def longest(spans):
    """The one that went furthest beyond what the machine itself cost."""
    return max(spans, key=lambda span: span.seconds - span.late, default=Span(0, 0))


@dataclass(frozen=True)
class Report:
    frames: int  # different ones
    connections: int  # those that showed a frame
    repeated: list  # at each reconnect, a Span: how old, when the last connection broke, was what came again
    first_frame: list  # at each reconnect, a Span: from connected to the first whole frame

    def __str__(self):
        return (
            f"{self.frames} frames over {self.connections} connections; repeated at most {longest(self.repeated)}; "
            f"first frame after at most {longest(self.first_frame)}"
        )


def by_connection(seen, offsets):
    """[(seen, offset), …] of each connection that showed a frame."""
    connections = {}
    for frame in seen:
        assert frame.digest in offsets, "a viewer saw a frame that is not in the topic"
        connections.setdefault(frame.connection, []).append((frame, offsets[frame.digest]))
    return list(connections.values())


def judge(seen, offsets, first=0):
    """Asserts that no frame was lost: every connection goes on without a gap, at the latest where the last one ended."""
    connections = by_connection(seen, offsets)
    assert connections, "the viewer saw nothing"
    repeated, waits = [], []
    highest = first - 1
    for number, frames in enumerate(connections):
        shown = [offset for _, offset in frames]
        assert shown == list(range(shown[0], shown[0] + len(shown))), f"connection {number}: a gap or a jump in {shown}"
        assert shown[0] <= highest + 1, f"connection {number}: frames {highest + 1} to {shown[0] - 1} are lost"
        if number:
            waits.append(span(frames[0][0].connected_at, frames[0][0].at))
            before = connections[number - 1]
            # A frame is on the screen until the next one comes: the one that was there 250 ms ago begins what comes twice.
            again = [frame.at for frame, offset in before if offset > shown[0]]
            repeated.append(span(again[0], before[-1][0].at) if again else Span(0, 0))
        highest = max(highest, shown[-1])
    return Report(highest - first + 1, len(connections), repeated, waits)


def promised_seconds():
    """What README.md says: within how long the next picture is there, and how much comes twice at most."""
    readme = " ".join((Path(__file__).resolve().parents[3] / "README.md").read_text().split())
    wait = re.search(r"the next picture is there within (\d+) ms", readme).group(1)
    twice = re.search(r"at most the last (\d+) ms come twice", readme).group(1)
    return int(wait) / 1000, int(twice) / 1000


def assert_promises(report):
    wait, twice = promised_seconds()
    for name, promised, spans in (
        ("waited for a picture", wait, report.first_frame),
        ("came twice", twice, report.repeated),
    ):
        worst = longest(spans)
        assert worst.seconds - worst.late <= promised, f"promised: {promised} s; {name}: {worst}\n{report}"
