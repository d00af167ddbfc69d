"""Results, shown to people or to programs, as asked. What only one of the two needs is imported for that one."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.terminal import forms
from adapters.terminal.admin import put_result
from adapters.terminal.console import err, out, write_json
from bot.models import Answer, Check, Result, Status
from knowledge.models import Evidence, Report


def put_report(report: Report, *, dry_run: bool, json: bool) -> None:
    if json:
        return write_json(forms.report_form(report))
    from adapters.terminal.reports import show_report

    return show_report(report, dry_run=dry_run, to=out(), messages=err())


def put_answer(answer: Answer, *, ms: float, json: bool) -> None:
    if json:
        return write_json(forms.answer_form(answer, id=None, ms=ms))
    from adapters.terminal.answers import show_answer

    return show_answer(answer, to=out())


def put_evidence(evidence: Sequence[Evidence], *, json: bool) -> None:
    if json:
        return write_json({"evidence": forms.evidence_form(evidence)})
    from adapters.terminal.answers import show_results

    return show_results(evidence, to=out())


def put_status(status: Status, *, waiting: Result | None, json: bool) -> None:
    """`waiting` is what a bot at work says of itself, if there is one."""
    if json:
        return write_json(forms.status_form(status) | (waiting.data if waiting else {}))
    from adapters.terminal.reports import show_status

    show_status(status, to=out())
    return put_result(waiting, json=False) if waiting else None


def put_checks(checks: Sequence[Check], *, json: bool) -> None:
    if json:
        return write_json(forms.check_form(checks))
    from adapters.terminal.reports import show_checks

    return show_checks(checks, to=out())
