"""What joined fields answer: arguments, keys, types, nesting, selections."""

from harness import Case, world


class DatabaseJoins(Case):
    def test_object_and_array(self):
        self.assertEqual(
            self.data("{ member(where: {id: {_in: [1, 3]}}, order_by: {id: asc}) "
                      "{ name customer { name } orders(order_by: {id: asc}) { id total } } }"),
            {"member": [
                {"name": "member 1", "customer": {"name": "customer 1"},
                 "orders": [{"id": 1, "total": 1.25}, {"id": 2, "total": 2.25}]},
                {"name": "member 3", "customer": {"name": "customer 3"},
                 "orders": [{"id": 5, "total": 5.25}, {"id": 6, "total": 6.25}]}]})

    def test_arguments_are_per_parent(self):
        head = "{ member(where: {id: {_lte: 2}}, order_by: {id: asc}) { r: "
        for field, expected in [
                ("orders(where: {status: {_eq: \"open\"}}) { id }", [[2], [4]]),
                ("orders(order_by: {id: desc}) { id }", [[2, 1], [4, 3]]),
                ("orders(order_by: {id: desc}, limit: 1) { id }", [[2], [4]]),
                ("orders(order_by: {id: asc}, offset: 1) { id }", [[2], [4]]),
                ("orders(distinct_on: customer_id, order_by: [{customer_id: asc}, {id: desc}]) { id }",
                 [[2], [4]]),
                ("orders(where: {id: {_gt: 2}}, order_by: {id: asc}) { id }", [[], [3, 4]])]:
            with self.subTest(field):
                rows = self.data(head + field + " } }")["member"]
                self.assertEqual([[o["id"] for o in r["r"]] for r in rows], expected)

    def test_arguments_from_variables(self):
        data = self.data("query ($s: String!, $n: Int) { member(where: {id: {_eq: 1}}) "
                         "{ orders(where: {status: {_eq: $s}}, limit: $n) { id } } }", {"s": "paid", "n": 1})
        self.assertEqual(data, {"member": [{"orders": [{"id": 1}]}]})

    def test_aggregate_with_nodes(self):
        data = self.data("{ member(where: {id: {_lte: 2}}, order_by: {id: asc}) { orders_aggregate(where: "
                         "{id: {_neq: 4}}, order_by: {id: asc}) { aggregate { count max { id } } nodes { id } } } }")
        self.assertEqual([r["orders_aggregate"] for r in data["member"]],
                         [{"aggregate": {"count": 2, "max": {"id": 2}}, "nodes": [{"id": 1}, {"id": 2}]},
                          {"aggregate": {"count": 1, "max": {"id": 3}}, "nodes": [{"id": 3}]}])

    def test_same_join_twice_under_aliases(self):
        self.assertEqual(
            self.data("{ member(where: {id: {_eq: 1}}) { a: orders(where: {status: {_eq: \"open\"}}) { id } "
                      "b: orders(where: {status: {_eq: \"paid\"}}) { id } c: customer { id } d: customer { name } } }"),
            {"member": [{"a": [{"id": 2}], "b": [{"id": 1}], "c": {"id": 1}, "d": {"name": "customer 1"}}]})

    def test_key_selected_or_not(self):
        for keys, expected in [("", {}), ("id", {"id": 1}), ("x: id", {"x": 1}), ("x: id id", {"x": 1, "id": 1}),
                               ("id: name", {"id": "member 1"})]:
            with self.subTest(keys):
                data = self.data("{ member(where: {id: {_eq: 1}}) { %s customer { name } person { name } } }" % keys)
                row = dict(expected, customer={"name": "customer 1"}, person={"name": "person 1"})
                self.assertEqual(data["member"], [row])
                self.assertEqual(list(data["member"][0]), list(row))

    def test_order_of_keys_follows_the_query(self):
        row = self.data("{ member(limit: 1) { person { id } b: name customer { id } id } }")["member"][0]
        self.assertEqual(list(row), ["person", "b", "customer", "id"])

    def test_key_types(self):
        for join, expected in {
                "int_int": {1: [1, 3], 2: None, 3: None, 4: [1, 3], 5: [4]},
                "int_big": {1: [3], 2: None, 3: None, 4: [3], 5: [4]},
                "big_int": {1: None, 2: None, 3: None, 4: [1, 3], 5: [4]},
                "big_big": {1: [1], 2: None, 3: None, 4: [3], 5: [4]},
                "text_text": {1: [1], 2: None, 3: None, 4: [1], 5: [4]},
                "uuid_uuid": {1: [1], 2: None, 3: None, 4: [1], 5: None},
                "text_uuid": {1: [1], 2: None, 3: None, 4: None, 5: None},
                "uuid_text": {1: [1], 2: None, 3: None, 4: [1], 5: None},
                "num_num": {1: [1], 2: None, 3: None, 4: [3], 5: [4]},
                "composite": {1: [1, 3], 2: None, 3: None, 4: [1, 3], 5: [4]}}.items():
            with self.subTest(join):
                for row in self.data("{ odd { id j: %s { id } } }" % join)["odd"]:
                    got, want = row["j"] and row["j"]["id"], expected[row["id"]]
                    # With several matches the first in primary key order.
                    self.assertEqual(got, want and want[0], "row %d" % row["id"])

    def test_duplicates_missing_rows_and_null_keys(self):
        rows = self.data("{ odd(order_by: {id: asc}) { ints(order_by: {id: asc}) { id note } composites { note } } }")
        self.assertEqual([[t["id"] for t in r["ints"]] if r["ints"] is not None else None for r in rows["odd"]],
                         [[1, 3], None, [], [1, 3], [4]])
        self.assertEqual([None if r["composites"] is None else sorted(t["note"] for t in r["composites"])
                          for r in rows["odd"]], [["dup", "één"], None, None, ["dup", "één"], ["zero"]])

    def test_numbers_keep_their_digits(self):
        status, body = self.engine.request("POST", "/v1/graphql", {
            "query": "{ odd(where: {id: {_eq: 1}}) { k_num big_big { amount k_big } } }"})
        self.assertEqual(status, 200)
        for text in (b"123456789012345678901234567890.5", b"123456789012345678901234567890", b"9007199254740993"):
            self.assertIn(text, body)

    def test_unicode(self):
        row = self.data("{ odd(where: {id: {_eq: 1}}) { k_text order text_text { k_text note } tag } }")["odd"][0]
        self.assertEqual(row, {"k_text": "Grüße, 世界 \"q\"", "order": "x", "tag": "tag:Grüße, 世界 \"q\"",
                               "text_text": {"k_text": "Grüße, 世界 \"q\"", "note": "één"}})

    def test_timestamps(self):
        row = self.data("{ member(where: {id: {_eq: 1}}) { orders(limit: 1, order_by: {placed: asc}) { placed } } }")
        self.assertEqual(row["member"][0]["orders"][0]["placed"], "2024-01-01T01:00:00+00:00")

    def test_siblings_answer_as_each_alone(self):
        # They share one statement, in which every column travels as text.
        columns = ("id bool numeric float char text inet money moment day json list mood raw uuid span "
                   "part: json(path: \"$.a\")")
        fields = ["all: kinds(order_by: {id: asc}) { %s }" % columns,
                  "last: kinds(order_by: {id: desc}, limit: 1) { %s }" % columns,
                  "sum: kinds_aggregate { aggregate { count max { id moment } } nodes { id moment inet } }",
                  "customer { id name secret person { id } }",
                  "orders(where: {status: {_eq: \"open\"}}) { id total placed lines { sku } }",
                  "none: kinds(where: {id: {_lt: 0}}) { id }"]
        member = "{ member(where: {id: {_in: [1, 2, 3]}}, order_by: {id: asc}) { id %s } }"
        together = self.data(member % " ".join(fields))["member"]
        for i, row in enumerate(together):
            alone = {"id": row["id"]}
            for field in fields:
                alone.update(self.data(member % field)["member"][i])
            self.assertEqual(row, alone)
            self.assertEqual(list(row), list(alone))
        self.assertEqual([len(row["all"]) for row in together], [2, 0, 1])
        direct = self.data("{ kinds(where: {of: {_eq: 1}}, order_by: {id: asc}) { %s } }" % columns)["kinds"]
        self.assertEqual(together[0]["all"], direct)

    def test_below_and_above_local_relationships(self):
        data = self.data("{ loan(where: {id: {_in: [1, 21]}}, order_by: {id: asc}) { member { name customer { name "
                         "local_orders(order_by: {id: asc}, limit: 1) { id lines(order_by: {id: asc}) { sku } "
                         "person { name } } } } } }")
        joined = {"name": "member 2", "customer": {"name": "customer 2", "local_orders": [
            {"id": 3, "lines": [{"sku": "sku 5"}, {"sku": "sku 6"}], "person": {"name": "person 2"}}]}}
        self.assertEqual(data, {"loan": [{"member": joined}, {"member": joined}]})
        self.assertEqual(world.people.asked("person"), [2])

    def test_below_aggregate_nodes(self):
        data = self.data("{ member_aggregate(where: {id: {_lte: 2}}, order_by: {id: asc}) "
                         "{ aggregate { count } nodes { customer { name } } } }")
        self.assertEqual(data["member_aggregate"], {
            "aggregate": {"count": 2},
            "nodes": [{"customer": {"name": "customer 1"}}, {"customer": {"name": "customer 2"}}]})

    def test_by_primary_key(self):
        self.assertEqual(self.data("{ member_by_pk(id: 5) { customer { name } person { name } } }"),
                         {"member_by_pk": {"customer": {"name": "customer 5"}, "person": {"name": "person 5"}}})
        self.assertEqual(self.data("{ member_by_pk(id: -5) { customer { name } } }"), {"member_by_pk": None})

    def test_role_permissions_apply_to_the_target(self):
        data = self.data("{ member(where: {name: {_in: [\"member 2\", \"member 3\"]}}, order_by: {name: asc}) "
                         "{ name customer { name } } }", x_hasura_role="user")
        self.assertEqual(data["member"], [{"name": "member 2", "customer": {"name": "customer 2"}},
                                          {"name": "member 3", "customer": None}])
        for query in ("{ member { customer { secret } } }", "{ member { orders { id } } }", "{ member { id } }"):
            with self.subTest(query):
                answer = self.engine.graphql(query, x_hasura_role="user")
                self.assertEqual(answer["errors"][0]["extensions"]["code"], "validation-failed")

    def test_mutation_returning(self):
        try:
            data = self.data("mutation { insert_loan_one(object: {id: 9001, member_id: 3, title: \"t\"}) "
                             "{ title member { customer { name } person { name } } } }")
            self.assertEqual(data["insert_loan_one"], {"title": "t", "member": {
                "customer": {"name": "customer 3"}, "person": {"name": "person 3"}}})
        finally:
            world.postgres.psql("library", "delete from loan where id = 9001")


class Selections(Case):
    def test_fragments(self):
        self.assertEqual(
            self.data("{ member(where: {id: {_eq: 1}}) { ...M ... on member { customer { ...C } } } } "
                      "fragment M on member { customer { id } person { ...P } } "
                      "fragment C on customers { name } fragment P on Person { name ... on Person { id } }"),
            {"member": [{"customer": {"id": 1, "name": "customer 1"}, "person": {"name": "person 1", "id": 1}}]})

    def test_fragment_used_twice(self):
        self.assertEqual(
            self.data("{ a: member(where: {id: {_eq: 1}}) { ...M } b: member(where: {id: {_eq: 2}}) { ...M } } "
                      "fragment M on member { person { name } customer { name } }"),
            {x: [{"person": {"name": "person %d" % i}, "customer": {"name": "customer %d" % i}}]
             for x, i in (("a", 1), ("b", 2))})

    def test_skip_and_include(self):
        query = ("query ($on: Boolean!) { member(limit: 2) { name person @include(if: $on) { name } "
                 "customer @include(if: $on) { name } orders @skip(if: true) { id } } }")
        self.data(query, {"on": False})
        world.people.reset()
        world.postgres.reset_statements()
        rows = self.data(query, {"on": False})["member"]
        self.assertEqual([list(r) for r in rows], [["name"], ["name"]])
        self.assertEqual(world.people.requests, [])
        self.assertEqual(world.postgres.statements(), {"library": 1})
        self.assertEqual([list(r) for r in self.data(query, {"on": True})["member"]],
                         [["name", "person", "customer"]] * 2)

    def test_skip_inside_a_joined_field(self):
        query = ("query ($on: Boolean!) { member(where: {id: {_eq: 1}}) "
                 "{ person { id name @include(if: $on) } } }")
        self.assertEqual(self.data(query, {"on": False}), {"member": [{"person": {"id": 1}}]})
        self.assertEqual(self.data(query, {"on": True}), {"member": [{"person": {"id": 1, "name": "person 1"}}]})


class RemoteJoins(Case):
    def test_null_keys_are_never_sent(self):
        rows = self.data("{ odd(order_by: {id: asc}) { person { id } tag } }")["odd"]
        self.assertEqual([r["person"] and r["person"]["id"] for r in rows], [1, None, 404, 1, 0])
        self.assertEqual(rows[1], {"person": None, "tag": None})
        self.assertEqual(rows[4]["tag"], "tag:")
        self.assertEqual(sorted(world.people.asked("person")), [0, 1, 404])
        self.assertEqual(sorted(world.people.asked("tag", "name")), ["", "Grüße, 世界 \"q\"", "nowhere"])

    def test_all_keys_null_no_request(self):
        self.assertEqual(self.data("{ odd(where: {id: {_eq: 2}}) { person { id } int_int { id } } }"),
                         {"odd": [{"person": None, "int_int": None}]})
        self.assertEqual(world.people.requests, [])

    def test_missing_upstream_rows(self):
        world.people.missing_ids = {2}
        rows = self.data("{ member(where: {id: {_lte: 3}}, order_by: {id: asc}) { person { id } } }")["member"]
        self.assertEqual([r["person"] for r in rows], [{"id": 1}, None, {"id": 3}])

    def test_paths_and_open_arguments(self):
        row = self.data("query ($p: String) { member(where: {id: {_eq: 1}}) { friends { id name } "
                        "a: title b: title(prefix: \"Dr\") c: title(prefix: $p) } }", {"p": "Sir"})["member"][0]
        self.assertEqual(row, {"friends": [{"id": 2, "name": "person 2"}, {"id": 3, "name": "person 3"}],
                               "a": "Mx person 1", "b": "Dr person 1", "c": "Sir person 1"})

    def test_aliases_and_typename_inside(self):
        self.assertEqual(
            self.data("{ member(where: {id: {_eq: 1}}) { __typename p: person { __typename t: __typename n: name } } }"),
            {"member": [{"__typename": "member", "p": {"__typename": "Person", "t": "Person", "n": "person 1"}}]})

    def test_unions(self):
        rows = self.data("{ member(where: {id: {_lte: 2}}, order_by: {id: asc}) "
                         "{ thing { __typename ... on Cat { lives } ... on Dog { tricks } } } }")["member"]
        self.assertEqual([r["thing"] for r in rows],
                         [{"__typename": "Cat", "lives": 9}, {"__typename": "Dog", "tricks": ["sit"]}])

    def test_interfaces(self):
        rows = self.data("{ member(where: {id: {_lte: 2}}, order_by: {id: asc}) "
                         "{ named { name ... on Cat { lives } } } }")["member"]
        self.assertEqual([r["named"] for r in rows], [{"name": "cat 1", "lives": 9}, {"name": "dog 2"}])

    def test_joins_of_members_of_an_interface(self):
        rows = self.data("{ all_named { name ... on Cat { owner { name } } ... on Dog { owner { name } } } }")
        self.assertEqual([r["owner"]["name"] for r in rows["all_named"]],
                         ["member 1", "customer 2", "member 3", "customer 4"])
        self.assertEqual([list(r) for r in rows["all_named"]], [["name", "owner"]] * 4)

    def test_remote_parents(self):
        rows = self.data("{ people(first: 7) { name member { name } orders(limit: 1, order_by: {id: desc}) { id } } }")
        self.assertEqual(rows["people"][0], {"name": "person 1", "member": {"name": "member 1"}, "orders": [{"id": 2}]})
        self.assertEqual(rows["people"][6], {"name": "person 7", "member": None, "orders": [{"id": 14}]})

    def test_join_in_joined_remote_list(self):
        data = self.data("{ member(where: {id: {_lte: 2}}, order_by: {id: asc}) { friends { id customer { name } } } }")
        self.assertEqual([[(f["id"], f["customer"]["name"]) for f in r["friends"]] for r in data["member"]],
                         [[(2, "customer 2"), (3, "customer 3")], [(3, "customer 3"), (4, "customer 4")]])

    def test_action_parents(self):
        data = self.data("{ pick(count: 5, nulls: true) { note customer { name } orders(limit: 1, order_by: {id: asc}) { id } } }")
        self.assertEqual(data["pick"][0], {"note": "n1", "customer": {"name": "customer 1"}, "orders": [{"id": 1}]})
        self.assertEqual(data["pick"][4], {"note": "n5", "customer": None, "orders": None})
