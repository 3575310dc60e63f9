"""Reports: estimates and comparisons as one HTML file that opens offline. Imports no torch."""

from infonats.report.html import Section, check_destination, page, write_report
from infonats.report.matrices import lag_sections, matrix_header, matrix_rows, matrix_sections
from infonats.report.sections import Comparison, comparison_sections, estimate_section, interval_text

__all__ = [
    "Comparison",
    "Section",
    "check_destination",
    "comparison_sections",
    "estimate_section",
    "interval_text",
    "lag_sections",
    "matrix_header",
    "matrix_rows",
    "matrix_sections",
    "page",
    "write_report",
]
