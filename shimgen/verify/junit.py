"""The findings as a JUnit report, the form that CI systems show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

from shimgen.errors import ShimgenError, reason

from .checks import Finding


def write(path: Path, results: Mapping[Path, Sequence[Finding]]) -> None:
    """Write the findings of each file to `path`; raises ShimgenError if it cannot."""
    root = ElementTree.Element("testsuites")
    for file, findings in results.items():
        failed = sum(not finding.passed for finding in findings)
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=str(file),
            tests=str(len(findings)),
            failures=str(failed),
        )
        for finding in findings:
            case = ElementTree.SubElement(
                suite, "testcase", classname=finding.check, name=_xml(finding.name)
            )
            if not finding.passed:
                message = _xml(finding.detail[0])
                failure = ElementTree.SubElement(case, "failure", message=message)
                failure.text = _xml("\n".join(finding.detail))
    try:
        ElementTree.ElementTree(root).write(path, "utf-8", xml_declaration=True)
    except OSError as error:
        raise ShimgenError(
            f"{path}: cannot be written ({reason(error)}); name another file"
        ) from error


def _xml(value: str) -> str:
    """Replace what XML cannot hold."""
    return "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in value)
