"""replay: judge the stored counterexamples of a record again."""
