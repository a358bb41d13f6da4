"""How things looked, in words. Only imported when an explanation is printed."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobstamps.answers import Seen

SECOND = 1_000_000_000
# So many digits of a digest are shown: two that differ do so in these.
DIGITS = 12


def then_and_now(then: Seen, now: Seen) -> list[str]:
    """Returns a line for each of two looks: all in which one differs from the other."""
    lines = []
    for label, one, other in (("then", then, now), ("now", now, then)):
        facts = list(differing(one, other))
        if one.kind is None and one.digest is None and (other.kind or other.digest):
            facts = ["not there"]
        if facts:
            lines.append(f"{label:4}  {', '.join(facts)}")
    return lines


def differing(one: Seen, other: Seen) -> Iterator[str]:
    """Yields in what `one` differs from `other`."""
    if one.kind != other.kind and one.kind not in (None, "file"):
        yield f"a {one.kind}"
    if one.size is not None and one.size != other.size:
        yield f"{one.size:,} byte{'' if one.size == 1 else 's'}"
    if None not in (one.mode, other.mode) and one.mode != other.mode:
        yield f"mode {one.mode:o}"
    if one.modified is not None and one.modified != other.modified:
        yield f"written {moment(one.modified, other.modified)}"
    elif one.changed is not None and one.changed != other.changed:
        yield f"changed {moment(one.changed, other.changed)}"
    if one.digest is not None and one.digest != other.digest:
        yield f"content {one.digest[:DIGITS]}"


def moment(time: int, other: int | None = None) -> str:
    """Returns a time to the second, or as exactly as it takes to tell it from another."""
    said = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=time // SECOND)
    exactly = f".{time % SECOND:09}" if other is not None and other // SECOND == time // SECOND else ""
    return f"{said:%Y-%m-%dT%H:%M:%S}{exactly}Z"
