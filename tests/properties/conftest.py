"""Say how many inputs `make fuzz` tried."""

from .trial import LONG, TRIED


def pytest_terminal_summary(terminalreporter):
    if LONG and TRIED:
        parts = ", ".join(f"{count:,} {what}" for what, count in TRIED.items())
        terminalreporter.write_line(f"fuzz: {TRIED.total():,} inputs tried; {parts}")
