import re

import pytest

from infonats.estimators import METHODS
from infonats.references import Reference

ONE = Reference("a2001", ("Aho, Ann",), "On {X}", 2001, "Venue", doi="10.1/x")
TWO = Reference("b2002", ("Bly, B.", "Coe, C."), "On X", 2002, "Venue")
MANY = Reference("c2003", ("Dee, D.", "Eve, E.", "Fox, F."), "On X", 2003, "Venue", "0301.00001", "10.1/y")


@pytest.mark.parametrize(
    ("reference", "line"),
    [
        (ONE, "Aho 2001, 10.1/x"),
        (TWO, "Bly and Coe 2002, Venue"),
        (MANY, "Dee et al. 2003, arXiv 0301.00001"),
    ],
)
def test_one_line(reference, line):
    assert reference.short == line


def test_bibtex_by_hand():
    assert MANY.bibtex == (
        "@article{c2003,\n"
        "  author = {Dee, D. and Eve, E. and Fox, F.},\n"
        "  title = {{On X}},\n"
        "  year = {2003},\n"
        "  journal = {Venue},\n"
        "  eprint = {0301.00001},\n"
        "  archiveprefix = {arXiv},\n"
        "  doi = {10.1/y}\n"
        "}"
    )
    assert "doi" not in TWO.bibtex
    assert "eprint" not in ONE.bibtex


@pytest.mark.parametrize("method", METHODS)
def test_every_method_can_be_cited(method):
    reference = METHODS[method]().info.reference
    assert reference.bibtex.count("{") == reference.bibtex.count("}")
    assert re.fullmatch(r"[a-z]+\d{4}[a-z]+", reference.key)
    assert str(reference.year) in reference.key
    assert reference.arxiv is None or re.fullmatch(r"\d{4}\.\d{4,5}", reference.arxiv)
    assert reference.doi is None or re.fullmatch(r"10\.\d{4,}/\S+", reference.doi)
    assert "\n" not in reference.short


def test_keys_are_unique():
    keys = {make().info.reference for make in METHODS.values()}
    assert len({reference.key for reference in keys}) == len(keys)
