"""`laptime` and `python -m laptime`."""

from __future__ import annotations


def main() -> None:
    """Run the command line; the process ends with its exit code."""
    from laptime.cli import run

    run()


if __name__ == "__main__":
    main()
