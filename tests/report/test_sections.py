import base64
import re

import pytest

from infonats.report import Comparison, comparison_sections, estimate_section, interval_text

HOSTILE = "<script>alert(1)</script>"


def images(body):
    return [base64.b64decode(data).decode() for data in re.findall(r"svg\+xml;base64,([A-Za-z0-9+/=]+)", body)]


def test_estimate_section_escapes_every_name(closed_form, pairs):
    section = estimate_section(closed_form, pairs)
    assert "<script" not in section.body
    assert section.body.count("&lt;script&gt;") >= 3  # card, diagnostic, provenance
    assert not any("<script" in image for image in images(section.body))


def test_estimate_section_of_a_closed_form_shows_cloud_and_interval(closed_form, pairs):
    section = estimate_section(closed_form, pairs)
    assert len(images(section.body)) == 3
    assert "0.4200 nats = 0.6059 bits" in section.body
    assert "k = 3" in section.body
    assert "first column of each side" in section.body


def test_estimate_section_of_a_trained_method_shows_its_curve(trained, pairs):
    body = estimate_section(trained, pairs).body
    assert "Training curve of mine" in body
    assert "How this number was made" not in body  # this estimate has no provenance


def test_comparison_lists_every_pair_and_method(closed_form, trained, pairs):
    comparisons = [Comparison("a-b", "linked", pairs, (closed_form, trained))] * 2
    overview, *each = comparison_sections(comparisons)
    assert overview.title == "All pairs"
    assert overview.body.count("0.42 [0.36, 0.48]") == 2
    assert overview.body.count("0.40 [0.20, 0.60]") == 2
    assert [section.title for section in each] == ["a-b (linked)"] * 2
    assert len(images(each[0].body)) == 3


@pytest.mark.parametrize(("digits", "text"), [(2, "0.42 [0.36, 0.48]"), (3, "0.420 [0.360, 0.480]")])
def test_interval_text(closed_form, digits, text):
    assert interval_text(closed_form, digits) == text
