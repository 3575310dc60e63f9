import base64
import re

import numpy as np

from infonats.data import Pairs
from infonats.report import pictures


def svgs(images):
    return [
        base64.b64decode(data).decode() for data in re.findall(r"svg\+xml;base64,([A-Za-z0-9+/=]+)", images)
    ]


def test_names_are_shown_as_they_are_written(pairs):
    measured, _ = svgs(pictures.scatter(pairs))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in measured
    assert "c &amp; d" in measured


def test_same_data_same_picture(pairs, trained):
    assert pictures.scatter(pairs) == pictures.scatter(pairs)
    assert pictures.curve(trained) == pictures.curve(trained)


def test_many_rows_are_thinned_and_the_picture_says_so():
    x = np.arange(5000.0)[:, None]
    assert "2000 of 5000 rows" in svgs(pictures.scatter(Pairs(x, x, ("a",), ("b",))))[0]


def test_names_in_scripts_that_matplotlib_lacks_raise_no_warning():
    x = np.arange(20.0)[:, None]
    assert "蛋白" in svgs(pictures.scatter(Pairs(x, x, ("蛋白",), ("b",))))[0]


def test_normal_scores_are_monotone_symmetric_and_share_ties():
    scores = pictures.normal_scores(np.array([3.0, 1.0, 2.0, 2.0, 9.0]))
    assert scores[2] == scores[3]
    assert list(np.argsort(scores, kind="stable")) == [1, 2, 3, 0, 4]
    np.testing.assert_allclose(scores[1], -scores[4], atol=1e-12)


def test_curve_is_empty_without_training(closed_form):
    assert pictures.curve(closed_form) == ""


def test_forest_shows_each_group_and_method(closed_form, trained):
    (svg,) = svgs(pictures.forest([("$a$-b", [closed_form, trained]), ("c-d", [trained])]))
    assert all(word in svg for word in ("$a$-b", "c-d", ">ksg<", ">mine<", "mutual information, nats"))
