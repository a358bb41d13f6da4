"""Answers: a reason is a text, reports have fields."""

from __future__ import annotations

import os

from jobstamps import stamp


@stamp
def function(count: int) -> str:
    return ""


reason = function.stale(1)
if reason is not None:
    text: str = reason
    reveal_type(reason.detail)  # str
    reveal_type(os.path.basename(reason))  # str

explanation = function.explain(1)
reveal_type(explanation.fresh)  # bool
reveal_type(explanation.reasons)  # tuple[Reason, ...]
reveal_type(explanation.stamp)  # str | None
reveal_type(explanation.unseen)  # tuple[str, ...]

hits, misses, uncached = function.cache_info()
reveal_type(misses)  # int
