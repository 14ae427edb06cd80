"""reproduce: a failure as a script or a test of its own. Begin at reproduce.py, with script.txt."""
