"""A GraphQL service small enough to read: lexer, parser, executor and introspection for the upstreams
of the end-to-end tests. It checks field names and required arguments, so that a wrong document fails."""

import re

_TOKEN = re.compile(
    r'[\s,\ufeff]+|#[^\n]*|(?P<block>"""(?:\\"""|.|\n)*?""")|(?P<string>"(?:\\.|[^"\\\n])*")'
    r'|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<name>[_A-Za-z]\w*)|(?P<punct>\.\.\.|[!$&()=:@\[\]{}|])')


class GraphQLError(Exception):
    pass


def _tokens(text):
    out, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if not match:
            raise GraphQLError("Syntax Error: unexpected character %r" % text[at])
        if match.lastgroup:
            out.append((match.lastgroup, match.group()))
        at = match.end()
    return out + [("end", "")]


class Parser:
    def __init__(self, text):
        self.tokens, self.at = _tokens(text), 0

    def peek(self, text):
        return self.tokens[self.at][1] == text and self.tokens[self.at][0] in ("punct", "name")

    def accept(self, text):
        if self.peek(text):
            self.at += 1
            return True
        return False

    def expect(self, text):
        if not self.accept(text):
            raise GraphQLError("Syntax Error: expected %r, found %r" % (text, self.tokens[self.at][1]))

    def name(self):
        kind, text = self.tokens[self.at]
        if kind != "name":
            raise GraphQLError("Syntax Error: expected a name, found %r" % text)
        self.at += 1
        return text

    def skip_description(self):
        if self.tokens[self.at][0] in ("block", "string"):
            self.at += 1

    def done(self):
        return self.tokens[self.at][0] == "end"

    # Types are text such as "[Int!]!".
    def type(self):
        if self.accept("["):
            inner = "[" + self.type() + "]"
            self.expect("]")
        else:
            inner = self.name()
        return inner + "!" if self.accept("!") else inner

    # Values are (kind, value) pairs until variables are known.
    def value(self):
        kind, text = self.tokens[self.at]
        if self.accept("$"):
            return ("var", self.name())
        if self.accept("["):
            items = []
            while not self.accept("]"):
                items.append(self.value())
            return ("list", items)
        if self.accept("{"):
            fields = {}
            while not self.accept("}"):
                key = self.name()
                self.expect(":")
                fields[key] = self.value()
            return ("object", fields)
        self.at += 1
        if kind == "number":
            return ("const", float(text) if re.search(r"[.eE]", text) else int(text))
        if kind == "string":
            import json
            return ("const", json.loads(text))
        if kind == "block":
            return ("const", text[3:-3].strip())
        if kind == "name":
            return ("const", {"true": True, "false": False, "null": None}.get(text, text))
        raise GraphQLError("Syntax Error: unexpected %r" % text)

    def arguments(self):
        out = {}
        if self.accept("("):
            while not self.accept(")"):
                key = self.name()
                self.expect(":")
                out[key] = self.value()
        return out

    def directives(self):
        out = []
        while self.accept("@"):
            out.append((self.name(), self.arguments()))
        return out

    def selection_set(self):
        self.expect("{")
        out = []
        while not self.accept("}"):
            if self.accept("..."):
                if self.peek("on") or self.peek("{") or self.peek("@"):
                    on = self.name() if self.accept("on") else None
                    directives = self.directives()
                    out.append({"kind": "inline", "on": on, "directives": directives,
                                "selection": self.selection_set()})
                else:
                    name = self.name()
                    out.append({"kind": "spread", "name": name, "directives": self.directives()})
                continue
            name = self.name()
            alias = name
            if self.accept(":"):
                name = self.name()
            field = {"kind": "field", "alias": alias, "name": name, "arguments": self.arguments(),
                     "directives": self.directives(), "selection": None}
            if self.peek("{"):
                field["selection"] = self.selection_set()
            out.append(field)
        if not out:
            raise GraphQLError("Syntax Error: empty selection set")
        return out

    def document(self):
        operations, fragments = [], {}
        while not self.done():
            if self.peek("{"):
                operations.append(("query", None, [], self.selection_set()))
            elif self.accept("fragment"):
                name = self.name()
                self.expect("on")
                on = self.name()
                self.directives()
                fragments[name] = (on, self.selection_set())
            else:
                kind = self.name()
                name = None if self.peek("(") or self.peek("{") or self.peek("@") else self.name()
                variables = []
                if self.accept("("):
                    while not self.accept(")"):
                        self.expect("$")
                        variable = self.name()
                        self.expect(":")
                        type_ = self.type()
                        default = self.value() if self.accept("=") else None
                        variables.append((variable, type_, default))
                self.directives()
                operations.append((kind, name, variables, self.selection_set()))
        return operations, fragments

    def input_values(self, close):
        out = {}
        while not self.accept(close):
            self.skip_description()
            name = self.name()
            self.expect(":")
            type_ = self.type()
            out[name] = (type_, self.value()[1] if self.accept("=") else None)
        return out

    def schema(self):
        types = {}
        while not self.done():
            self.skip_description()
            kind, name = self.name(), self.name()
            entry = types[name] = {"kind": kind, "fields": {}, "interfaces": [], "members": [], "values": []}
            if self.accept("implements"):
                entry["interfaces"].append(self.name())
                while self.accept("&"):
                    entry["interfaces"].append(self.name())
            if kind == "union":
                self.expect("=")
                entry["members"].append(self.name())
                while self.accept("|"):
                    entry["members"].append(self.name())
            elif kind == "enum":
                self.expect("{")
                while not self.accept("}"):
                    entry["values"].append(self.name())
            elif kind == "input":
                self.expect("{")
                entry["fields"] = self.input_values("}")
            elif kind in ("type", "interface"):
                self.expect("{")
                while not self.accept("}"):
                    self.skip_description()
                    field = self.name()
                    arguments = self.input_values(")") if self.accept("(") else {}
                    self.expect(":")
                    entry["fields"][field] = (self.type(), arguments)
        return types


_KINDS = {"type": "OBJECT", "interface": "INTERFACE", "union": "UNION", "enum": "ENUM",
          "input": "INPUT_OBJECT", "scalar": "SCALAR"}


class Schema:
    """`resolve(type, field, parent, arguments)` gives a field's value; raising GraphQLError fails it."""

    def __init__(self, sdl, resolve):
        self.types = Parser(sdl).schema()
        for scalar in ("Int", "Float", "String", "Boolean", "ID"):
            self.types.setdefault(scalar, {"kind": "scalar", "fields": {}, "interfaces": [],
                                           "members": [], "values": []})
        self.resolve = resolve

    def possible(self, name):
        entry = self.types[name]
        if entry["kind"] == "union":
            return entry["members"]
        return [n for n, t in self.types.items() if name in t["interfaces"]]

    def _ref(self, text):
        if text.endswith("!"):
            return {"kind": "NON_NULL", "name": None, "ofType": self._ref(text[:-1])}
        if text.startswith("["):
            return {"kind": "LIST", "name": None, "ofType": self._ref(text[1:-1])}
        return {"kind": _KINDS[self.types[text]["kind"]], "name": text, "ofType": None}

    def _inputs(self, values):
        import json
        return [{"name": n, "description": None, "type": self._ref(t),
                 "defaultValue": None if d is None else json.dumps(d)} for n, (t, d) in values.items()]

    def introspection(self):
        types = []
        for name, entry in self.types.items():
            kind = _KINDS[entry["kind"]]
            fields = None
            if kind in ("OBJECT", "INTERFACE"):
                fields = [{"name": f, "description": None, "args": self._inputs(a), "type": self._ref(t),
                           "isDeprecated": False, "deprecationReason": None}
                          for f, (t, a) in entry["fields"].items()]
            types.append({
                "kind": kind, "name": name, "description": None, "fields": fields,
                "inputFields": self._inputs(entry["fields"]) if kind == "INPUT_OBJECT" else None,
                "interfaces": [self._ref(i) for i in entry["interfaces"]] if kind == "OBJECT" else None,
                "enumValues": [{"name": v, "description": None, "isDeprecated": False,
                                "deprecationReason": None} for v in entry["values"]]
                              if kind == "ENUM" else None,
                "possibleTypes": [self._ref(p) for p in self.possible(name)]
                                 if kind in ("INTERFACE", "UNION") else None})
        mutation = {"name": "Mutation"} if "Mutation" in self.types else None
        return {"queryType": {"name": "Query"}, "mutationType": mutation, "subscriptionType": None,
                "types": types, "directives": []}

    def execute(self, text, variables):
        """The response as a dict."""
        try:
            operations, fragments = Parser(text).document()
            if len(operations) != 1:
                raise GraphQLError("one operation expected")
            kind, _, declared, selection = operations[0]
            root = {"query": "Query", "mutation": "Mutation"}.get(kind)
            if root not in self.types:
                raise GraphQLError("no %s is served" % kind)
            values = {}
            for name, type_, default in declared:
                if name in variables:
                    values[name] = variables[name]
                elif default is not None:
                    values[name] = _value(default, {})
                elif type_.endswith("!"):
                    raise GraphQLError("variable $%s is required" % name)
                if type_.endswith("!") and values[name] is None:
                    raise GraphQLError("variable $%s must not be null" % name)
            run = _Run(self, fragments, values)
            run.check(root, selection)
        except GraphQLError as error:
            return {"errors": [{"message": str(error)}]}
        data = run.complete_object(root, {}, [selection], [])
        out = {"data": data}
        if run.errors:
            out["errors"] = run.errors
        return out


def _value(node, variables):
    kind, value = node
    if kind == "var":
        return variables.get(value)
    if kind == "list":
        return [_value(v, variables) for v in value]
    if kind == "object":
        return {k: _value(v, variables) for k, v in value.items()}
    return value


class _NullBubbles(Exception):
    pass


class _Run:
    def __init__(self, schema, fragments, variables):
        self.schema, self.fragments, self.variables, self.errors = schema, fragments, variables, []

    def check(self, type_name, selection):
        entry = self.schema.types[type_name]
        for node in selection:
            if node["kind"] == "inline":
                self.check(node["on"] or type_name, node["selection"])
            elif node["kind"] == "spread":
                if node["name"] not in self.fragments:
                    raise GraphQLError('Unknown fragment "%s".' % node["name"])
                self.check(*self.fragments[node["name"]])
            elif node["name"].startswith("__"):
                continue
            else:
                if node["name"] not in entry["fields"]:
                    raise GraphQLError('Cannot query field "%s" on type "%s".' % (node["name"], type_name))
                field_type, declared = entry["fields"][node["name"]]
                for argument, value in node["arguments"].items():
                    if argument not in declared:
                        raise GraphQLError('Unknown argument "%s".' % argument)
                    if value[0] == "var" and value[1] not in self.variables and \
                            declared[argument][0].endswith("!"):
                        raise GraphQLError("Variable $%s is not defined." % value[1])
                for argument, (t, default) in declared.items():
                    if t.endswith("!") and default is None and argument not in node["arguments"]:
                        raise GraphQLError('Argument "%s" is required.' % argument)
                inner = field_type.strip("[]!")
                leaf = self.schema.types[inner]["kind"] in ("scalar", "enum")
                if leaf != (node["selection"] is None):
                    raise GraphQLError('Field "%s": selection and type disagree.' % node["name"])
                if node["selection"]:
                    self.check(inner, node["selection"])

    def included(self, node):
        for name, arguments in node["directives"]:
            truth = _value(arguments["if"], self.variables) if "if" in arguments else None
            if (name == "skip" and truth) or (name == "include" and not truth):
                return False
        return True

    def collect(self, type_name, selection, out):
        for node in selection:
            if not self.included(node):
                continue
            if node["kind"] == "field":
                out.setdefault(node["alias"], []).append(node)
                continue
            on, inner = (node["on"], node["selection"]) if node["kind"] == "inline" \
                else self.fragments[node["name"]]
            if on in (None, type_name) or type_name in self.schema.possible(on):
                self.collect(type_name, inner, out)

    def complete_object(self, type_name, parent, selections, path):
        grouped = {}
        for selection in selections:
            self.collect(type_name, selection, grouped)
        out = {}
        for alias, nodes in grouped.items():
            name = nodes[0]["name"]
            here = path + [alias]
            inner = [n["selection"] for n in nodes if n["selection"]]
            if name == "__typename":
                out[alias] = type_name
                continue
            if name == "__schema":
                out[alias] = project(self.schema.introspection(), self, inner)
                continue
            field_type, declared = self.schema.types[type_name]["fields"][name]
            arguments = {k: d for k, (_, d) in declared.items() if d is not None}
            for k, v in nodes[0]["arguments"].items():
                if v[0] != "var" or v[1] in self.variables:
                    arguments[k] = _value(v, self.variables)
            try:
                value = self.schema.resolve(type_name, name, parent, arguments)
                out[alias] = self.complete(field_type, value, inner, here)
            except GraphQLError as error:
                self.errors.append({"message": str(error), "path": here})
                if field_type.endswith("!"):
                    raise _NullBubbles()
                out[alias] = None
            except _NullBubbles:
                if field_type.endswith("!") and path:
                    raise
                out[alias] = None
        return out

    def complete(self, field_type, value, inner, path):
        if field_type.endswith("!"):
            value = self.complete(field_type[:-1], value, inner, path)
            if value is None:
                raise GraphQLError("Cannot return null for non-nullable field.")
            return value
        if value is None:
            return None
        if field_type.startswith("["):
            return [self.complete(field_type[1:-1], v, inner, path + [i]) for i, v in enumerate(value)]
        if not inner:
            return value
        kind = self.schema.types[field_type]["kind"]
        concrete = value["__typename"] if kind in ("interface", "union") else field_type
        return self.complete_object(concrete, value, inner, path)


def project(value, run, selections):
    """Introspection is data already: only what was asked for is kept."""
    if isinstance(value, list):
        return [project(v, run, selections) for v in value]
    if not isinstance(value, dict):
        return value
    grouped = {}

    def collect(selection):
        for node in selection:
            if node["kind"] == "field":
                grouped.setdefault(node["alias"], []).append(node)
            elif node["kind"] == "inline":
                collect(node["selection"])
            else:
                collect(run.fragments[node["name"]][1])

    for selection in selections:
        collect(selection)
    return {alias: project(value.get(nodes[0]["name"]), run, [n["selection"] for n in nodes if n["selection"]])
            for alias, nodes in grouped.items()}
