"""Write the tables of docs/connectors.md from the code: `python -m tests.tools.connectors` (`--check` compares)."""

from __future__ import annotations

import sys
from pathlib import Path

from bot.cli.connectors import every, in_markdown

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "connectors.md"
BEGIN = "<!-- Written by python -m tests.tools.connectors; what stands up to the end mark is overwritten. -->"
END = "<!-- End of what is written by a program. -->"


def renewed(text: str) -> str:
    """The document with the tables as the code has them now; the rest of it is as it was."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{in_markdown(every())}\n{END}{after}"


def main() -> int:
    """Write the tables, or say that they are not those of the code."""
    now = DOCUMENT.read_text(encoding="utf-8")
    wanted = renewed(now)
    if "--check" not in sys.argv:
        DOCUMENT.write_text(wanted, encoding="utf-8")
    elif now != wanted:
        print("docs/connectors.md is not what the code says. Run: python -m tests.tools.connectors")
        return 1
    print("connectors: the tables are those of the code")
    return 0


if __name__ == "__main__":
    sys.exit(main())
