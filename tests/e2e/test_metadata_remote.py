"""Calls about remote schemas, their permissions and relationships, actions and custom types."""

from harness import world
from metadata_case import MetadataCase, public

DOCUMENT = "type Query { person(id: Int!): Person }\ntype Person { id: Int! name: String }"
PERSON = {"person": {"arguments": {"id": "$id"}}}


class RemoteSchemas(MetadataCase):
    def people(self, **more):
        return {"name": "people", "definition": {"url": world.people.url, **more}}

    def relate(self):
        self.track("author")
        self.ok("pg_create_remote_relationship", {"table": "author", "name": "person", "definition": {
            "to_remote_schema": {"remote_schema": "people", "lhs_fields": ["id"], "remote_field": PERSON}}})

    def test_add_update_reload_introspect_remove(self):
        self.ok("add_remote_schema", dict(self.people(), comment="who"), "/v1/query")
        self.assertEqual(self.export()["remote_schemas"], [dict(self.people(), comment="who")])
        self.assertIn("person", self.roots())
        self.ok("update_remote_schema", self.people(customization={"root_fields_namespace": "crm"}))
        self.assertIn("crm", self.roots())
        self.assertNotIn("person", self.roots())
        self.assertEqual(self.ok("reload_remote_schema", {"name": "people"}), {"message": "success"})
        introspection = self.ok("introspect_remote_schema", {"name": "people"})
        self.assertIn("Person", [t["name"] for t in introspection["data"]["__schema"]["types"]])
        self.ok("remove_remote_schema", {"name": "people"})
        self.assertNotIn("remote_schemas", self.export())
        self.assertNotIn("crm", self.roots())

    def test_refusals(self):
        self.ok("add_remote_schema", self.people())
        self.refuses("add_remote_schema", self.people(), "already-exists",
                     'remote schema with name "people" already exists')
        self.refuses("add_remote_schema", {"name": "", "definition": {"url": world.people.url}}, "parse-failed",
                     "empty string not allowed", "$.args.name")
        self.refuses("add_remote_schema", {"name": "x"}, "parse-failed", 'key "definition" not found')
        self.refuses("add_remote_schema", {"name": "x", "definition": {}}, "invalid-params",
                     "both `url` and `url_from_env` can't be empty")
        self.refuses("add_remote_schema", {"name": "x", "definition": {"url": "http://x", "url_from_env": "X"}},
                     "invalid-params", "both `url` and `url_from_env` can't be present")
        self.refuses("add_remote_schema", {"name": "x", "definition": {"url": world.people.url}}, "unexpected",
                     "cannot continue due to new inconsistent metadata")
        status, answer = self.call("add_remote_schema", {"name": "x", "definition": {"url": world.people.url}})
        self.assertEqual([(o["name"], o["reason"]) for o in answer["internal"]], [
            ("remote_schema x", "Inconsistent object: Duplicate remote field 'person'")])
        status, answer = self.call("add_remote_schema", {"name": "x", "definition": {"url": "http://127.0.0.1:1/"}})
        self.assertEqual((status, answer["code"], answer["path"]), (400, "remote-schema-error", "$.args"))
        unknown = 'remote schema with name "x" does not exist'
        self.refuses("update_remote_schema", {"name": "x", "definition": {"url": world.people.url}}, "not-exists", unknown)
        self.refuses("reload_remote_schema", {"name": "x"}, "not-exists", unknown)
        self.refuses("reload_remote_schema", {}, "parse-failed", 'key "name" not found')
        self.refuses("remove_remote_schema", {"name": "x"}, "not-exists", "no such remote schema")
        self.refuses("introspect_remote_schema", {"name": "x"}, "not-exists", 'remote schema: "x" not found')
        self.relate()
        self.refuses("remove_remote_schema", {"name": "people"}, "dependency-error",
                     "cannot drop due to the following dependent objects : remote relationship author.person in source "
                     '"default"')

    def test_a_field_that_a_table_has(self):
        world.postgres.psql("audit", "create table person (id int primary key)")
        self.ok("reload_metadata", {})
        self.track("person")
        self.refuses("add_remote_schema", self.people(), "invalid-configuration",
                     "Inconsistent object: Field cannot be overwritten by remote field 'person'")

    def test_permissions(self):
        self.ok("add_remote_schema", self.people())
        args = {"remote_schema": "people", "role": "user", "definition": {"schema": DOCUMENT}}
        self.ok("add_remote_schema_permissions", dict(args, comment="c"))
        self.assertEqual(self.export()["remote_schemas"][0]["permissions"],
                         [{"role": "user", "definition": {"schema": DOCUMENT}, "comment": "c"}])
        self.assertEqual(self.roots("user"), {"person"})
        self.assertEqual(self.fields("Person", "user"), {"id", "name"})
        self.refuses("add_remote_schema_permissions", args, "already-exists",
                     'permissions for role: "user" for remote schema:"people" already exists')
        self.refuses("add_remote_schema_permissions", dict(args, role="other", definition={
            "schema": "type Query { nope: Int }"}), "validation-failed",
            'validation for the given role-based schema failed because field "nope" does not exist in the "Object": '
            '"Query"')
        self.refuses("add_remote_schema_permissions", dict(args, remote_schema="x"), "not-exists",
                     'remote schema with name "x" does not exist')
        self.ok("drop_remote_schema_permissions", {"remote_schema": "people", "role": "user"})
        self.assertNotIn("permissions", self.export()["remote_schemas"][0])
        self.refuses("drop_remote_schema_permissions", {"remote_schema": "people", "role": "user"}, "not-exists",
                     'permissions for role: "user" for remote schema:"people" doesn\'t exist')

    def test_relationships_of_tables(self):
        self.ok("add_remote_schema", self.people())
        self.track("author", "article")
        old = {"table": "author", "name": "old", "remote_schema": "people", "hasura_fields": ["id"],
               "remote_field": PERSON}
        self.ok("create_remote_relationship", old, "/v1/query")
        kept = {"name": "old", "definition": {k: old[k] for k in ("remote_schema", "hasura_fields", "remote_field")}}
        self.assertEqual(self.table("author")["remote_relationships"], [kept])
        self.assertIn("old", self.fields("author"))
        new = {"table": "author", "name": "old", "definition": {"to_source": {
            "source": "default", "table": "article", "relationship_type": "array", "field_mapping": {"id": "author_id"}}}}
        self.ok("pg_update_remote_relationship", new)
        self.assertEqual(self.table("author")["remote_relationships"], [
            {"name": "old", "definition": new["definition"]}])
        self.refuses("pg_create_remote_relationship", new, "already-exists",
                     'field with name "old" already exists in table "author"')
        self.refuses("pg_create_remote_relationship", dict(new, name="name"), "invalid-configuration",
                     "Inconsistent object: field definition conflicts with postgres column")
        for call in ("pg_update_remote_relationship", "pg_delete_remote_relationship"):
            self.refuses(call, dict(new, name="x"), "not-exists", '"x" does not exist')
        where = 'Inconsistent object: in table "author": in remote relationship "x": '
        for definition, reason in [
                ({"to_source": {"source": "no", "table": "t", "relationship_type": "object", "field_mapping": {}}},
                 'source not found: "no"'),
                ({"to_source": {"source": "default", "table": "t", "relationship_type": "object", "field_mapping": {}}},
                 'table "public.t" does not exist in source: default'),
                ({"to_source": {"source": "default", "table": "article", "relationship_type": "object",
                                "field_mapping": {"nope": "id"}}}, '"nope" does not exist'),
                ({"to_source": {"source": "default", "table": "article", "relationship_type": "object",
                                "field_mapping": {"id": "nope"}}}, '"nope" does not exist'),
                ({"to_remote_schema": {"remote_schema": "no", "lhs_fields": [], "remote_field": PERSON}},
                 'remote schema with name "no" not found'),
                ({"to_remote_schema": {"remote_schema": "people", "lhs_fields": [], "remote_field": {
                    "nope": {"arguments": {}}}}}, 'remote field with name "nope" and type "Query" not found'),
                ({"to_remote_schema": {"remote_schema": "people", "lhs_fields": [], "remote_field": {
                    "person": {"arguments": {"nope": 1}}}}},
                 'argument with name "nope" not found in remote schema'),
                ({"to_remote_schema": {"remote_schema": "people", "lhs_fields": [], "remote_field": {
                    "person": {"arguments": {"id": "x"}}}}}, 'expected type "Int" but got "String"')]:
            with self.subTest(definition):
                self.refuses("pg_create_remote_relationship", {"table": "author", "name": "x", "definition": definition},
                             "invalid-configuration", where + reason)
        self.ok("pg_delete_remote_relationship", {"table": "author", "name": "old"})
        self.assertNotIn("old", self.fields("author"))

    def test_relationships_of_remote_types(self):
        self.ok("add_remote_schema", self.people())
        self.track("author")
        args = {"remote_schema": "people", "type_name": "Person", "name": "author", "definition": {"to_source": {
            "source": "default", "table": "author", "relationship_type": "object", "field_mapping": {"id": "id"}}}}
        self.ok("create_remote_schema_remote_relationship", args)
        self.assertIn("author", self.fields("Person"))
        self.assertEqual(self.export()["remote_schemas"][0]["remote_relationships"], [
            {"type_name": "Person", "relationships": [{"name": "author", "definition": args["definition"]}]}])
        self.ok("create_remote_schema_remote_relationship", args)
        self.refuses("pg_untrack_table", {"table": "author"}, "dependency-error",
                     "cannot drop due to the following dependent objects : remote_schema_remote_relationship "
                     "remote_relationship author on type Person in remote schema people")
        self.refuses("update_remote_schema_remote_relationship", dict(args, name="x"), "not-exists",
                     'no relationship defined on remote schema "people" with name "x"')
        self.refuses("create_remote_schema_remote_relationship", dict(args, type_name="No"), "invalid-configuration",
                     'Inconsistent object: in remote relationship "author": no type named "No" defined in remote schema '
                     '"people"')
        self.refuses("create_remote_schema_remote_relationship", dict(args, definition={}), "parse-failed",
                     "remote relationship definition (strict format) expects exactly one of: to_source, "
                     "to_remote_schema", "$.args.definition")
        self.ok("delete_remote_schema_remote_relationship", {k: args[k] for k in ("remote_schema", "type_name", "name")})
        self.ok("delete_remote_schema_remote_relationship", {k: args[k] for k in ("remote_schema", "type_name", "name")})
        self.assertNotIn("remote_relationships", self.export()["remote_schemas"][0])


class Actions(MetadataCase):
    TYPES = {"objects": [{"name": "Out", "fields": [{"name": "id", "type": "Int!"}]}],
             "input_objects": [{"name": "In", "fields": [{"name": "a", "type": "Int"}]}]}

    def definition(self, **more):
        return {"type": "query", "handler": "{{ACTION_URL}}", "output_type": "Out",
                "arguments": [{"name": "in", "type": "In"}], **more}

    def test_types_actions_permissions(self):
        self.ok("set_custom_types", self.TYPES)
        self.ok("create_action", {"name": "pick", "definition": self.definition(), "comment": "c"})
        self.assertEqual(self.export()["actions"], [{"name": "pick", "definition": self.definition(), "comment": "c"}])
        self.assertIn("pick", self.roots())
        self.ok("create_action_permission", {"action": "pick", "role": "user"})
        self.assertEqual(self.roots("user"), {"pick"})
        self.ok("update_action", {"name": "pick", "definition": self.definition(type="mutation", kind="synchronous")})
        self.assertIn("pick", self.roots(kind="mutationType"))
        self.refuses("create_action_permission", {"action": "pick", "role": "user"}, "already-exists",
                     'permission for role "user" is already defined on "pick"')
        self.ok("drop_action_permission", {"action": "pick", "role": "user"})
        self.refuses("drop_action_permission", {"action": "pick", "role": "user"}, "not-exists",
                     'permission for role: "user" is not defined on "pick"')
        self.refuses("set_custom_types", {}, "unexpected", "cannot continue due to new inconsistent metadata")
        self.ok("drop_action", {"name": "pick", "clear_data": True})
        self.assertNotIn("actions", self.export())
        self.ok("set_custom_types", {})
        self.assertNotIn("custom_types", self.export())

    def test_refusals(self):
        self.ok("set_custom_types", self.TYPES)
        self.ok("create_action", {"name": "pick", "definition": self.definition()})
        self.refuses("create_action", {"name": "pick", "definition": self.definition()}, "already-exists",
                     'action with name "pick" already exists')
        unknown = 'action with name "x" does not exist'
        self.refuses("update_action", {"name": "x", "definition": self.definition()}, "not-exists", unknown)
        self.refuses("drop_action", {"name": "x"}, "not-exists", unknown)
        self.refuses("create_action_permission", {"action": "x", "role": "user"}, "not-exists", unknown)
        self.refuses("drop_action_permission", {"action": "x", "role": "user"}, "not-exists", unknown)
        where = 'Inconsistent object: in action "x": '
        self.refuses("create_action", {"name": "x", "definition": self.definition(output_type="No")},
                     "invalid-configuration",
                     where + 'the type: "No" is not an object type defined in custom types')
        self.refuses("create_action", {"name": "x", "definition": self.definition(
            arguments=[{"name": "a", "type": "No"}])}, "invalid-configuration",
            where + 'the type: "No" is not defined in custom types or it is not a scalar/enum/input_object')
        status, answer = self.call("create_action", {"name": "x", "definition": self.definition(handler="{{NOPE}}")})
        self.assertEqual((status, answer["code"]), (400, "invalid-configuration"))
        self.assertIn("NOPE", answer["error"])
        self.track("author")
        self.refuses("create_action", {"name": "author", "definition": self.definition()}, "unexpected",
                     "Encountered conflicting definitions in the selection set for 'query_root' for field 'author' "
                     "defined in [table public.author in source default, action author]. Fields must not be defined "
                     "more than once across all sources.", status=500)

    def test_types_that_cannot_be(self):
        self.track("author")
        why = "Inconsistent object: validation for the given custom types failed "
        for types, reason in [
                ({"objects": [{"name": "O", "fields": [{"name": "a", "type": "No"}]}]},
                 'because the type "No" for field "a" in  object type "O" does not exist'),
                ({"input_objects": [{"name": "I", "fields": [{"name": "a", "type": "No"}]}]},
                 'because the type "No" for field "a" in  input object type "I" does not exist'),
                ({"scalars": [{"name": "S"}, {"name": "S"}]}, 'because duplicate type names: "S"'),
                ({"enums": [{"name": "E", "values": [{"value": "A"}, {"value": "A"}]}]},
                 'because the enum type "E" has duplicate values: "A"'),
                ({"objects": [{"name": "O", "fields": [{"name": "id", "type": "Int"}], "relationships": [
                    {"name": "r", "type": "object", "remote_table": "no", "field_mapping": {"id": "id"}}]}]},
                 'because the remote table "no" for relationship "r" of object type "O" does not exist'),
                ({"objects": [{"name": "O", "fields": [{"name": "id", "type": "Int"}], "relationships": [
                    {"name": "r", "type": "object", "remote_table": "author", "field_mapping": {"x": "y"}}]}]},
                 'for the following reasons:\n  • the field "x" for relationship "r" in object type "O" does not exist\n'
                 '  • the column "y" of remote table "author" for relationship "r" of object type "O" does not exist\n'),
                ({"objects": [{"name": "author", "fields": [{"name": "id", "type": "Int"}]}]},
                 'because the type name "author" is taken by a tracked table')]:
            with self.subTest(types):
                self.refuses("set_custom_types", types, "invalid-configuration", why + reason)

    def test_untracking_a_table_of_an_action_type(self):
        self.track("author")
        self.ok("set_custom_types", {"objects": [{"name": "Out", "fields": [{"name": "id", "type": "Int"}],
                                                  "relationships": [{"name": "author", "type": "object",
                                                                     "remote_table": "author",
                                                                     "field_mapping": {"id": "id"}}]}]})
        self.refuses("pg_untrack_table", {"table": "author"}, "dependency-error",
                     "cannot drop due to the following dependent objects : relationship author of custom type Out")
        self.ok("pg_untrack_table", {"table": "author", "cascade": True})
        self.assertEqual(self.export()["custom_types"]["objects"],
                         [{"name": "Out", "fields": [{"name": "id", "type": "Int"}], "relationships": []}])
        self.assert_consistent()
