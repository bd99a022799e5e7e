"""Formulas as MathML, which browsers draw themselves: no page asks a network for a script.

docutils converts them; a formula that it cannot convert is a warning, and so ends the build.
"""

from typing import Any

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)


def _convert(node: nodes.Element, block: bool) -> str:
    try:
        formula: str = tex2mathml(node.astext(), as_block=block)
    except MathError as error:
        logger.warning("formula cannot be converted: %s", error, location=node)
        return ""
    return formula


def visit_math(translator: Any, node: nodes.math) -> None:
    """Write a formula within a line."""
    translator.body.append(_convert(node, block=False))
    raise nodes.SkipNode


def visit_math_block(translator: Any, node: nodes.math_block) -> None:
    """Write a formula on lines of its own."""
    # a wide formula scrolls by itself, not with the page
    translator.body.append(
        f'<div style="overflow: auto hidden; padding: 0.3em 0">{_convert(node, block=True)}</div>'
    )
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Offer the renderer to the configuration, by the name `mathml`."""
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
