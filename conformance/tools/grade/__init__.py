"""grade: many submissions, each judged by a run of its own. Begin at grade.py."""
