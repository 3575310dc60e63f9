"""Small real tables that travel with the package, for demonstrations and for trying things out."""

from pathlib import Path
from typing import TYPE_CHECKING

from infonats.errors import unknown_name

if TYPE_CHECKING:
    import polars

_FILES = {"sachs": "sachs.csv"}

SACHS_GRAPH: tuple[tuple[str, str], ...] = (
    ("erk", "akt"),
    ("mek", "erk"),
    ("pip2", "pkc"),
    ("pip3", "akt"),
    ("pip3", "pip2"),
    ("pip3", "plc"),
    ("pka", "akt"),
    ("pka", "erk"),
    ("pka", "jnk"),
    ("pka", "mek"),
    ("pka", "p38"),
    ("pka", "raf"),
    ("pkc", "jnk"),
    ("pkc", "mek"),
    ("pkc", "p38"),
    ("pkc", "pka"),
    ("pkc", "raf"),
    ("plc", "pip2"),
    ("plc", "pkc"),
    ("raf", "mek"),
)
"""The 20 (cause, effect) edges of the consensus signalling graph of Sachs et al. 2005."""


def path(name: str) -> Path:
    """Where the table called `name` lies, for the command line and for other readers.

    Raises UnknownNameError for a name that is not bundled.
    """
    if name not in _FILES:
        raise unknown_name("data set", name, _FILES, " in infonats.datasets")
    return Path(__file__).with_name(_FILES[name])


def load_sachs() -> "polars.DataFrame":
    """Load 853 cells x 11 proteins: log fluorescence in human T cells, observational condition.

    Columns: raf, mek, plc, pip2, pip3, erk, akt, pka, pkc, p38, jnk, all float64, none missing.
    Source: K. Sachs, O. Perez, D. Pe'er, D. A. Lauffenburger, G. P. Nolan, "Causal protein-signaling
    networks derived from multiparameter single-cell data", Science 308:523 (2005),
    doi 10.1126/science.1105809.
    """
    import polars

    return polars.read_csv(path("sachs"), schema_overrides=[polars.Float64] * 11)
