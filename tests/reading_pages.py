"""A page of the HTML report as a tree, and what stands where in it."""

import html5lib

MATHML = "{http://www.w3.org/1998/Math/MathML}"


def strictly(text):
    """The page as a tree; an error where it breaks a rule of HTML's syntax."""
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)


def words(element):
    """All text within, in one line."""
    return " ".join("".join(element.itertext()).split())


def found(tree, tag, **attributes):
    """The elements of a tag whose attributes have these words; `class_` for class."""
    wanted = {name.strip("_"): value for name, value in attributes.items()}
    return [
        element
        for element in tree.iter(tag)
        if all(value in (element.get(name) or "").split() for name, value in wanted.items())
    ]


def only(tree, tag, **attributes):
    (element,) = found(tree, tag, **attributes)
    return element


def story_of(tree, operation):
    """The first story of an operation."""
    stories = found(tree, "article", class_="story")
    return next(one for one in stories if operation in words(next(one.iter("h3"))))
