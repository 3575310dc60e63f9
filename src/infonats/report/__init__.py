"""Reports: estimates and comparisons as one HTML file that opens offline. Imports no torch."""

from infonats.report.html import Section, check_destination, page, write_report
from infonats.report.matrices import (
    block_sentence,
    lag_sections,
    matrix_block_sentence,
    matrix_header,
    matrix_rows,
    matrix_sections,
    notes_by_kind,
)
from infonats.report.sections import Comparison, comparison_sections, estimate_section, interval_text
from infonats.report.task import TaskPicture, task_sections

__all__ = [
    "Comparison",
    "Section",
    "TaskPicture",
    "block_sentence",
    "check_destination",
    "comparison_sections",
    "estimate_section",
    "interval_text",
    "lag_sections",
    "matrix_block_sentence",
    "matrix_header",
    "matrix_rows",
    "matrix_sections",
    "notes_by_kind",
    "page",
    "task_sections",
    "write_report",
]
