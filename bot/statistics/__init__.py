"""The operator's statistics: what is counted when, the page and the workbook."""
