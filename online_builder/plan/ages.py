"""Ages as people say them."""

from __future__ import annotations


def age(seconds: int) -> str:
    """The two largest of days, hours and minutes."""
    minutes = max(0, seconds) // 60
    days, hours = minutes // 1440, minutes // 60 % 24
    return f"{days} d {hours} h" if days else f"{hours} h {minutes % 60} min"
