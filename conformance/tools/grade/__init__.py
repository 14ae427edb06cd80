"""expect, grade: files of expected failures, and the grades of many submissions."""
