"""The commands that meet light: reading codes from a camera, and showing a file as codes."""

from __future__ import annotations
