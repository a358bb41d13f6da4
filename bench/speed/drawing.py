"""Has the plots drawn, by a Python of their own: matplotlib is nothing that we build on."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import tools
from peers import ROOT, imports, installed, requirements

from .report import Chart

PLOTS = ROOT / "bench" / "results" / "plots"


def draw(charts: list[Chart], folder: Path = PLOTS) -> None:
    """Draws all charts into `folder`."""
    python = installed([line for line in requirements() if line.startswith("matplotlib")], "plots")
    if not imports(python, "matplotlib"):
        tools.skipped("plots: matplotlib could not be installed")
        return
    folder.mkdir(parents=True, exist_ok=True)
    data = json.dumps([chart._asdict() for chart in charts])
    subprocess.run([python, ROOT / "bench" / "plots" / "draw.py", folder], input=data, text=True, check=True)
