"""The grid's layout of a template that comes with the portal, without asking the database."""

from rosters.grid import Layout
from rosters.shapes import Shape
from subsidies import columns, templates


def layout_of(code: str) -> Layout:
    content = next(item["content"] for item in templates.template_data() if item["code"] == code)
    return Layout(Shape(columns.read(content)))


LAND, AGE, PLAIN = layout_of("farmland"), layout_of("old_age"), layout_of("generic")
