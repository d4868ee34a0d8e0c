"""`make safety-case`: docs/clinical-safety-case.md from docs/hazard-log.md and docs/hazards.yml.

The form is that of the NHS's DCB0129: each hazard with cause, effect, severity and likelihood before
and after its controls, the tests that prove them, and what is left.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from scripts.train import ROOT

LOG, MORE = ROOT / "docs" / "hazard-log.md", ROOT / "docs" / "hazards.yml"
CASE = ROOT / "docs" / "clinical-safety-case.md"
SEVERITY = {"A": 5, "B": 3, "C": 2}
NOT_YET = {"cause": "not yet assessed", "effect": "not yet assessed", "left": "not yet assessed"}
HEAD = """# Clinical safety case

Made by `make safety-case` from `hazard-log.md` and `hazards.yml`; do not edit it. In the form of the
NHS standard DCB0129. It has not been assessed by a clinician yet (`clinical_review: pending`), and a
clinic needs a clinical safety officer to sign it before use.

Severity: 2 minor, 3 considerable, 5 catastrophic. Likelihood: 1 very low to 5 very high. Risk is their
product: 1 to 4 acceptable, 5 to 9 acceptable when reduced as far as possible, 10 and more needs a
reason. The system and its limits: `intended-purpose.md`. How it is built: `architecture.md`.
"""


def rows() -> list[list[str]]:
    """Number, hazard, severity, control and tests of each row of the hazard log."""
    lines = LOG.read_text(encoding="utf-8").splitlines()
    return [line.strip("| ").split(" | ") for line in lines if re.match(r"\| \d+ \|", line)]


def safety_case() -> str:
    """The whole document."""
    more: dict[int, dict[str, Any]] = yaml.safe_load(MORE.read_text(encoding="utf-8"))
    parts = [HEAD]
    for number, hazard, severity, control, tests in rows():
        told = more.get(int(number), NOT_YET)
        parts.append(_hazard(number, hazard, SEVERITY[severity], control, tests, told))
    return "\n".join(parts)


def _hazard(
    number: str, hazard: str, severity: int, control: str, tests: str, told: dict[str, Any]
) -> str:
    before, after = told.get("likelihood", (5, 5))
    proofs = "\n".join(f"  - {test}" for test in re.findall(r"`[^`]+`", tests))
    return f"""## Hazard {number}: {hazard.replace("**", "")}

- Cause: {told["cause"]}
- Effect: {told["effect"]}
- Before the controls: severity {severity} × likelihood {before} = {severity * before}
- Controls: {control}
- After the controls: severity {severity} × likelihood {after} = {severity * after}
- Proved by:
{proofs}
- What is left: {told["left"]}
"""


if __name__ == "__main__":
    CASE.write_text(safety_case(), encoding="utf-8")
