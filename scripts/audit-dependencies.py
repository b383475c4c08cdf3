#!/usr/bin/env python3
"""Compares what is pinned in constraints.txt with published advisories. Ends with 1 when one of them is known to be weak.

The advisories are on the network: where they cannot be had this says so, loudly, and ends with 0, because a clone without a
network must be able to pass its tests."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOL = "pip-audit==2.9.0"  # pinned: what audits is not left to chance either
LONGEST_S = 120


def main() -> int:
    command = [
        str(ROOT / ".venv" / "bin" / "uv"), "tool", "run", "--python", sys.executable, TOOL, "--disable-pip", "--no-deps",
        "--requirement", str(ROOT / "constraints.txt"), "--format", "json", "--progress-spinner", "off",
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_S, check=False)
        found = json.loads(done.stdout)["dependencies"]
    except (OSError, subprocess.TimeoutExpired, json.JSONDecodeError, KeyError) as error:
        print(f"THE DEPENDENCIES ARE NOT AUDITED: no advisories could be had ({type(error).__name__}).")
        return 0
    audited = [one for one in found if "vulns" in one]
    weak = [one for one in audited if one["vulns"]]
    for one in weak:
        ids = ", ".join(vuln["id"] for vuln in one["vulns"])
        print(f"✗ {one['name']} {one['version']}: {ids}")
    if not audited:
        print("THE DEPENDENCIES ARE NOT AUDITED: this package index has no advisories.")
    else:
        print(f"{len(audited)} of {len(found)} pinned packages audited, {len(weak)} weak")
    return 1 if weak else 0


if __name__ == "__main__":
    sys.exit(main())
