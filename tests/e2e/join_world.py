"""A world where every kind of source owns the same joins to every kind: tables of two databases, a remote
schema, actions. Rows are {id, k}; what is joined by `k` are parts {id, k, name}."""

import json

from fixtures import postgres, table, to_remote, to_source
from upstream import GraphQLService, Service

# id → k; 3 has no key, 4 one that leads nowhere, 5 the same as 1.
ROWS = {1: 1, 2: 2, 3: None, 4: 404, 5: 1}
# k → ids of its parts.
PARTS = {1: [10, 11], 2: [20]}

LIBRARY_SQL = """
create table jar (id int primary key, k int, txt text, nums numeric, flag boolean, big bigint, uid uuid);
insert into jar values
 (1, 1, '', 123456789012345678901234567890, false, 9007199254740993, '11111111-1111-4111-8111-111111111111'),
 (2, 2, 'a', 0, true, 0, null), (3, null, null, null, null, null, null), (4, 404, 'b', 1, false, 1, null),
 (5, 1, '', 0, false, 0, '11111111-1111-4111-8111-111111111111');
create table near (id int primary key, k int, name text);
insert into near values (10, 1, 'near 10'), (11, 1, 'near 11'), (20, 2, 'near 20');
create table lid (id int primary key, box_id int references jar);
insert into lid select i, i from generate_series(1, 5) i;
create function jar_k_plus(b jar) returns int language sql stable as $$ select b.k + 0 $$;
create function jar_near(b jar) returns setof near language sql stable as $$ select * from near where k = b.k $$;
create function jars_above(low int) returns setof jar language sql stable as $$ select * from jar where id > low $$;
"""

SHOP_SQL = """
create table parts (id int primary key, k int, name text, owner text);
insert into parts values (10, 1, 'parts 10', 'ann'), (11, 1, 'parts 11', 'bob'), (20, 2, 'parts 20', 'ann');
"""

BOXES_SDL = """
type Query {
  boxes: [Box!]!
  crate: Crate
  things: [Thing!]!
  part(k: Int!): Part
  parts_of(k: Int!, first: Int): [Part!]!
  parts_by_ids(ids: [Int!]!): [Part!]!
  search(where: PartFilter, tags: [String], mode: Mode): [Part!]!
  said(text: String): String
  said_id(id: ID): String
  said_float(x: Float): String
  flagged(flag: Boolean): String
  keeper(k: Int!): Keeper
  solid(k: Int!): Part!
}
type Mutation { shake(n: Int!): Box }
type Box { id: Int! k: Int part_ids: [Int!]! with_argument(a: Int): Int }
type Crate { boxes: [Box!]! lid: Lid }
type Lid { box: Box }
type Part { id: Int! k: Int! name: String! }
type Keeper { parts(first: Int): [Part!]! none: Keeper }
union Thing = Box | Crate
enum Mode { ANY ALL }
input PartFilter { k: IntFilter name: TextFilter }
input IntFilter { eq: Int gt: Int }
input TextFilter { eq: String }
"""


def part(kind, i, k):
    return {"id": i, "k": k, "name": "%s %d" % (kind, i)}


def parts(kind, k):
    return [part(kind, i, k) for i in PARTS.get(k, [])]


def box(i):
    return {"__typename": "Box", "id": i, "k": ROWS[i], "part_ids": PARTS.get(ROWS[i], [])}


class Boxes(GraphQLService):
    def __init__(self):
        super().__init__(BOXES_SDL)

    def root(self, field, given):
        everything = [part("remote", i, k) for k, ids in PARTS.items() for i in ids]
        if field == "boxes":
            return [box(i) for i in ROWS]
        if field == "crate":
            return {"__typename": "Crate", "boxes": [box(i) for i in ROWS], "lid": {"box": box(2)}}
        if field == "things":
            return [box(1), {"__typename": "Crate", "boxes": [box(2)], "lid": None}]
        if field == "shake":
            return box(given["n"])
        if field in ("part", "solid"):
            return next(iter(parts("remote", given["k"])), None if field == "part" else part("remote", 0, given["k"]))
        if field == "parts_of":
            return parts("remote", given["k"])[:given.get("first")]
        if field == "keeper":
            return {"parts": parts("remote", given["k"]), "none": None} if given["k"] in PARTS else None
        if field == "parts_by_ids":
            return [p for p in everything if p["id"] in given["ids"]]
        if field == "search":
            return [p for p in everything if self.matches(p, given.get("where") or {})]
        return json.dumps(next(iter(given.values()), None), ensure_ascii=False)

    @staticmethod
    def matches(one, where):
        for name, test in where.items():
            for op, value in (test or {}).items():
                if op == "eq" and one[name] != value or op == "gt" and not one[name] > value:
                    return False
        return True

    def resolve(self, type_name, field, parent, arguments):
        if type_name == "Keeper" and field == "parts":
            return parent["parts"][:arguments.get("first")]
        if type_name in ("Query", "Mutation"):
            return super().resolve("Query", field, parent, arguments)
        if parent.get("id") in self.fail_ids and field == "name":
            return super().resolve(type_name, field, parent, arguments)
        return parent.get(field)


class Handlers(Service):
    """Actions by name."""

    def respond(self, request):
        name, given = request["action"]["name"], request["input"]
        if given.get("k") in self.fail_ids:
            return 400, {"message": self.fail_ids[given["k"]], "code": "no-luck"}
        if name == "list_boxes":
            return 200, [{"id": i, "k": k} for i, k in ROWS.items()]
        if name == "shelf":
            return 200, {"boxes": [{"id": i, "k": k} for i, k in ROWS.items()], "top": {"id": 1, "k": 1}}
        if name == "get_part":
            return 200, next(iter(parts("action", given["k"])), None)
        if name == "list_parts":
            return 200, parts("action", given["k"])[:given.get("first")]
        return 200, {"id": 1, "k": given["input"]["k"], "name": json.dumps(given["input"])}


def to_action(name, action, arguments):
    return {"name": name, "definition": {"to_action": {
        "action": action, "lhs_fields": ["k"], "arguments": arguments}}}


def by_k(field):
    return {field: {"arguments": {"k": "$k"}}}


def joins(table_key="k"):
    """The joins that every owner has."""
    return [to_source("t_obj", "shop", "parts", "object", {"k": table_key}),
            to_source("t_arr", "shop", "parts", "array", {"k": table_key}),
            to_source("s_obj", "library", "near", "object", {"k": "k"}),
            to_source("s_arr", "library", "near", "array", {"k": "k"}),
            to_remote("r_obj", "boxes", ["k"], by_k("part")),
            to_remote("r_arr", "boxes", ["k"], by_k("parts_of")),
            to_action("a_obj", "get_part", {"k": "$k"}),
            to_action("a_arr", "list_parts", {"k": "$k"})]


def select(role, columns, **more):
    return {"role": role, "permission": dict({"columns": columns, "filter": {}}, **more)}


def metadata(library_url, shop_url, boxes_url, handlers_url):
    jar_joins = joins() + [
        to_remote("constant", "boxes", [], {"said": {"arguments": {"text": "constant"}}}),
        to_remote("dollar", "boxes", [], {"said": {"arguments": {"text": "$$x"}}}),
        to_remote("text", "boxes", ["txt"], {"said": {"arguments": {"text": "$txt"}}}),
        to_remote("number", "boxes", ["nums"], {"said": {"arguments": {"text": "$nums"}}}),
        to_remote("large", "boxes", ["big"], {"said_id": {"arguments": {"id": "$big"}}}),
        to_remote("yes", "boxes", ["flag"], {"flagged": {"arguments": {"flag": "$flag"}}}),
        to_remote("uid_text", "boxes", ["uid"], {"said_id": {"arguments": {"id": "$uid"}}}),
        to_remote("computed", "boxes", ["k_plus"], {"part": {"arguments": {"k": "$k_plus"}}}),
        to_source("computed_table", "shop", "parts", "object", {"k_plus": "k"}),
        to_remote("search", "boxes", ["k"], {"search": {"arguments": {"where": {"k": {"eq": "$k"}}}}}),
        to_remote("tagged", "boxes", ["k"], {"search": {"arguments": {
            "where": {"k": {"eq": "$k"}}, "tags": ["x", "y", "$$z"], "mode": "ALL"}}}),
        to_remote("kept", "boxes", ["k"], {"keeper": {"arguments": {"k": "$k"}, "field": {"parts": {"arguments": {}}}}}),
        to_remote("lost", "boxes", ["k"], {"keeper": {"arguments": {"k": "$k"}, "field": {
            "none": {"arguments": {}, "field": {"parts": {"arguments": {}}}}}}}),
        to_remote("ids", "boxes", ["id", "k"], {"parts_by_ids": {"arguments": {"ids": ["$id", "$k", 20]}}}),
        to_remote("solid", "boxes", ["k"], {"solid": {"arguments": {"k": "$k"}}})]
    library = postgres("library", library_url, [
        table("jar", remote_relationships=jar_joins,
              computed_fields=[
                  {"name": "k_plus", "definition": {"function": {"schema": "public", "name": "jar_k_plus"}}},
                  {"name": "nears", "definition": {"function": {"schema": "public", "name": "jar_near"}}}],
              select_permissions=[select("user", ["id"])]),
        table("near", remote_relationships=joins()),
        table("lid", object_relationships=[{"name": "box", "using": {"foreign_key_constraint_on": "box_id"}}])])
    library["functions"] = [{"function": {"schema": "public", "name": "jars_above"}}]
    shop = postgres("shop", shop_url, [
        table("parts", remote_relationships=joins(),
              select_permissions=[select("user", ["id", "name"], filter={"owner": {"_eq": "x-hasura-name"}},
                                         limit=1)])])
    boxes = {"name": "boxes", "definition": {"url": boxes_url, "timeout_seconds": 2},
             "remote_relationships": [
                 {"type_name": "Box", "relationships": joins() + [
                     to_source("any_part", "shop", "parts", "array", {"part_ids": "id"})]},
                 {"type_name": "Part", "relationships": joins()}]}
    argument = [{"name": "k", "type": "Int!"}]
    paged = argument + [{"name": "first", "type": "Int"}]

    def action(name, output, arguments, kind="query", roles=()):
        return {"name": name, "permissions": [{"role": r} for r in roles], "definition": {
            "type": kind, "handler": handlers_url, "output_type": output, "arguments": arguments, "timeout": 5}}

    actions = [action("list_boxes", "[ActBox!]!", []), action("shelf", "Shelf", []),
               action("get_part", "ActPart", argument), action("list_parts", "[ActPart!]!", paged),
               action("make_part", "ActPart", [{"name": "input", "type": "PartInput!"}], "mutation")]
    fields = [{"name": "id", "type": "Int!"}, {"name": "k", "type": "Int"}]
    custom_types = {
        "input_objects": [{"name": "PartInput", "fields": [
            {"name": "k", "type": "Int!"}, {"name": "mode", "type": "PartMode"}, {"name": "tags", "type": "[String!]"}]}],
        "enums": [{"name": "PartMode", "values": [{"value": "NEW"}, {"value": "OLD"}]}],
        "objects": [
            {"name": "ActBox", "fields": fields, "remote_relationships": joins()},
            {"name": "Shelf", "fields": [{"name": "boxes", "type": "[ActBox!]!"}, {"name": "top", "type": "ActBox"}]},
            {"name": "ActPart", "fields": fields + [{"name": "name", "type": "String!"}],
             "remote_relationships": joins()}]}
    return {"version": 3, "sources": [library, shop], "remote_schemas": [boxes], "actions": actions,
            "custom_types": custom_types}
