"""vectors, judge-vectors: cases in files, for code that cannot be called here. Begin at export.py.

`judging` judges what came of them. `index` says what index.json holds, `safetensors` is the format
of the numbers, and `exported` makes numbers of a truth and its bound.
"""
