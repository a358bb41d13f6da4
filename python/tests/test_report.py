"""What `jobstamp report` makes is a page that everybody can read, and that nobody can smuggle anything into."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import browser
import pytest

COMMAND = Path(sys.executable).with_name("jobstamp")
# As large as names of files can be, and with all that could end a tag, an attribute, a script or a line.
HOSTILE = (
    "<script>window.smuggled=1<|script><img src=x onerror='window.smuggled=2' title=\"a\">\n--><style>*{color:red}"
)
ENTER = "\ue007"
LOOKS = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])

CONTRAST = """
const channel = (value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const ground = (element) => {
  for (; element; element = element.parentElement) {
    const colour = numbers(getComputedStyle(element).backgroundColor);
    if (colour.length === 3 || colour[3] > 0) return colour;
  }
  return [255, 255, 255];
};
const ratio = (one, other) => {
  const [dark, bright] = [light(one), light(other)].sort((a, b) => a - b);
  return (bright + 0.05) / (dark + 0.05);
};
const poor = [];
for (const element of document.body.querySelectorAll("*")) {
  const style = getComputedStyle(element);
  const says = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  if (says && element.tagName !== "SCRIPT" && !element.closest("svg")) {
    const found = ratio(numbers(style.color), ground(element));
    if (found < 4.5) poor.push(`${element.outerHTML.slice(0, 80)}: ${found.toFixed(2)}`);
  }
  if (element.matches(".hit, .run")) {
    const found = ratio(numbers(style.fill), ground(element.closest("svg")));
    if (found < 3) poor.push(`${element.outerHTML}: ${found.toFixed(2)}`);
  }
}
return poor;
"""
PROGRAMS = "#programs ~ .wide"
CELLS = "return [...document.querySelectorAll(arguments[0])].map((cell) => cell.innerText.split('\\n')[0])"
SORTED = "return [...document.querySelectorAll(arguments[0])].map((heading) => heading.ariaSort)"
SAID = "return document.getElementById('said').textContent"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A page on jobs of several programs, one of them with a name that is an attack."""
    folder = tmp_path_factory.mktemp("report")
    programs = folder / "bin"
    programs.mkdir()
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("JOBSTAMPS_")}
    surroundings.update(JOBSTAMPS_DIRECTORY=str(folder / "stamps"), XDG_CONFIG_HOME=str(folder))

    def jobstamp(*words):
        done = subprocess.run([COMMAND, *words], cwd=folder, env=surroundings, check=True, capture_output=True)
        return done.stdout

    for replays, name in enumerate(["alpha", "beta", HOSTILE.replace("\n", " ")[:200]]):
        program = programs / name
        program.write_text("#!/bin/sh\necho done\n")
        program.chmod(0o755)
        for argument in [HOSTILE, "x" * 3000]:
            for _ in range(replays + 1):
                assert jobstamp("--", program, argument) == b"done\n"
    jobstamp("report", "-o", "page.html")
    return folder / "page.html"


@pytest.fixture(scope="module")
def window(tmp_path_factory):
    """A browser."""
    window = browser.Browser(*browser.programs(), tmp_path_factory.mktemp("browser"))
    yield window
    window.close()


def test_a_page_is_one_file_that_loads_nothing_and_of_which_nothing_is_blocked(page, window):
    window.show(page)
    assert window.complaints() == []
    assert window.run("return performance.getEntriesByType('resource').map((entry) => entry.name)") == []
    assert window.run("return document.title").endswith("jobstamps report")


def test_what_is_called_like_an_attack_is_shown_and_does_nothing(page, window):
    window.show(page)
    assert window.run("return window.smuggled ?? null") is None
    assert window.run("return [document.images.length, document.scripts.length, document.styleSheets.length]") == [
        0,
        1,
        1,
    ]
    assert "<script>window.smuggled=1<|script><img src=x" in window.run("return document.body.innerText")


def test_what_got_into_a_page_all_the_same_would_not_be_run_or_loaded(page, window, tmp_path):
    smuggled = (
        "<script>window.smuggled=1</script><img src=x onerror='window.smuggled=2'><style>h1{display:none}</style>"
    )
    broken = tmp_path / "broken.html"
    broken.write_text(page.read_text().replace("<main>", smuggled + "<main>"))
    window.show(broken)
    assert window.run("return window.smuggled ?? null") is None
    assert window.run("return getComputedStyle(document.querySelector('h1')).display") == "block"
    assert len(window.complaints()) >= 3
    assert window.run("return document.querySelectorAll('thead button').length") > 0, "ours still runs"


def test_headings_sort_by_a_click_or_a_key_and_say_so(page, window):
    window.show(page)

    def cells(column):
        return window.run(CELLS, f"{PROGRAMS} tbody tr > :nth-child({column})")

    def sorted_by():
        return window.run(SORTED, f"{PROGRAMS} thead th")

    name, replays = (f"{PROGRAMS} thead th:nth-child({column}) button" for column in (1, 4))
    assert sorted_by() == [None, "descending", None, None, None, None]
    window.click(replays)
    assert cells(4) == ["4", "2", "0"]
    assert sorted_by() == [None, None, None, "descending", None, None]
    assert window.run(SAID) == "Sorted by Replays, descending."
    window.type(replays, ENTER)
    assert cells(4) == ["0", "2", "4"]
    window.type(name, " ")
    assert cells(1)[:2] == ["alpha", "beta"]
    assert sorted_by() == ["ascending", None, None, None, None, None]
    assert window.run(SAID) == "Sorted by Program, ascending."


@pytest.mark.parametrize("width", [320, 390, 800, 1600])
def test_a_page_fits_every_window_and_what_is_wide_scrolls_by_itself(page, window, width):
    window.show(page, width=width)
    assert window.run("return document.documentElement.scrollWidth") <= width
    assert window.run("return [...document.querySelectorAll('.wide')].every((wide) => wide.tabIndex === 0)")
    window.click("summary")
    assert window.run("return document.documentElement.scrollWidth") <= width


@LOOKS
def test_everything_stands_out_from_what_is_behind_it(page, window, dark):
    window.show(page, dark=dark)
    window.click("summary")
    ground = window.run("return getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(19, 21, 24)") == dark, ground
    assert window.run(CONTRAST) == []


def test_a_screen_reader_is_told_of_everything(page, window):
    window.show(page)
    window.click("summary")
    nodes = window.tell("Accessibility.getFullAXTree")["nodes"]
    told = {}
    for node in nodes:
        if not node["ignored"]:
            told.setdefault(node["role"]["value"], []).append(node.get("name", {}).get("value"))
    headings = ["Day by day", "Programs", "Why jobs ran", "Most valuable stamps", "Largest stamps"]
    assert set(told["heading"]) > set(headings)
    assert sorted(told["table"]) == sorted([*headings[1:], "The numbers, day by day"])
    pictures = told["image"]
    assert [name.split(".")[0] for name in pictures] == ["Time saved each day", "Jobs replayed and run each day"]
    assert len(told["columnheader"]) == 5 + 6 + 3 + 6 + 6
    assert len(told["rowheader"]) == 7 + 3 + 1 + 4 + 6
    assert (len(told["main"]), len(told["status"])) == (1, 1)
    assert all(told["button"]), "each says what it sorts by"
