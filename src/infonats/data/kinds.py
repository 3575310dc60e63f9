"""What a file is by its first bytes or its ending, where it is no text: what to do with it instead."""

from pathlib import Path

from infonats.errors import InputError

_EXPORT = "open it in the program that made it and save the sheet as CSV in UTF-8"
_UNPACK = "unpack it and give the table itself"
SIGNATURES = {
    b"\x1f\x8b": ("compressed by gzip", "let its name end in .csv.gz"),
    b"PK\x03\x04": ("an Excel workbook or another zip archive", f"{_EXPORT}, or unpack it"),
    b"\xd0\xcf\x11\xe0": ("an old Excel workbook", _EXPORT),
    b"PAR1\x15": ("a Parquet file", "let its name end in .parquet"),
    b"\x93NUMPY": ("a NumPy file", "let its name end in .npy"),
    b"BZh91AY&SY": ("compressed by bzip2", _UNPACK),
    b"\xfd7zXZ": ("compressed by xz", _UNPACK),
    b"%PDF-": ("a PDF document", "give the table as text"),
    b"{\rtf": ("a document in rich text", "save it as plain text"),
    b"<!doctype html": ("a web page", "download the table itself"),
    b"<html": ("a web page", "download the table itself"),
}
"""By its first bytes, in lower case where they are letters of a page: what a file is, and what to do."""
ENDINGS = {
    **dict.fromkeys((".xlsx", ".xls", ".xlsm", ".ods", ".numbers"), _EXPORT),
    **dict.fromkeys((".zip", ".tar", ".tgz", ".bz2", ".xz", ".7z", ".zst"), _UNPACK),
    **dict.fromkeys(
        (".json", ".feather", ".arrow", ".h5", ".sav", ".dta", ".rds", ".mat"),
        "convert it, for instance to .csv or .npz by a short script",
    ),
}
"""What to do with files of other endings."""


def refuse_foreign(file: Path) -> None:
    """Raise InputError where the first bytes of what should be text say that it is something else."""
    with file.open("rb") as opened:
        first = opened.read(16)
    for signature, (what, advice) in SIGNATURES.items():
        if first.startswith(signature) or first.lower().startswith(signature):
            raise InputError(f"{file} is {what}, not text: {advice}.")


def advice_for(file: Path) -> str:
    """What to do with a file of this unknown ending."""
    advice = next((a for ending, a in ENDINGS.items() if file.name.lower().endswith(ending)), "")
    return f"{advice[:1].upper()}{advice[1:]}." if advice else "Convert or rename it."
