"""`jobstamp.run` and `jobstamp.out_of_date`: the function's own arguments are checked, and so are our keywords."""

from __future__ import annotations

from pathlib import Path

from jobstamps import jobstamp


def count(path: str, *, start: int = 0) -> int:
    return start


files: list[str | bytes | Path] = ["a", Path("b"), b"c"]

reveal_type(jobstamp.run(count, "a"))  # int
reveal_type(jobstamp.run(count, "a", start=1))  # int
reveal_type(jobstamp.run(count, "a", jobstamps_dependencies=["a", Path("b")]))  # int
reveal_type(jobstamp.run(count, "a", jobstamps_output_files="out", jobstamps_method=jobstamp.HashMethod))  # int
reveal_type(jobstamp.run(count, "a", jobstamps_cache_output_directory=Path()))  # int
reveal_type(jobstamp.run(count, "a", jobstamps_method=jobstamp.MTimeMethod))  # int
reveal_type(jobstamp.out_of_date(count, "a", jobstamps_dependencies=files))  # Reason | None
reveal_type(jobstamp.out_of_date(count, "a"))  # Reason | None

jobstamp.run(count, 1)  # refused: call-overload reportArgumentType
jobstamp.run(count)  # refused: call-overload reportCallIssue
jobstamp.run(count, "a", jobstamps_dependency=["a"])  # refused: call-arg reportCallIssue
jobstamp.run(count, "a", jobstamps_method="hash")  # refused: call-arg reportCallIssue
jobstamp.out_of_date(count, 1)  # refused: call-overload reportArgumentType
