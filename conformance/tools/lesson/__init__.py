"""lesson: the operations one by one, judged at each save. Begin at lesson.py and teaching.py."""
