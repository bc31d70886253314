"""What the integration's sources say about translations, read from their syntax trees."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType

PACKAGE = Path(__file__).parents[1] / "custom_components" / "camera_smart_alerts"


@dataclass(frozen=True)
class Use:
    """One place that names a translation key."""

    where: str
    key: str
    """A wildcard ``*`` stands for what is only known at run time."""
    placeholders: frozenset[str]


def modules() -> Iterator[tuple[str, ast.Module]]:
    """Yield name and syntax tree of every module beside ``vision``."""
    for path in sorted(PACKAGE.glob("*.py")):
        yield path.stem, ast.parse(path.read_text())


def calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    """Yield every call of a function or method whose name ends so."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func).endswith(name):
            yield node


def argument(call: ast.Call, name: str) -> ast.expr | None:
    """Return a named argument."""
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def constants(tree: ast.AST | None) -> set[str]:
    """Return every text in a piece of code, with ``*`` for what is filled in."""
    match tree:
        case None:
            return set()
        case ast.Constant(value=str(text)):
            return {text}
        case ast.JoinedStr(values=parts):
            return {_pattern(parts)}
    return {text for child in ast.iter_child_nodes(tree) for text in constants(child)}


def uses(function: str) -> list[Use]:
    """Return every translation key that calls of ``function`` name."""
    return [
        Use(f"{stem}.py:{call.lineno}", key, frozenset(_keys(call)))
        for stem, tree in modules()
        for call in calls(tree, function)
        if (value := argument(call, "translation_key")) is not None
        for key in _Resolver(tree, _module(stem)).values(value, call)
    ]


def told(stem: str, function: str) -> set[str]:
    """Return what calls of ``function`` in a module are given first, as far as it is text."""
    tree = dict(modules())[stem]
    resolver = _Resolver(tree, _module(stem))
    return {
        text
        for call in calls(tree, function)
        if call.args
        for text in resolver.values(call.args[0], call)
    }


def _module(stem: str) -> ModuleType:
    name = "custom_components.camera_smart_alerts"
    return import_module(name if stem == "__init__" else f"{name}.{stem}")


def _pattern(parts: list[ast.expr]) -> str:
    return "".join(str(one.value) if isinstance(one, ast.Constant) else "*" for one in parts)


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _keys(call: ast.Call) -> set[str]:
    value = argument(call, "translation_placeholders")
    assert value is None or isinstance(value, ast.Dict), ast.unparse(call)
    return set() if value is None else {ast.literal_eval(key) for key in value.keys if key}


class _Resolver:
    """Finds out what an expression may be: texts, with ``*`` for what is filled in."""

    def __init__(self, tree: ast.Module, module: ModuleType) -> None:
        self._tree = tree
        self._module = module

    def values(self, value: ast.expr, where: ast.AST) -> set[str]:
        """Return what ``value`` may be at the place of the node ``where``."""
        match value:
            case ast.Constant(value=str(text)):
                return {text}
            case ast.JoinedStr(values=parts):
                return {_pattern(parts)}
            case ast.IfExp(body=first, orelse=second):
                return self.values(first, where) | self.values(second, where)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=table), attr="get")):
                table_values = set(getattr(self._module, table).values())
                return table_values | self.values(value.args[1], where)
            case ast.Name(id=name) if isinstance(text := getattr(self._module, name, None), str):
                return {text}
            case ast.Name(id=name):
                return self._given(name, self._function_around(where))
        raise AssertionError(f"{self._module.__name__}: what is {ast.unparse(value)}?")

    def _function_around(self, node: ast.AST) -> ast.FunctionDef | ast.AsyncFunctionDef:
        around = [
            one
            for one in ast.walk(self._tree)
            if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and node in ast.walk(one)
        ]
        return around[-1]

    def _given(self, name: str, scope: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
        """Return what a parameter or a local variable of a function is given."""
        found: set[str] = set()
        for index, parameter in enumerate(scope.args.args):
            if parameter.arg == name:
                for call in calls(self._tree, scope.name):
                    found |= self.values(call.args[index], call)
        for node in ast.walk(scope):
            match node:
                case ast.Assign(targets=[ast.Name(id=target)], value=given) if target == name:
                    found |= self.values(given, node)
                case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=given)):
                    for target, one in zip(names, given, strict=True):
                        if _name(target) == name:
                            found |= self.values(one, node)
        assert found, f"{self._module.__name__}: where does {name} come from?"
        return found
