"""Draws charts as SVG, into the folder that the command line names; their points come as JSON on standard input."""

import json
import sys
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
# The same points make the same bytes. Text stays text, in whatever font is there.
mpl.rcParams.update({"svg.hashsalt": "jobstamps", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 9})

from matplotlib import pyplot as plt  # noqa: E402
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator  # noqa: E402

# Neither black nor white: read on both.
INK = "#808080"
COLOURS = ["#e8590c", "#1c7ed6", "#2f9e44", "#9c36b5", "#808080"]
FLOORS = {"a program that does nothing", "`cat`", "bare `statx`", "bare `statx`, parallel"}


def plain(value, _=None):
    """Returns a number of microseconds, bytes or things in short."""
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= limit:
            return f"{value / limit:g}{unit}"
    return f"{value:g}"


def styled(figure, axes):
    """Makes all ink readable on light and dark."""
    figure.patch.set_alpha(0)
    axes.patch.set_alpha(0)
    axes.tick_params(colors=INK, which="both", labelcolor=INK)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(INK)
    for text in (axes.title, axes.xaxis.label, axes.yaxis.label):
        text.set_color(INK)
    axes.set_axisbelow(True)


def bars(axes, chart):
    """Draws a bar for each line, the first as the floor."""
    names = [name.replace("`", "") for name in chart["lines"]]
    values = [points[0][1] for points in chart["lines"].values()]
    colours = [
        INK if name in FLOORS else COLOURS[0] if name.startswith("jobstamps,") or name == "jobstamps" else COLOURS[1]
        for name in chart["lines"]
    ]
    drawn = axes.barh(names[::-1], values[::-1], color=colours[::-1], height=0.6)
    axes.bar_label(drawn, [f"{value:,.0f} us" for value in values[::-1]], padding=3, color=INK)
    axes.set_xscale("log")
    axes.set_xlim(min(values) / 2, max(values) * 4)
    axes.set_xlabel(chart["y"])
    axes.xaxis.set_major_formatter(FuncFormatter(plain))
    axes.xaxis.set_minor_locator(NullLocator())


def curves(axes, chart):
    """Draws how something grows; floors are dashed."""
    colours = iter(COLOURS)
    for name, points in chart["lines"].items():
        x, y = zip(*points)
        floor = name in FLOORS
        colour = INK if floor else next(colours)
        style = (":" if "parallel" in name else "--") if floor else "-"
        axes.plot(
            x, y, label=name.replace("`", ""), color=colour, marker="o", markersize=3, linewidth=1.3, linestyle=style
        )
    axes.set_xscale("log", base=2 if chart["x"] == "hits at once" else 10)
    axes.set_yscale("log")
    low = min(y for points in chart["lines"].values() for _, y in points)
    high = max(y for points in chart["lines"].values() for _, y in points)
    # Not less than a decade and a half: a flat line shall look flat.
    axes.set_ylim(low / 2, max(high * 2, low * 15))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(plain))
        axis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_locator(LogLocator(base=10))
    axes.set_xlabel(chart["x"])
    axes.set_ylabel(chart["y"])
    axes.grid(color=INK, alpha=0.25, linewidth=0.5)
    axes.legend(frameon=False, labelcolor=INK, fontsize=8)


def main():
    """Draws all charts."""
    folder = Path(sys.argv[1])
    for chart in json.load(sys.stdin):
        figure, axes = plt.subplots(figsize=(6, 0.6 + 0.35 * len(chart["lines"])) if chart["bars"] else (4.6, 3))
        axes.set_title(chart["title"], fontsize=10)
        (bars if chart["bars"] else curves)(axes, chart)
        styled(figure, axes)
        path = folder / f"{chart['name']}.svg"
        figure.savefig(path, bbox_inches="tight", metadata={"Date": None, "Creator": None})
        plt.close(figure)


main()
