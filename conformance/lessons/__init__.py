"""Lessons: the operations of the contract one by one, taught through the cases that fail."""
