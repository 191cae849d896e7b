"""The documentation site: ``python -m sphinx -W -b html docs site``."""

project = "trial-matcher"
author = "the authors of trial-matcher"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
myst_heading_anchors = 3
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "trial-matcher"
html_copy_source = False
