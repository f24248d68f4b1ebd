"""Mutations of tables: what they cost, and that all of a request's is done or nothing."""

from harness import Case, world


class Mutations(Case):
    def tearDown(self):
        world.postgres.psql("shop", "delete from lines where id >= 90000; delete from orders where id >= 90000;"
                            "delete from customers where id >= 90000")

    def count(self, table):
        return int(world.postgres.psql("shop", "select count(*) from %s where id >= 90000" % table))

    INSERT = ("mutation ($rows: [orders_insert_input!]!) { insert_orders(objects: $rows) "
              "{ affected_rows returning { id lines(order_by: {id: asc}) { sku } person { name } } } }")

    def rows(self, count, lines):
        return [{"id": 90000 + i, "customer_id": 1, "total": 5, "status": "new",
                 "lines": {"data": [{"id": 90000 + i * lines + k, "sku": "s%d" % k} for k in range(lines)]}}
                for i in range(count)]

    def test_levels_cost_the_same_for_any_number_of_rows(self):
        for count in (1, 20, 300):
            with self.subTest(rows=count):
                self.tearDown()
                world.postgres.reset_statements()
                data = self.data(self.INSERT, {"rows": self.rows(count, 3)})["insert_orders"]
                self.assertEqual(data["affected_rows"], 4 * count)
                self.assertEqual([r["id"] for r in data["returning"]], [90000 + i for i in range(count)])
                self.assertTrue(all([l["sku"] for l in r["lines"]] == ["s0", "s1", "s2"]
                                    for r in data["returning"]))
                self.assertTrue(all(r["person"]["name"] for r in data["returning"]))
                # Orders, lines, and what is returned.
                self.assertEqual(world.postgres.statements(), {"shop": 3})

    def test_fields_are_one_transaction(self):
        query = """mutation { a: insert_customers(objects: [{id: 90001, name: "a"}]) { affected_rows }
                             b: insert_customers(objects: [{id: 90001, name: "b"}]) { affected_rows } }"""
        data, errors = self.failing(query)
        self.assertIsNone(data)
        self.assertEqual(errors[0]["extensions"],
                         {"code": "constraint-violation", "path": "$.selectionSet.insert_customers.args.objects"})
        self.assertEqual(self.count("customers"), 0)

    def test_later_fields_see_earlier_ones(self):
        data = self.data("""mutation {
            insert_customers_one(object: {id: 90001, name: "a"}) { name }
            update_customers(where: {id: {_eq: 90001}}, _set: {name: "b"}) { returning { name } }
            delete_customers_by_pk(id: 90001) { name } }""")
        self.assertEqual(data, {"insert_customers_one": {"name": "a"},
                                "update_customers": {"returning": [{"name": "b"}]},
                                "delete_customers_by_pk": {"name": "b"}})

    def test_upsert(self):
        query = """mutation ($name: String) { insert_customers(objects: [{id: 90002, name: $name}],
            on_conflict: {constraint: customers_pkey, update_columns: [name]}) { returning { name } } }"""
        for name in ("first", "second"):
            data = self.data(query, {"name": name})
            self.assertEqual(data["insert_customers"]["returning"], [{"name": name}])
        self.assertEqual(self.count("customers"), 1)

    def test_children_of_a_row_that_was_there(self):
        world.postgres.psql("shop", "insert into orders values (90003, 1, 1, now(), 'x')")
        data, errors = self.failing("""mutation { insert_orders(
            objects: [{id: 90003, lines: {data: [{id: 90003, sku: "s"}]}}],
            on_conflict: {constraint: orders_pkey, update_columns: []}) { affected_rows } }""")
        self.assertEqual(errors[0]["message"], "cannot proceed to insert array relations since insert to table "
                         '"orders" affects zero rows')
        self.assertEqual(self.count("lines"), 0)

    def test_values_are_never_sql(self):
        evil = "x'); drop table customers; --"
        data = self.data("mutation ($n: String!) { insert_customers_one(object: {id: 90004, name: $n}) { name } }",
                         {"n": evil})
        self.assertEqual(data["insert_customers_one"]["name"], evil)

    def test_update_many(self):
        self.data("""mutation { insert_customers(objects: [{id: 90005, name: "a"}, {id: 90006, name: "b"}])
            { affected_rows } }""")
        data = self.data("""mutation { update_customers_many(updates: [
            {where: {id: {_eq: 90005}}, _set: {name: "c"}}, {where: {id: {_eq: 1000000}}, _set: {name: "d"}},
            {where: {id: {_gte: 90005}}, _set: {name: "e"}}]) { affected_rows returning { id } } }""")
        self.assertEqual(data["update_customers_many"], [
            {"affected_rows": 1, "returning": [{"id": 90005}]}, {"affected_rows": 0, "returning": []},
            {"affected_rows": 2, "returning": data["update_customers_many"][2]["returning"]}])
        # An update returns rows in the order in which it met them.
        self.assertEqual(sorted(r["id"] for r in data["update_customers_many"][2]["returning"]), [90005, 90006])

    def test_many_rows_without_relations(self):
        rows = [{"id": 90000 + i, "name": "n%d" % i} for i in range(2500)]
        data = self.data("mutation ($rows: [customers_insert_input!]!) { insert_customers(objects: $rows) "
                         "{ affected_rows returning { id } } }", {"rows": rows})["insert_customers"]
        self.assertEqual(data["affected_rows"], 2500)
        self.assertEqual([r["id"] for r in data["returning"]], [r["id"] for r in rows])
