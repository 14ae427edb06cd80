"""The commands, a file for each thing that one wants of the suite."""
