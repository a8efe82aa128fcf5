"""The page that shows what arrived; works without JavaScript."""

from __future__ import annotations

import datetime
import json
from html import escape

from shimgen import schema
from shimgen.collector.keep.store import Report, Run
from shimgen.spec import Spec

REFRESH = 5  # seconds
RUNS = 200

# No script, no request to anybody, no frame around it.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)

_STYLE = """\
:root { color-scheme: light dark; --ink: #1d2430; --paper: #fff; --soft: #5b6472;
  --line: #d9dee6; --good: #17693a; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e4e8ee; --paper: #14181f; --soft: #9aa4b2; --line: #303846;
    --good: #6fce93; --bad: #ff8f85; }
}
body { background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui,
  sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1rem; margin: 0; }
p, time { color: var(--soft); }
article { border-top: 1px solid var(--line); padding: 1rem 0; }
h2, dd { overflow-wrap: anywhere; }
h3 { font-size: .95rem; font-weight: 600; margin: .75rem 0 .25rem; }
dl { display: grid; gap: 0 1rem; grid-template-columns: max-content 1fr; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; }
.completed { color: var(--good); } .failed { color: var(--bad); }
"""


def render(spec: Spec, runs: list[Run]) -> str:
    """Return the whole page; `runs` in the order in which they are shown."""
    title = f"Reports of {escape(spec.project.title)}"
    body = "\n".join(_run(spec, run) for run in runs) or "<p>Nothing arrived yet.</p>"
    return f"""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="{REFRESH}">
<title>{title}</title>
<style>
{_STYLE}</style>
</head>
<body>
<h1>{title}</h1>
<p>Newest first. This page reloads itself every {REFRESH} seconds.</p>
<main>
{body}
</main>
</body>
</html>
"""


def _run(spec: Spec, run: Run) -> str:
    verdict = _verdict(spec, run)
    reports = "\n".join(map(_report, reversed(run.reports)))
    return (
        f"<article>\n<h2>{escape(run.random_id) or '(no identifier)'} "
        f'<span class="{verdict}">{verdict}</span></h2>\n{reports}\n</article>'
    )


def _verdict(spec: Spec, run: Run) -> str:
    """How the run ended: what its newest outcome says, "open" where none came."""
    codes = {
        event.function: (field.key, field.max_length or spec.limits.max_length)
        for event in spec.events
        for field in event.fields
        if field.outcome == "status"
    }
    for report in reversed(run.reports):
        if report.event in codes:
            key, length = codes[report.event]
            done = json.loads(report.payload).get(key) == schema.STATUSES[0][:length]
            return "completed" if done else "failed"
    return "open"


def _report(report: Report) -> str:
    when = datetime.datetime.fromtimestamp(report.received, datetime.UTC)
    rows = "".join(
        f"<dt>{escape(key)}</dt><dd>{escape(_shown(value))}</dd>\n"
        for key, value in json.loads(report.payload).items()
    )
    return (
        f"<h3>{escape(report.event)} "
        f"<time>{when:%Y-%m-%d %H:%M:%S} UTC</time></h3>\n<dl>\n{rows}</dl>"
    )


def _shown(value: object) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value)
