"""Has the plots drawn, by a Python of their own: matplotlib is nothing that we build on.

As a program: draws them anew from the points that are kept beside them.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import tools
from peers import ROOT, imports, installed, requirements

from .report import Chart

PLOTS = ROOT / "bench" / "results" / "plots"
POINTS = "points.json"


def draw(charts: list[Chart], folder: Path = PLOTS) -> None:
    """Draws all charts into `folder`."""
    python = installed(requirements("plots"), "plots")
    if not imports(python, "matplotlib"):
        tools.skipped("plots: matplotlib could not be installed")
        return
    folder.mkdir(parents=True, exist_ok=True)
    data = json.dumps([chart._asdict() for chart in charts], indent=1)
    (folder / POINTS).write_text(data + "\n", encoding="utf-8")
    subprocess.run([python, ROOT / "bench" / "plots" / "draw.py", folder], input=data, text=True, check=True)


if __name__ == "__main__":
    draw([Chart(**chart) for chart in json.loads((PLOTS / POINTS).read_text(encoding="utf-8"))])
