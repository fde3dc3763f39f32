"""Where Framespool answers unlike Kafka Connect 4.3.1, and why. A difference that is none any more fails the test too."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    reason: str
    steps: str  # a regular expression for the whole name of a step
    lines: str  # and for the whole line that tells the difference
    always: bool = True  # False: seen only when Kafka Connect is caught halfway

    def covers(self, step, line):
        return bool(re.fullmatch(self.steps, step) and re.fullmatch(self.lines, line))


DIFFERENCES = [
    Difference(
        "Deliberate: a client's mistake is 400 where Connect answers 500.", ".*", r"status: 400; Connect has 500"
    ),
    Difference(
        "Deliberate: a plugin that there is not is 404 also on validate, where Connect answers 500.",
        "PUT validate: unknown plugin",
        r"status: 404; Connect has 500",
    ),
    Difference(
        "Connect sends the JSON of an error of its router without a Content-Type.",
        ".*",
        r"media_type: 'application/json'; Connect has ''",
    ),
    Difference(
        "Connect's web server answers in HTML what its REST layer does not see; here every error is JSON.",
        ".*",
        r"(media_type: 'application/json'; Connect has 'text/html'|body: object; Connect has bytes"
        r"|\.(error_code|message): .* is not in Connect's answer)",
    ),
    Difference(
        "A 405 says in Allow what the path takes, as RFC 9110 demands; Connect's does not.",
        "(POST|PUT|PATCH|DELETE|GET|HEAD) .*",
        r"allowed: .*; Connect has set\(\)",
    ),
    Difference(
        "Extension: what a task measures stands in its status.",
        ".*",
        r".*\.metrics(\..*)?: .* is not in Connect's answer",
    ),
    Difference(
        "Extension: what is wrong stands in problems, for programs.",
        ".*",
        r"(.*)?\.problems(\[\].*)?: .* is not in Connect's answer",
    ),
    Difference(
        "Extension: what an operator should see to stands in health.",
        "GET /health",
        r"\.problems.* is not in Connect's answer",
    ),
    Difference(
        "Extension: config providers are plugins as the others, and are listed with them.",
        "GET /connector-plugins\\?connectorsOnly=false",
        r"\[\]\.type: 'configprovider' or .*",
    ),
    Difference(
        "A connector has its task as soon as it is created or paused; Connect makes tasks later, and none while it is PAUSED.",
        ".*",
        r".*\.tasks\[\](\.(connector|task|id|state|version|worker_id))?: .* is not in Connect's answer",
    ),
    Difference(
        "PATCH cannot rename: Connect stores a config whose name is not the connector's.",
        "PATCH config: other name",
        r"status: 400; Connect has 200",
    ),
    Difference(
        "Connect 4 has removed tasks-config; it is served here for the clients that still ask.",
        ".*tasks-config.*",
        r".*",
    ),
    Difference(
        "Extension: PUT /connectors applies a whole set.",
        "(OPTIONS|PUT|PATCH|DELETE) /connectors(: not taken)?",
        r"(allowed: .*'PUT'.*|status: 400; Connect has 405)",
    ),
    Difference(
        "POST …/tasks is how Connect's workers tell each other the configs of tasks; this worker is alone.",
        "OPTIONS /connectors/source/tasks",
        r"allowed: .*; Connect has .*'POST'.*",
    ),
    Difference(
        "Names with a % or a / can be addressed; Connect's web server refuses their encoding.",
        "(PUT config|GET connector|DELETE): (percent|percent, posted|encoded slash)",
        r"(status: (201|200|204|404); Connect has 400|location: .*)",
    ),
    Difference(
        "A field may be a DOUBLE, one of Kafka's types that Connect's file connectors do not use.",
        ".*",
        r".*\.type: .*'DOUBLE'.*",
    ),
    Difference(
        "A level that the worker's own config gave has a time too.",
        "GET logger: root|GET /admin/loggers",
        r".*\.last_modified: int; Connect has null",
    ),
    Difference(
        "PUT answers all loggers that have the level now; Connect leaves out those that had it before.",
        r"PUT logger\?scope=(planet)?",
        r"\[\]: str is not in Connect's answer",
    ),
    Difference(
        "A change is done when it is answered; Connect's herder and its topics may still be on their way to it.",
        "GET (task )?status: .*|GET /connectors.*",
        r".*(state: 'RUNNING'; Connect has 'UNASSIGNED'|version: str; Connect has null)",
        always=False,
    ),
    Difference(
        "An offset that is reset is gone at once; Connect may show it as null for a moment.",
        "GET offsets: (source|sink), (one )?reset",
        r"\.offsets\[\].*: is missing; Connect has .*",
        always=False,
    ),
]
