"""The table of a run's pairs, for a terminal and for docs/performance.md. A ratio says how many times better ours is; below 1
it is worse."""

_HEAD = ("ours", "", "beside", "", "ratio", "aim", "bench")


def _figure(value):
    """Three digits that count."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _row(pair):
    return (
        pair["what"],
        f"{_figure(pair['ours'])} {pair['unit']}",
        pair["beside"],
        f"{_figure(pair['theirs'])} {pair['unit']}",
        f"{_figure(pair['ratio'])}×",
        f"≥ {_figure(pair['aim'])}×" if pair["aim"] else "",
        pair["bench"],
    )


def _where(result):
    machine = result["machine"]
    return (
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB, {machine['system']}, "
        f"commit {result['commit'][:12]}, {result['time']}"
    )


_QUICK = "Of ./dev bench --quick: small runs that show that each pair works. They are no figures to go by."


def text(result):
    rows = [_HEAD, *map(_row, result["pairs"])]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    right = {1, 3, 4, 5}
    lines = [
        "  ".join(cell.rjust(width) if i in right else cell.ljust(width) for i, (cell, width) in enumerate(zip(row, widths, strict=True))).rstrip()
        for row in rows
    ]  # fmt: skip
    lines += [f"not measured: {each['bench']}: {each['why']}" for each in result["not_measured"]]
    lines.append(_where(result))
    if result["quick"]:
        lines.append(_QUICK)
    return "\n".join(lines)


def markdown(result):
    rows = [_HEAD, ("---", "---:", "---", "---:", "---:", "---:", "---")]
    rows += [(*row[:-1], f"`{row[-1]}`") for row in map(_row, result["pairs"])]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    lines += [""] + [f"Not measured: `{each['bench']}`: {each['why']}." for each in result["not_measured"]]
    lines.append(f"Measured on {_where(result)}.")
    if result["quick"]:
        lines.append(_QUICK)
    return "\n".join(lines) + "\n"
