"""A record as one HTML page, which needs neither a network nor a script to be read.

Every text of the page's data is safe to show before a template sees it; the templates escape it
as HTML. jinja2, latex2mathml and matplotlib are imported when a page is made, and not before.
"""
