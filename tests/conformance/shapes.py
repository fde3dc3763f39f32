"""What must be equal of two answers: their structure, and the words that clients compare with words of their own."""

# Their values count, not only their types: clients switch on them.
WORDS = {"state", "type", "error_code", "importance", "width", "task", "required"}
# Objects whose keys are data: a config, a source's own partition and offset, Connect's loggers.
MAPS = {"config", "partition", "offset"}


def shape(value, key=None):
    """{path: the set of types, or words, found there}; lists are merged into one item."""
    found = {}
    _collect(value, "", key, found)
    return found


def _collect(value, path, key, found):
    if isinstance(value, dict):
        found.setdefault(path, set()).add("object")
        for name, item in value.items():
            _collect(item, f"{path}.{'*' if key in MAPS else name}", None if key in MAPS else name, found)
    elif isinstance(value, list):
        found.setdefault(path, set()).add("list")
        for item in value:
            _collect(item, path + "[]", key, found)
    elif key in WORDS:
        found.setdefault(path, set()).add(repr(value))
    else:
        found.setdefault(path, set()).add("null" if value is None else type(value).__name__)


def unlike(original, ours):
    """Where `ours` has a path the original has not, lacks one, or has something there that the original never has."""
    lines = []
    for path in sorted(original.keys() | ours.keys()):
        if path not in ours:
            lines.append(f"{path or 'body'}: is missing; Connect has {_text(original[path])}")
        elif path not in original:
            lines.append(f"{path or 'body'}: {_text(ours[path])} is not in Connect's answer")
        elif not ours[path] <= original[path]:
            lines.append(f"{path or 'body'}: {_text(ours[path])}; Connect has {_text(original[path])}")
    return lines


def _text(kinds):
    return " or ".join(sorted(kinds))
