"""Judges what one viewer saw over many connections against what the topic holds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Report:
    frames: int                   # different ones
    connections: int              # those that showed a frame
    repeated_seconds: list        # at each reconnect: how old, when the last connection broke, was what came again
    first_frame_seconds: list     # at each reconnect: from connected to the first whole frame

    def __str__(self):
        return (f"{self.frames} frames over {self.connections} connections; repeated at most "
                f"{max(self.repeated_seconds, default=0) * 1000:.0f} ms; first frame after at most "
                f"{max(self.first_frame_seconds, default=0) * 1000:.0f} ms")


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
            waits.append(frames[0][0].at - frames[0][0].connected_at)
            before = connections[number - 1]
            again = [frame.at for frame, offset in before if offset >= shown[0]]
            repeated.append(before[-1][0].at - again[0] if again else 0.0)
        highest = max(highest, shown[-1])
    return Report(highest - first + 1, len(connections), repeated, waits)


# Room for a busy machine on top of what viewing.md promises.
SLACK_SECONDS = 0.15


def assert_promises(report):
    assert max(report.repeated_seconds, default=0) <= 0.25 + SLACK_SECONDS, report
    assert max(report.first_frame_seconds, default=0) <= 0.5 + SLACK_SECONDS, report
