"""Say how many inputs `make fuzz` tried."""

from .trial import KINDS, LONG, TRIED


def pytest_terminal_summary(terminalreporter):
    if LONG and TRIED:
        parts = ", ".join(f"{count:,} {what}" for what, count in TRIED.items())
        terminalreporter.write_line(f"fuzz: {TRIED.total():,} inputs tried; {parts}")
        for kind, count in KINDS.items():
            terminalreporter.write_line(f"fuzz: {count:,} by {kind}")
