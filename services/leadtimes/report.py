"""Writes lead times to files: JSON for programs, HTML for people."""

from dataclasses import asdict
from io import StringIO
from pathlib import Path
from typing import Any

import orjson

from models.domain.leadtimes import AFTERWARDS, RISEN
from models.domain.measured import Limits, Measured, summary
from models.domain.quiet import Quiet
from services.leadtimes import screen
from services.leadtimes.timeline import timelines
from services.terminal import Terminal

_WIDTH = 160

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<title>Lead times before violence</title>
<style>
{stylesheet}
body {{ color: {foreground}; background-color: {background}; font-family: sans-serif; }}
figure {{ margin: 1em 0; }}
svg {{ font-size: 12px; }}
.n {{ fill: #eeeeee; }}
.t {{ text-anchor: middle; font-size: 10px; }}
</style>
</head>
<body>
<h1>Lead times before violence</h1>
<p>What stood on the place itself: yellow watch, orange warning, red critical. The black line is
when the violence began, the dashed one when its first death was on record.</p>
TIMELINES
<h2>In hours</h2>
<pre style="font-family: 'DejaVu Sans Mono', Menlo, Consolas, monospace">{code}</pre>
</body>
</html>
"""


def write(folder: Path, measured: Measured, limits: Limits, version: str) -> list[Path]:
    """Write ``leadtimes.json`` and ``leadtimes.html`` to ``folder``; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    as_json, as_html = folder / "leadtimes.json", folder / "leadtimes.html"
    options = orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE
    as_json.write_bytes(orjson.dumps(content(measured, limits, version), option=options))
    page = Terminal(file=StringIO(), record=True, width=_WIDTH, force_terminal=True)
    screen.show(measured, limits, version, page, most=len(measured.warned))
    text = page.export_html(code_format=_PAGE)
    as_html.write_text(text.replace("TIMELINES", timelines(measured.warned, limits), 1))
    return [as_json, as_html]


def content(measured: Measured, limits: Limits, version: str) -> dict[str, Any]:
    """Return what is measured; times in UTC, leads in hours, shares from 0 to 1."""
    return {
        "model_version": version,
        "within_days": limits.within.total_seconds() / 86_400,
        "looked_after_hours": AFTERWARDS.total_seconds() / 3_600,
        "quiet_apart_days": limits.apart,
        "summary": [asdict(s) for s in summary([w.here for w in measured.warned])],
        "summary_border": [asdict(s) for s in summary([w.border for w in measured.warned])],
        "violent_days": [asdict(one) for one in measured.warned],
        "quiet_segment_days": [_quiet(q) for q in measured.quiet_segments],
        "quiet_border_days": [_quiet(q) for q in measured.quiet_borders],
        "undated": measured.undated,
    }


def _quiet(quiet: Quiet) -> dict[str, Any]:
    stood = {level.value: days for level, days in quiet.stood}
    share = {level.value: quiet.share(level) for level in RISEN}
    return {"by": quiet.by, "days": quiet.days, "stood": stood, "share": share}
