"""Makes Debian 12's Ren'Py run under its Python.

CPython imports a module of this name by itself when it is on PYTHONPATH (Python documentation, module "site").

Ren'Py 8.0.3 builds syntax trees whose nodes end before they begin; Python 3.11 refuses to compile them with
"AST node line range ... is not valid" (renpy/renpy issue 5461). Such a node's end is moved to its beginning.
"""

import ast
import builtins

_compile = builtins.compile


def _close_range(node):
    """Moves the end of `node` to its beginning where it lies before it."""
    line = getattr(node, "lineno", None)
    end_line = getattr(node, "end_lineno", None)
    if line is None or end_line is None:
        return
    column = getattr(node, "col_offset", None) or 0
    end_column = getattr(node, "end_col_offset", None) or 0
    if (end_line, end_column) < (line, column):
        node.end_lineno = line
        node.end_col_offset = column


def compile(source, *args, **kwargs):
    """`builtins.compile`, which takes trees with such nodes too."""
    if isinstance(source, ast.AST):
        for node in ast.walk(source):
            _close_range(node)
    return _compile(source, *args, **kwargs)


builtins.compile = compile
