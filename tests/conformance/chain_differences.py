"""Where records come out of a chain unlike Kafka Connect 4.3.1's, and why. A difference that is none any more fails the test."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    reason: str
    chains: str  # a regular expression for the whole name of a chain (chains.py)
    records: str  # and for the whole name of a record (chain_records.py)
    lines: str  # and for the whole line that tells the difference

    def covers(self, chain, record, line):
        return all(
            re.fullmatch(pattern, text, re.DOTALL)
            for pattern, text in ((self.chains, chain), (self.records, record), (self.lines, line))
        )


DIFFERENCES = []
