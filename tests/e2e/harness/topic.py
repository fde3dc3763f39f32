"""What a topic really holds, read record by record through a sink's GET /frames/{offset}."""

import itertools
from dataclasses import dataclass

import requests

from harness.mjpeg import digest


@dataclass(frozen=True)
class Record:
    offset: int
    digest: str
    content_type: str
    frame: int
    size: int


class Topic:
    def __init__(self, sink_url):
        self.url = sink_url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False

    def get(self, offset):
        return self._session.get(f"{self.url}/frames/{offset}", timeout=60)

    def has(self, offset):
        """Also while the sink is not up yet: then it has not."""
        try:
            return self.get(offset).status_code == 200
        except requests.ConnectionError:
            return False

    def end(self):
        """The offset behind the last record, as far as the sink knows."""
        return self._session.get(f"{self.url}/status", timeout=60).json()["partitions"][0]["end_offset"]

    def records(self):
        """From offset 0 to the end. The marks of Kafka's transactions take offsets too, and are no records."""
        records = []
        for offset in itertools.count():
            answer = self.get(offset)
            if answer.status_code == 404:
                if offset >= self.end():
                    return records
                continue
            assert answer.status_code == 200, f"/frames/{offset}: {answer.status_code} {answer.text}"
            records.append(
                Record(
                    offset,
                    digest(answer.content),
                    answer.headers["content-type"],
                    int(answer.headers["x-framespool-frame"]),
                    len(answer.content),
                )
            )


def offsets_by_digest(records):
    """The place of each frame in the topic, counted without the marks of Kafka's transactions. Every frame of a test's video
    must be its own, or what a viewer saw could not be told apart."""
    offsets = {record.digest: place for place, record in enumerate(records)}
    assert len(offsets) == len(records), f"{len(records) - len(offsets)} frames of the topic are in it twice"
    return offsets
