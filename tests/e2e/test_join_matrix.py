"""Every kind of owner joined to every kind of target: aliases, keys selected or not, null, missing and equal
keys, chains."""

import itertools
import json
import unittest

import join_world
from harness import SECRET, world
from join_world import PARTS, ROWS, Boxes, Handlers, parts
from websocket_mini import WebSocket

KINDS = {"t": "parts", "s": "near", "r": "remote", "a": "action"}
# The field that answers with the rows, and how to take them from its value.
OWNERS = {
    "table": ("jar(order_by: {id: asc}) { %s }", lambda data: data["jar"]),
    "remote": ("boxes { %s }", lambda data: data["boxes"]),
    "action": ("list_boxes { %s }", lambda data: data["list_boxes"]),
    "nested action": ("shelf { boxes { %s } }", lambda data: data["shelf"]["boxes"]),
    "nested remote": ("crate { boxes { %s } }", lambda data: data["crate"]["boxes"]),
    "nodes": ("jar_aggregate(order_by: {id: asc}) { nodes { %s } }", lambda data: data["jar_aggregate"]["nodes"]),
    "function": ("jars_above(args: {low: 0}, order_by: {id: asc}) { %s }", lambda data: data["jars_above"]),
    "local relationship": ("lid(order_by: {id: asc}) { box { %s } }", lambda data: [r["box"] for r in data["lid"]]),
}


class JoinCase(unittest.TestCase):
    maxDiff = 4000
    variables = {}

    @classmethod
    def setUpClass(cls):
        cls.boxes, cls.handlers = Boxes(), Handlers()
        for service in (cls.boxes, cls.handlers):
            service.start()
        for database, sql in (("library", join_world.LIBRARY_SQL), ("shop", join_world.SHOP_SQL)):
            if not world.postgres.psql(database, "select 1 from pg_class where relname in ('jar', 'parts') limit 1"):
                world.postgres.psql(database, sql)
        document = cls.document()
        cls.engine = world.new_engine(document, **cls.variables)
        cls.engine.await_field("{ boxes { id } jar { id } parts { id } list_boxes { id } }")

    @classmethod
    def document(cls):
        return join_world.metadata(world.postgres.url("library"), world.postgres.url("shop"), cls.boxes.url,
                                   cls.handlers.url)

    @classmethod
    def tearDownClass(cls):
        cls.engine.stop()
        for service in (cls.boxes, cls.handlers):
            service.stop()

    def setUp(self):
        for service in (self.boxes, self.handlers):
            service.reset()

    def shortDescription(self):
        return None

    def data(self, query, variables=None, **headers):
        answer = self.engine.graphql(query, variables, **headers)
        self.assertNotIn("errors", answer, query)
        return answer["data"]

    def failing(self, query, variables=None, **headers):
        answer = self.engine.graphql(query, variables, **headers)
        self.assertIn("errors", answer, json.dumps(answer)[:2000])
        return answer.get("data"), answer["errors"]


def one(kind, k):
    return next(iter(parts(KINDS[kind], k)), None) if k is not None else None


def many(kind, k):
    return parts(KINDS[kind], k) if k is not None else None


class Matrix(JoinCase):
    def test_pairs(self):
        for owner, (query, rows) in OWNERS.items():
            for kind, array, alias, key in itertools.product(KINDS, (False, True), ("", "x: "), ("", "k ", "kk: k ")):
                field = "%s_%s" % (kind, "arr" if array else "obj")
                name = "x" if alias else field
                order = "(order_by: {id: asc})" if array and kind in "ts" else ""
                text = query % ("%sid %s%s%s { id k name }" % (key, alias, field, order))
                with self.subTest(owner=owner, query=text):
                    got = rows(self.data("{ %s }" % text))
                    expected = []
                    for i, k in ROWS.items():
                        row = {key.split(":")[0].strip(): k} if key else {}
                        row.update({"id": i, name: (many if array else one)(kind, k)})
                        expected.append(row)
                    self.assertEqual(got, expected)
                    self.assertEqual([list(r) for r in got], [list(r) for r in expected])

    def test_aggregates(self):
        for owner, (query, rows) in OWNERS.items():
            for kind in "ts":
                field = "%s_arr_aggregate { aggregate { count max { id } } nodes { id } }" % kind
                with self.subTest(owner=owner, kind=kind):
                    got = [r[kind + "_arr_aggregate"] for r in rows(self.data("{ %s }" % (query % field)))]
                    self.assertEqual([g and g["aggregate"]["count"] for g in got],
                                     [None if k is None else len(PARTS.get(k, [])) for k in ROWS.values()])
                    self.assertEqual([g and g["aggregate"]["max"]["id"] for g in got], [11, 20, None, None, 11])

    def test_chains(self):
        for owner in ("table", "remote", "action", "nested action"):
            query, rows = OWNERS[owner]
            for path in itertools.product(KINDS, repeat=3):
                text = "name"
                for kind in reversed(path):
                    text = "%s_obj { %s }" % (kind, text)
                with self.subTest(owner=owner, path=path):
                    for row, k in zip(rows(self.data("{ %s }" % (query % text))), ROWS.values()):
                        for kind in path:
                            row = row[kind + "_obj"]
                            self.assertEqual(row is None, k not in PARTS)
                            if row is None:
                                break
                        else:
                            self.assertEqual(row["name"], one(path[-1], k)["name"])

    def test_chain_of_lists(self):
        for path in itertools.permutations(KINDS, 2):
            text = "%s_arr { id %s_arr { id } }" % path
            with self.subTest(path):
                rows = self.data("{ jar(where: {id: {_in: [1, 2]}}, order_by: {id: asc}) { %s } }" % text)["jar"]
                for row, k in zip(rows, (1, 2)):
                    outer = row[path[0] + "_arr"]
                    self.assertEqual(sorted(o["id"] for o in outer), PARTS[k])
                    for o in outer:
                        self.assertEqual(sorted(i["id"] for i in o[path[1] + "_arr"]), PARTS[k])

    def test_all_at_once(self):
        fields = " ".join("%s_%s { name }" % (kind, shape) for kind in KINDS for shape in ("obj", "arr"))
        for owner, (query, rows) in OWNERS.items():
            with self.subTest(owner):
                for row, k in zip(rows(self.data("{ %s }" % (query % fields))), ROWS.values()):
                    for kind in KINDS:
                        wanted = one(kind, k)
                        self.assertEqual(row[kind + "_obj"], wanted and {"name": wanted["name"]})
                        got = row[kind + "_arr"]
                        self.assertEqual(got and sorted(r["name"] for r in got),
                                         k and [p["name"] for p in many(kind, k)])

    def test_each_key_is_asked_for_once(self):
        self.data("{ jar { a_obj { id } r_obj { id } r_arr { id } } }")
        self.assertEqual(len(self.boxes.requests), 1)
        self.assertEqual(sorted(self.boxes.asked("part", "k")), [1, 2, 404])
        self.assertEqual(sorted(r["body"]["input"]["k"] for r in self.handlers.requests), [1, 2, 404])

    def test_no_parents_no_calls(self):
        self.data("{ jar(where: {id: {_lt: 0}}) { a_obj { id } r_obj { id } t_obj { id } constant } }")
        self.assertEqual((self.boxes.requests, self.handlers.requests), ([], []))

    def test_mutation_of_a_remote_schema(self):
        self.assertEqual(self.data("mutation { a: shake(n: 1) { id t_obj { id } r_obj { id } } b: shake(n: 2) { s_obj { id } } }"),
                         {"a": {"id": 1, "t_obj": {"id": 10}, "r_obj": {"id": 10}}, "b": {"s_obj": {"id": 20}}})

    def test_members_of_a_union(self):
        self.assertEqual(
            self.data("{ things { ... on Box { id t_obj { id } } ... on Crate { t_obj: boxes { r_obj { id } } } } }"),
            {"things": [{"id": 1, "t_obj": {"id": 10}}, {"t_obj": [{"r_obj": {"id": 20}}]}]})

    def test_rows_of_a_computed_field(self):
        rows = self.data("{ jar(order_by: {id: asc}) { nears(order_by: {id: asc}) { id t_obj { id } a_obj { id } } } }")["jar"]
        self.assertEqual(rows[0], {"nears": [{"id": i, "t_obj": {"id": 10}, "a_obj": {"id": 10}} for i in (10, 11)]})
        self.assertEqual(rows[2], {"nears": []})


class Keys(JoinCase):
    def column(self, field, selection=""):
        return [r["x"] for r in self.data("{ jar(order_by: {id: asc}) { x: %s %s } }" % (field, selection))["jar"]]

    def test_constants_are_fetched_once(self):
        self.assertEqual(self.column("constant"), ['"constant"'] * 5)
        self.assertEqual(self.column("dollar"), ['"$x"'] * 5)
        self.assertEqual(len(self.boxes.requests), 2)
        self.assertEqual(self.boxes.asked("said", "text"), ["constant", "$x"])

    def test_values(self):
        for field, expected in {
                "text": ['""', '"a"', None, '"b"', '""'],
                "number": ['"123456789012345678901234567890"', '"0"', None, '"1"', '"0"'],
                "large": ['"9007199254740993"', '"0"', None, '"1"', '"0"'],
                "yes": ["false", "true", None, "false", "false"],
                "uid_text": ['"11111111-1111-4111-8111-111111111111"', None, None, None,
                             '"11111111-1111-4111-8111-111111111111"']}.items():
            with self.subTest(field):
                self.assertEqual(self.column(field), expected)

    def test_computed_fields(self):
        self.assertEqual(self.column("computed", "{ id }"), [{"id": 10}, {"id": 20}, None, None, {"id": 10}])
        self.assertEqual(self.column("computed_table", "{ id }"), [{"id": 10}, {"id": 20}, None, None, {"id": 10}])

    def test_ways_through_upstream(self):
        self.assertEqual(self.column("kept", "{ id }"), [[{"id": 10}, {"id": 11}], [{"id": 20}], None, None,
                                                         [{"id": 10}, {"id": 11}]])
        self.assertEqual(self.column("kept(first: 1)", "{ id }"), [[{"id": 10}], [{"id": 20}], None, None, [{"id": 10}]])
        self.assertEqual(self.column("lost", "{ id }"), [None] * 5)

    def test_lists_of_keys_and_constants(self):
        self.assertEqual(self.column("ids", "{ id }"), [[{"id": 20}], [{"id": 20}], None, [{"id": 20}], [{"id": 20}]])
        self.assertIn([1, 1, 20], self.boxes.asked("parts_by_ids", "ids"))

    def test_list_valued_key_means_any_of_these(self):
        rows = self.data("{ boxes { any_part(order_by: {id: asc}) { id } a: any_part_aggregate { aggregate { count } } } }")
        self.assertEqual([r["any_part"] for r in rows["boxes"]],
                         [[{"id": 10}, {"id": 11}], [{"id": 20}], [], [], [{"id": 10}, {"id": 11}]])
        self.assertEqual([r["a"]["aggregate"]["count"] for r in rows["boxes"]], [2, 1, 0, 0, 2])

    def test_open_arguments(self):
        all_of_1 = [{"id": 10}, {"id": 11}]
        for arguments, variables, expected in [
                ("", None, all_of_1), ("(where: {})", None, all_of_1),
                ("(where: {name: {eq: \"remote 11\"}})", None, [{"id": 11}]),
                ("(where: {name: {eq: $n}})", {"n": "remote 10"}, [{"id": 10}]),
                ("(where: {k: {gt: 0}})", None, all_of_1), ("(where: {k: {gt: 5}})", None, []),
                ("(where: null)", None, all_of_1)]:
            with self.subTest(arguments):
                head = "query ($n: String)" if variables else ""
                data = self.data(head + "{ jar(where: {id: {_eq: 1}}) { search%s { id } } }" % arguments, variables)
                self.assertEqual(data["jar"], [{"search": expected}])

    def test_open_object_in_a_variable(self):
        data = self.data("query ($w: PartFilter_remote_rel_jarsearch) { jar(where: {id: {_eq: 1}}) { search(where: $w) { id } } }",
                         {"w": {"name": {"eq": "remote 11"}}})
        self.assertEqual(data["jar"], [{"search": [{"id": 11}]}])

    def test_given_arguments_are_hidden(self):
        for query in ("{ jar { r_obj(k: 1) { id } } }", "{ jar { search(where: {k: {eq: 1}}) { id } } }",
                      "{ jar { tagged(mode: ANY) { id } } }", "{ jar { tagged(tags: []) { id } } }",
                      "{ jar { a_arr(k: 1) { id } } }", "{ jar { kept(k: 1) { id } } }"):
            with self.subTest(query):
                data, errors = self.failing(query)
                self.assertEqual((data, errors[0]["extensions"]["code"]), (None, "validation-failed"))

    def test_literals_of_the_definition(self):
        self.data("{ jar(where: {id: {_eq: 1}}) { tagged { id } } }")
        self.assertEqual(self.boxes.calls, [("search", {"where": {"k": {"eq": 1}}, "tags": ["x", "y", "$z"], "mode": "ALL"})])

    def test_open_arguments_of_an_action(self):
        data = self.data("query ($n: Int) { jar(where: {id: {_eq: 1}}) { a: a_arr(first: 1) { id } b: a_arr(first: $n) { id } } }",
                         {"n": 2})
        self.assertEqual(data["jar"], [{"a": [{"id": 10}], "b": [{"id": 10}, {"id": 11}]}])

    def test_clients_that_take_our_names(self):
        data = self.data("query ($k0_0: Int) { boxes { __joinery_key_k: id __joinery_typename: id t_obj { id } "
                         "r_arr(first: $k0_0) { id } } }", {"k0_0": 1})
        self.assertEqual(data["boxes"][0], {"__joinery_key_k": 1, "__joinery_typename": 1, "t_obj": {"id": 10},
                                            "r_arr": [{"id": 10}]})


class Inputs(JoinCase):
    """Values in variables reach handlers and remote schemas, also when the plan is kept."""

    def test_objects_with_variables(self):
        query = "mutation ($k: Int!, $m: PartMode, $t: [String!]) { make_part(input: {k: $k, mode: $m, tags: $t}) { name } }"
        for variables, expected in [({"k": 1, "m": "NEW", "t": ["a"]}, {"k": 1, "mode": "NEW", "tags": ["a"]}),
                                    ({"k": 2, "m": "OLD", "t": ["b"]}, {"k": 2, "mode": "OLD", "tags": ["b"]}),
                                    ({"k": 3, "m": None}, {"k": 3, "mode": None}), ({"k": 4}, {"k": 4})]:
            with self.subTest(variables):
                self.assertEqual(json.loads(self.data(query, variables)["make_part"]["name"]), expected)

    def test_bad_values_are_refused_every_time(self):
        whole = "mutation ($i: PartInput!) { make_part(input: $i) { name } }"
        parts_of_it = "mutation ($k: Int!, $m: PartMode) { make_part(input: {k: $k, mode: $m}) { name } }"
        remote = "query ($k: Int!) { part(k: $k) { id } }"
        self.data(whole, {"i": {"k": 1, "mode": "NEW"}})
        self.data(parts_of_it, {"k": 1, "m": "NEW"})
        self.data(remote, {"k": 1})
        for service in (self.boxes, self.handlers):
            service.reset()
        for query, variables in [(whole, {"i": {"k": 2 ** 40, "mode": "NEW"}}), (whole, {"i": {"k": 1, "mode": "LOST"}}),
                                 (parts_of_it, {"k": 2 ** 40, "m": "NEW"}), (parts_of_it, {"k": 1, "m": "LOST"}),
                                 (parts_of_it, {"k": 1.5, "m": "NEW"}), (remote, {"k": 2 ** 40}), (remote, {"k": 1.5})]:
            with self.subTest(query=query, variables=variables):
                data, errors = self.failing(query, variables)
                self.assertEqual((data, errors[0]["extensions"]["code"]), (None, "validation-failed"))
        self.assertEqual((self.boxes.requests, self.handlers.requests), ([], []))

    def test_default_of_a_variable_at_a_required_place(self):
        self.assertEqual(self.data("query ($k: Int = 2) { part(k: $k) { id } }"), {"part": {"id": 20}})
        self.assertEqual(self.data("query ($k: Int = 2) { part(k: $k) { id } }", {"k": 1}), {"part": {"id": 10}})


class Permissions(JoinCase):
    def test_the_target_decides(self):
        for name, expected in (("ann", [{"name": "parts 10"}]), ("bob", [{"name": "parts 11"}])):
            data = self.data("{ jar(order_by: {id: asc}) { id t_obj { name } t_arr { name } } }", x_hasura_role="user",
                             x_hasura_name=name)["jar"]
            self.assertEqual(data[0], {"id": 1, "t_obj": expected[0], "t_arr": expected})
            self.assertEqual(data[2], {"id": 3, "t_obj": None, "t_arr": None})

    def test_what_the_role_does_not_see(self):
        for selection in ("k", "s_obj { id }", "a_obj { id }", "a_arr { id }", "t_arr_aggregate { aggregate { count } }",
                          "t_obj { owner }", "t_obj { s_obj { id } }", "r_obj { s_obj { id } }", "r_obj { a_obj { id } }"):
            with self.subTest(selection):
                data, errors = self.failing("{ jar { %s } }" % selection, x_hasura_role="user", x_hasura_name="ann")
                self.assertEqual((data, errors[0]["extensions"]["code"]), (None, "validation-failed"))


class Failures(JoinCase):
    QUERY = "{ jar(where: {id: {_in: [1, 2]}}, order_by: {id: asc}) { id %s } }"

    def test_an_action_fails_for_one_key(self):
        self.handlers.fail_ids = {1: "no luck"}
        data, errors = self.failing(self.QUERY % "a: a_obj { id } t_obj { id }")
        self.assertEqual(data["jar"], [{"id": 1, "a": None, "t_obj": {"id": 10}},
                                       {"id": 2, "a": {"id": 20}, "t_obj": {"id": 20}}])
        self.assertEqual([(e["message"], e["path"], e["extensions"]["code"], e["extensions"]["source"]) for e in errors],
                         [("no luck", ["jar", 0, "a"], "no-luck", "get_part")])

    def test_an_action_fails_where_nothing_may_be_null(self):
        self.handlers.fail_ids = {1: "no luck"}
        data, errors = self.failing(self.QUERY % "a_arr { id }")
        self.assertEqual((data, [e["path"] for e in errors]), (None, [["jar", 0, "a_arr"]]))

    def test_null_at_a_required_place_bubbles(self):
        self.boxes.edit = lambda response: {"data": {"f0": {"id": 20}, "f1": None},
                                            "errors": [{"message": "boom", "path": ["f1"]}]}
        data, errors = self.failing("{ lid(where: {id: {_in: [2, 4]}}, order_by: {id: asc}) { id box { id solid { id } } } }")
        self.assertEqual(data["lid"], [{"id": 2, "box": {"id": 2, "solid": {"id": 20}}}, {"id": 4, "box": None}])
        self.assertEqual([e["path"] for e in errors], [["lid", 1, "box", "solid"]])

    def test_values_of_the_wrong_kind(self):
        for wrong in (5, [], "x", [{"id": 1}]):
            with self.subTest(wrong):
                self.boxes.edit = lambda response: {"data": dict(response["data"], f0=wrong)}
                data, errors = self.failing(self.QUERY % "r_obj { id }")
                self.assertEqual([r["r_obj"] for r in data["jar"]], [None, {"id": 20}])
                self.assertEqual([e["path"] for e in errors], [["jar", 0, "r_obj"]])

    def test_too_long_for_the_request(self):
        self.handlers.delay = 7
        data, errors = self.failing(self.QUERY % "a_obj { id } t_obj { id }")
        self.assertEqual([(r["a_obj"], r["t_obj"]["id"]) for r in data["jar"]], [(None, 10), (None, 20)])
        self.assertEqual(errors[0]["message"], "http exception when calling webhook")

    def test_failing_join_after_a_mutation(self):
        self.boxes.raw = (500, b"oops")
        try:
            data, errors = self.failing("mutation { insert_jar_one(object: {id: 900, k: 1}) { id r_obj { id } } }")
            self.assertEqual(data, {"insert_jar_one": {"id": 900, "r_obj": None}})
            self.assertEqual([e["path"] for e in errors], [["insert_jar_one", "r_obj"]])
            self.assertEqual(world.postgres.psql("library", "select k from jar where id = 900"), "1")
        finally:
            world.postgres.psql("library", "delete from jar where id = 900")

    def test_users_are_told_no_addresses(self):
        self.boxes.raw, self.handlers.raw = (500, b"oops"), (500, b"oops")
        for query, role in (("{ jar { id r_obj { id } } }", "user"), ("{ boxes { id } }", "user")):
            with self.subTest(query):
                _, errors = self.failing(query, x_hasura_role=role, x_hasura_name="ann")
                self.assertNotIn("127.0.0.1", json.dumps(errors))
                self.assertNotIn("internal", json.dumps(errors))


class StrictFailures(JoinCase):
    variables = {"JOINERY_PARTIAL_RESULTS": "false"}

    def check(self, query, code, message):
        answer = self.engine.graphql(query)
        self.assertEqual(list(answer), ["errors"], answer)
        [error] = answer["errors"]
        self.assertEqual((error["extensions"]["code"], error["extensions"]["path"], error["message"]), (code, "$", message))

    def test_action(self):
        self.handlers.fail_ids = {1: "no luck"}
        self.check("{ jar { a_obj { id } } }", "no-luck", "no luck")

    def test_remote_schema(self):
        self.boxes.edit = lambda response: dict(response, errors=[{"message": "boom", "path": ["f1", "name"]}])
        self.check("{ jar { r_obj { id } } }", "unexpected", "Errors from remote server")
        answer = self.engine.graphql("{ jar { r_obj { id } } }")
        self.assertEqual(answer["errors"][0]["extensions"]["internal"],
                         {"errors": [{"message": "boom", "path": ["r_obj__1", "name"]}]})


class Subscriptions(JoinCase):
    variables = {"HASURA_GRAPHQL_LIVE_QUERIES_MULTIPLEXED_REFETCH_INTERVAL": "100"}

    def test_joins_follow_both_sides(self):
        client = WebSocket(self.engine.port, "graphql-transport-ws")
        self.addCleanup(client.close)
        client.send(type="connection_init", payload={"headers": {"x-hasura-admin-secret": SECRET}})
        self.assertEqual(client.receive()["type"], "connection_ack")
        client.send(type="subscribe", id="1", payload={"query": "subscription { jar(where: {id: {_eq: 2}}) "
                                                               "{ k t_obj { name } r_obj { name } a_obj { name } } }"})

        def told(k, table_name, name):
            self.assertEqual(client.receive()["payload"], {"data": {"jar": [
                {"k": k, "t_obj": {"name": table_name}, "r_obj": {"name": "remote " + name},
                 "a_obj": {"name": "action " + name}}]}})

        try:
            told(2, "parts 20", "20")
            world.postgres.psql("shop", "update parts set name = 'new' where id = 20")
            told(2, "new", "20")
            world.postgres.psql("library", "update jar set k = 1 where id = 2")
            told(1, "parts 10", "10")
        finally:
            world.postgres.psql("shop", "update parts set name = 'parts 20' where id = 20")
            world.postgres.psql("library", "update jar set k = 2 where id = 2")
