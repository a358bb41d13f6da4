"""Builds the wheel: maturin the extension module, `command` the native `jobstamp` that lies beside it.

A PEP 517 backend in the tree. maturin alone carries one crate to the wheel; jobstamps is two, because the command must
start in a fraction of a millisecond and so cannot be a Python script. The command goes through maturin's data folder to
the `scripts` of the wheel, from where installers copy it to `bin/`, for editable installs too; and its manual pages and
completions to the wheel's `data`, from where they come to `share/`.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Optional

import command
import maturin
import share

get_requires_for_build_wheel = maturin.get_requires_for_build_wheel
get_requires_for_build_editable = maturin.get_requires_for_build_editable
get_requires_for_build_sdist = maturin.get_requires_for_build_sdist
build_sdist = maturin.build_sdist
# No `prepare_metadata_for_...`: maturin's insists on a filled data folder. Installers then read the built wheel.

Settings = Optional[Mapping[str, Any]]

# maturin's `data` in pyproject.toml. Not below CARGO_TARGET_DIR, which builds of several trees may share.
DATA = Path(__file__).resolve().parents[2] / "target" / "wheel-data"


def build_wheel(wheel_directory: str, config_settings: Settings = None, metadata_directory: str | None = None) -> str:
    """Builds the wheel and returns its name (PEP 517)."""
    lay_command()
    return str(maturin.build_wheel(wheel_directory, config_settings, metadata_directory))


def build_editable(
    wheel_directory: str, config_settings: Settings = None, metadata_directory: str | None = None
) -> str:
    """Builds a wheel that points back to this tree and returns its name (PEP 660)."""
    lay_command()
    return str(maturin.build_editable(wheel_directory, config_settings, metadata_directory))


def lay_command() -> None:
    """Builds `jobstamp` and puts it, and what it brings along, where maturin takes it into the wheel."""
    built = command.build()
    shutil.rmtree(DATA, ignore_errors=True)
    scripts = DATA / "scripts"
    scripts.mkdir(parents=True)
    shutil.copy2(built, scripts / built.name)
    share.lay(built, DATA / "data" / "share")
