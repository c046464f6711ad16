"""The builder's entry: says plainly which library of the extra `builder` is missing, instead of a traceback."""

from __future__ import annotations

import sys

from online_builder.errors import BuilderError, Trouble

try:
    from online_builder.compose import main
except ModuleNotFoundError as error:
    if error.name not in ("bdkpython", "pbk"):
        raise
    missing = BuilderError(Trouble.NOT_INSTALLED, name=error.name)

    def main() -> None:
        """Say what is missing, exit as for a wrong setting."""
        print(missing, file=sys.stderr)
        sys.exit(missing.exit_status)


if __name__ == "__main__":
    main()
