"""Reads a student's program as a tree; nothing of it is run."""

import ast
import warnings

CODE_CHARS_MAX = 100_000


def parse_program(code: str) -> ast.Module | SyntaxError:
    """The tree, or the SyntaxError that Python would raise. Never raises, whatever the text holds."""
    if len(code) > CODE_CHARS_MAX:
        return SyntaxError("the program is too long to read")
    try:
        # Odd escapes and `is` beside a literal warn while parsing; what a student typed must not trip our own filters.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(code)
    except SyntaxError as error:
        return error
    except (ValueError, RecursionError, MemoryError) as error:
        return SyntaxError(str(error) or "the program is nested too deeply to read")


def compiles(code: str) -> bool:
    """Whether Python accepts the text as a program, `return` outside a function and the like included."""
    if len(code) > CODE_CHARS_MAX:
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(code, "main.py", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def compile_error(code: str) -> SyntaxError | None:
    """Why Python would not start the program, or None when it would."""
    tree = parse_program(code)
    if isinstance(tree, SyntaxError):
        return tree
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(code, "main.py", "exec", dont_inherit=True)
    except SyntaxError as error:
        return error
    except (ValueError, RecursionError, MemoryError) as error:
        return SyntaxError(str(error) or "the program is nested too deeply to read")
    return None


def names_in(code: str) -> set[str]:
    """The variable names that a line or program mentions; empty when it does not parse alone."""
    text = code.strip().removesuffix(":")
    for shape in (text, f"{code.strip()}\n pass", f"({text})"):
        tree = parse_program(shape)
        if isinstance(tree, ast.Module):
            return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return set()


def parameters(code: str) -> dict[str, list[str]]:
    """The functions that a program defines, methods apart, each with the names of what it is given."""
    tree = parse_program(code)
    if isinstance(tree, SyntaxError):
        return {}
    defined = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return {one.name: [arg.arg for arg in (*one.args.posonlyargs, *one.args.args)] for one in defined}


def never_called(code: str) -> str:
    """The last function of a program that defines functions and never calls any outside of them; empty otherwise."""
    tree = parse_program(code)
    if isinstance(tree, SyntaxError):
        return ""
    defined = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    outside = [node for node in tree.body if not isinstance(node, ast.FunctionDef | ast.ClassDef)]
    called = any(isinstance(inner, ast.Call) for node in outside for inner in ast.walk(node))
    return defined[-1] if defined and not called else ""


def awaited(code: str) -> list[str]:
    """What a program compares its input with, as it would be typed: texts and whole numbers, directly or by a name."""
    tree = parse_program(code)
    if isinstance(tree, SyntaxError):
        return []
    held = {
        node.targets[0].id: node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }
    read = {
        node.targets[0].id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and "input(" in ast.unparse(node.value)
    }
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Compare(left=ast.Name(id=name), ops=[ast.Eq() | ast.NotEq()], comparators=[other]) if name in read:
                names = [n.id for n in ast.walk(other) if isinstance(n, ast.Name)]
                value = other.value if isinstance(other, ast.Constant) else held.get(names[0]) if names else None
                if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
                    found.append(str(value))
    return list(dict.fromkeys(found))
