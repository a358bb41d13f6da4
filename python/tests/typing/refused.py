"""Calls that are wrong are refused as those of the function itself would be."""

from __future__ import annotations

from typing import Callable

from jobstamps import stamp


@stamp
def function(count: int, name: str = "") -> str:
    return ""


class Parser:
    @stamp
    def method(self, count: int) -> str:
        return ""


function("a")  # refused: arg-type reportArgumentType
function()  # refused: call-arg reportCallIssue
function(1, title="a")  # refused: call-arg reportCallIssue
function(1, "a", "b")  # refused: call-arg reportCallIssue
function.stale("a")  # refused: arg-type reportArgumentType
function.explain()  # refused: call-arg reportCallIssue
function.rerun(1, title="a")  # refused: call-arg reportCallIssue
function.forget(1, 2)  # refused: arg-type reportArgumentType
function.peek()  # refused: call-arg reportCallIssue
function.cached()  # refused: attr-defined reportAttributeAccessIssue
Parser().method("a")  # refused: arg-type reportArgumentType
Parser().method()  # refused: call-arg reportCallIssue
Parser.method(1, 1)  # refused: arg-type reportArgumentType
number: int = function(1)  # refused: assignment reportAssignmentType
other: Callable[[bytes], str] = function  # refused: assignment reportAssignmentType
