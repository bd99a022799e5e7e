"""How Sphinx builds the documentation: `make docs`, or `sphinx-build -W docs build/docs`."""

import sys
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "_ext"), str(HERE.parent)]

project = "windopt"
author = "windopt contributors"
release = metadata.version("windopt")
language = "en-GB"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "offline_maths",
    "reference_pages",
]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
exclude_patterns = ["_ext", "_templates"]
templates_path = ["_templates"]
nitpicky = False

autosummary_generate = True
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings say types, shapes and units
autodoc_default_options = {"members": True}
napoleon_use_rtype = False
napoleon_use_ivar = True

html_math_renderer = "mathml"
html_theme = "furo"
html_title = f"windopt {release}"
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_static_path: list[str] = []
copybutton_exclude = ".linenos, .gp"
