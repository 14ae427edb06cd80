"""The README is short, says first what a stranger asks first, and counts right."""

import re
from pathlib import Path

from cases.document import CLAIMS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MOST_LINES = 100


def test_it_is_short():
    assert len(README.splitlines()) <= MOST_LINES


def test_it_says_things_in_the_order_in_which_they_are_asked():
    asked = (
        "it runs your code and PyTorch",  # what it is
        "深度学习原理与实践：神经网络的奥秘",  # which document
        "python -m pip install -c constraints.txt .",
        "# my_ops.py",
        "nn-conformance run my_ops.py",
        "✗ does not conform",
        "The exit code is 0",
        "python -m pip install -c constraints.txt -e '.[test]' && pytest -n auto",
        "python -m pip install tox && tox",
        "| an engineer",
        "| a teacher",
        "| a student",
        "| a reader of the document",
        "| a contributor",
    )
    places = [README.lower().find(words.lower()) for words in asked]
    assert -1 not in places
    assert places == sorted(places)


def test_its_example_has_six_lines():
    (code,) = re.findall(r"```python\n# my_ops.py\n(.*?)```", README, re.DOTALL)
    assert len([line for line in code.splitlines() if line.strip()]) <= 6


def test_it_counts_the_claims():
    assert f"`cases/document`: {len(CLAIMS)} in all" in README
    assert f"共 {len(CLAIMS)} 个" in (ROOT / "README.zh.md").read_text("utf-8")


def test_the_clones_commands_are_those_of_continuous_integration():
    script = (ROOT / ".ci/run").read_text("utf-8")
    assert "\npython -m pip install --quiet tox\n" in script
    assert re.search(r"^tox( 2>&1 \| tee \S+)?$", script, re.MULTILINE)
