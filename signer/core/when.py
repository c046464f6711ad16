"""Moments as people write them. The clock itself comes in from outside."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def utc(seconds: int) -> str:
    """Unix seconds to the minute, in UTC; a moment no calendar has is left as the number."""
    try:
        return (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M UTC")
    except OverflowError:
        return str(seconds)
