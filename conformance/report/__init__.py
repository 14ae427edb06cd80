"""Views of a run's record. They need the record alone: an old run is shown without torch."""
