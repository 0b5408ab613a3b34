"""Answers as an Excel workbook: written out, checked cell by cell, and taken over as drafts."""
