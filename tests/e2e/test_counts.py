"""One statement per database level and one request per remote level, however many parents there are."""

from harness import Case, world

SIZES = (1, 20, 100, 1000)


class Counts(Case):
    def check(self, query, sizes=SIZES, people=0, things=0, actions=0, nullable=(), **statements):
        """`query` holds %d for the number of parents."""
        for size in sizes:
            with self.subTest(parents=size):
                data, ran = self.counted(query % size)
                self.assertEqual(ran, statements)
                self.assertEqual(len(world.people.requests), people, "requests to people")
                self.assertEqual(len(world.things.requests), things, "requests to things")
                self.assertEqual(len(world.actions.requests), actions, "action calls")
                rows = next(iter(data.values()))
                self.assertEqual(len(rows), size)
                nulls = {k for r in rows for k, v in r.items() if v is None}
                self.assertLessEqual(nulls, set(nullable))

    def test_database_to_database_object(self):
        self.check("{ member(limit: %d, order_by: {id: asc}) { id customer { id name } } }", library=1, shop=1)

    def test_database_to_database_array(self):
        self.check("{ member(limit: %d, order_by: {id: asc}) { id orders(order_by: {id: asc}) { id } } }",
                   library=1, shop=1)

    def test_database_to_database_aggregate(self):
        self.check("{ member(limit: %d, order_by: {id: asc}) "
                   "{ id orders_aggregate { aggregate { count } } } }", library=1, shop=1)

    def test_database_to_remote(self):
        self.check("{ member(limit: %d, order_by: {id: asc}) { id person { name } } }", people=1, library=1)

    def test_database_to_remote_thousand_distinct_keys(self):
        data, ran = self.counted("{ member(limit: 1000, order_by: {id: asc}) { id person { id } } }")
        self.assertEqual(ran, {"library": 1})
        self.assertEqual(len(world.people.requests), 1)
        self.assertEqual(sorted(world.people.asked("person")), list(range(1, 1001)))
        self.assertTrue(all(r["id"] == r["person"]["id"] for r in data["member"]))

    def test_remote_to_database(self):
        self.check("{ people(first: %d) { id orders { id } } }", people=1, shop=1)

    def test_remote_to_two_databases(self):
        self.check("{ people(first: %d) { id member { name } customer { name } } }", people=1, library=1, shop=1,
                   nullable=["member"])

    def test_action_to_database(self):
        self.check("{ pick(count: %d) { note customer { name } } }", actions=1, shop=1)

    def test_depth_three(self):
        self.check("{ member(limit: %d, order_by: {id: asc}) { id customer { id member { id name } } } }",
                   library=2, shop=1)

    def test_depth_four(self):
        self.check("{ member(limit: %d, order_by: {id: asc}) "
                   "{ id customer { id member { id person { name } } } } }",
                   people=1, library=2, shop=1)

    def test_remote_to_database_to_remote(self):
        self.check("{ people(first: %d) { id customer { id person { name } } } }", people=2, shop=1)

    def test_ten_distinct_keys(self):
        data, ran = self.counted("{ member(order_by: {id: asc}) { id ten ten_person { id } ten_customer { id } } }")
        self.assertEqual(ran, {"library": 1, "shop": 1})
        self.assertEqual(len(world.people.requests), 1)
        self.assertEqual(sorted(world.people.asked("person")), list(range(1, 11)))
        variables = world.people.requests[0]["body"]["variables"]
        self.assertEqual(sorted(variables.values()), list(range(1, 11)))
        self.assertEqual(len(data["member"]), 1000)
        for row in data["member"]:
            self.assertEqual((row["ten"], row["ten"]), (row["ten_person"]["id"], row["ten_customer"]["id"]))

    def test_no_parents_no_fetch(self):
        data, ran = self.counted("{ member(where: {id: {_eq: -1}}) { customer { id } person { id } } }")
        self.assertEqual(data, {"member": []})
        self.assertEqual(ran, {"library": 1})
        self.assertEqual(world.people.requests, [])

    def test_sibling_joins_to_one_schema_share_a_request(self):
        self.check("{ member(limit: %d, order_by: {id: asc}) { id person { name } ten_person { id } } }",
                   people=1, library=1)

    def test_remote_to_remote(self):
        self.check("{ people(first: %d) { id twin { name } } }", people=2)

    def test_below_a_path_and_under_aliases(self):
        self.check("{ m: member(limit: %d, order_by: {id: asc}) { f: friends { id } t: title(prefix: \"Dr\") } }",
                   people=1, library=1)

    def test_sibling_joins_to_one_database_share_a_statement(self):
        self.check("{ member(limit: %d, order_by: {id: asc}) { orders(limit: 1) { id } "
                   "orders_aggregate { aggregate { count } } customer { id } ten_customer { name } } }",
                   library=1, shop=1)

    def test_siblings_on_several_depths_share_a_statement(self):
        self.check("{ loan(limit: %d, order_by: {id: asc}) { member { customer { id } ten_customer { id } } } "
                   "m: member(limit: 2) { customer { id } } }", sizes=(1, 20), library=1, shop=1)

    def test_siblings_with_joins_of_their_own(self):
        self.check("{ member(limit: %d, order_by: {id: asc}) { id customer { member { id } person { id } } "
                   "ten_customer { person { name } } orders { person { name } } } }", sizes=(1, 20, 100), library=2, shop=1, people=1)

    def test_one_level_below_several_parents_shares_fetches(self):
        # Members and people answer in their own time; what they lead to is asked for once.
        self.check("{ member(limit: %d, order_by: {id: asc}) { id customer { id member { id } } person { name } } "
                   "people(first: 3) { id orders { id person { id } } member { id } } pick(count: 2) { customer { id } } }",
                   sizes=(1, 20, 100), people=3, actions=1, library=3, shop=1)

    def test_a_failing_parent_leaves_what_the_others_ask(self):
        world.people.raw = (500, b"oops")
        answer = self.engine.graphql("{ person(id: 1) { orders { id } } "
                                     "member(where: {id: {_eq: 1}}) { customer { id } } }")
        self.assertEqual(answer["data"], {"person": None, "member": [{"customer": {"id": 1}}]}, answer)
        self.assertEqual([e["path"] for e in answer["errors"]], [["person"]])

    def test_an_empty_parent_leaves_what_the_others_ask(self):
        data, ran = self.counted("{ member(where: {id: {_eq: -1}}) { customer { id } } "
                                 "people(first: 1) { customer { id } } }")
        self.assertEqual(data, {"member": [], "people": [{"customer": {"id": 1}}]})
        self.assertEqual(ran, {"library": 1, "shop": 1})

    def test_as_many_joined_fields_as_a_request_may_have(self):
        query = "{ member(limit: 2, order_by: {id: asc}) { %s } }"
        fields = ["c%d: customer { id }" % i for i in range(500)]
        data, ran = self.counted(query % " ".join(fields))
        self.assertEqual(data["member"][1], {"c%d" % i: {"id": 2} for i in range(500)})
        self.assertEqual(ran, {"library": 1, "shop": 1})
        answer = self.engine.graphql(query % " ".join(fields + ["more: customer { id }"]))
        self.assertEqual(answer["errors"][0]["message"], "the operation joins more fields than one request may")
        self.assertEqual(answer["errors"][0]["extensions"]["code"], "validation-failed")
