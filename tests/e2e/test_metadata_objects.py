"""Every call that edits the metadata: what it does, and each way in which it is refused."""

from harness import world
from metadata_case import MetadataCase, public

SELECT = {"columns": ["id", "name"], "filter": {}}


class Sources(MetadataCase):
    def configuration(self, database="audit"):
        return {"connection_info": {"database_url": world.postgres.url(database)}}

    def test_add_update_rename_drop(self):
        self.ok("pg_add_source", {"name": "two", "configuration": self.configuration("library"),
                                  "customization": {"root_fields": {"prefix": "l_"}}})
        self.ok("pg_track_table", {"source": "two", "table": "member"})
        self.assertIn("l_member", self.roots())
        self.ok("pg_update_source", {"name": "two", "customization": {"root_fields": {"prefix": "x_"}}})
        self.assertIn("x_member", self.roots())
        self.track("author")
        self.ok("pg_create_remote_relationship", {
            "table": "author", "name": "m", "definition": {"to_source": {
                "source": "two", "table": "member", "relationship_type": "object", "field_mapping": {"id": "id"}}}})
        self.ok("set_custom_types", {"objects": [{"name": "Out", "fields": [{"name": "id", "type": "Int!"}],
                                                  "relationships": [{"name": "member", "type": "object", "source": "two",
                                                                     "remote_table": "member",
                                                                     "field_mapping": {"id": "id"}}]}]})
        self.ok("rename_source", {"name": "two", "new_name": "zwei"})
        self.assert_consistent()
        exported = self.export()
        self.assertEqual([s["name"] for s in exported["sources"]], ["default", "zwei"])
        self.assertEqual(self.table("author")["remote_relationships"][0]["definition"]["to_source"]["source"], "zwei")
        self.assertEqual(exported["custom_types"]["objects"][0]["relationships"][0]["source"], "zwei")
        self.refuses("pg_drop_source", {"name": "zwei"}, "dependency-error",
                     "cannot drop due to the following dependent objects : remote relationship author.m in source "
                     "\"default\", relationship member of custom type Out")
        self.ok("pg_drop_source", {"name": "zwei", "cascade": True})
        self.assertNotIn("remote_relationships", self.table("author"))
        self.assertEqual(self.export()["custom_types"]["objects"],
                         [{"name": "Out", "fields": [{"name": "id", "type": "Int!"}], "relationships": []}])
        self.assert_consistent()

    def test_refusals(self):
        there = self.configuration()
        self.refuses("pg_add_source", {"name": "default", "configuration": there}, "already-exists",
                     'source with name "default" already exists')
        self.refuses("pg_add_source", {"name": "x"}, "parse-failed", 'key "configuration" not found')
        nowhere = {"connection_info": {"database_url": "postgresql://nobody@127.0.0.1:1/none"}}
        self.refuses("pg_add_source", {"name": "x", "configuration": nowhere}, "invalid-configuration",
                     "Inconsistent object: connection error")
        status, answer = self.call("pg_add_source", {"name": "x", "configuration": nowhere})
        self.assertEqual((answer["internal"][0]["type"], answer["internal"][0]["name"]), ("source", "source x"))
        self.assertTrue(answer["internal"][0]["message"])
        self.refuses("pg_drop_source", {"name": "x"}, "not-exists", 'source with name "x" does not exist')
        self.refuses("pg_update_source", {"name": "x"}, "not-exists", 'source with name "x" does not exist')
        self.refuses("rename_source", {"name": "x", "new_name": "y"}, "not-exists",
                     'Could not find source with name "x"')
        self.refuses("rename_source", {"name": "default", "new_name": "default"}, "already-exists",
                     'Source with name "default" already exists')
        self.refuses("pg_track_table", {"source": "x", "table": "author"}, "not-exists",
                     'source with name "x" does not exist')

    def test_what_consoles_ask(self):
        self.track("author", "article", "profile")
        kinds = self.ok("list_source_kinds", {})["sources"]
        self.assertEqual([k["kind"] for k in kinds], ["postgres"])
        self.assertIn(public("author"), self.ok("pg_get_source_tables", {"source": "default"}))
        info = self.ok("pg_get_table_info", {"source": "default", "table": "article"})
        self.assertEqual((info["name"], info["primary_key"]), (public("article"), ["id"]))
        self.assertIn({"name": "author_id", "type": "int4", "nullable": True}, info["columns"])
        self.assertEqual(info["foreign_keys"], [{"constraint_name": "article_author_id_fkey",
                                                 "foreign_table": public("author"),
                                                 "column_mapping": {"author_id": "id"}}])
        left = self.ok("pg_get_source_trackables", {"source": "default"})
        self.assertIn({"name": public("twice")}, left["tables"])
        self.assertNotIn({"name": public("author")}, left["tables"])
        self.assertIn({"name": public("find_authors"), "volatility": "STABLE"}, left["functions"])
        self.assertEqual(self.ok("dump_internal_state", {})["sources"][0]["name"], "default")

    def test_suggest_relationships(self):
        self.track("author", "article", "profile")
        key = {"table": public("article"), "columns": ["author_id"], "constraint_name": "article_author_id_fkey"}
        one = {"table": public("profile"), "columns": ["author_id"], "constraint_name": "profile_author_id_fkey"}
        author = {"table": public("author"), "columns": ["id"]}
        everything = [{"type": "object", "from": key, "to": author}, {"type": "array", "from": author, "to": key},
                      {"type": "object", "from": one, "to": author}, {"type": "object", "from": author, "to": one}]
        self.assertEqual(self.ok("pg_suggest_relationships", {}), {"relationships": everything})
        self.assertEqual(self.ok("suggest_relationships", {"tables": ["article"]}, "/v1/query"),
                         {"relationships": everything[:2]})
        self.ok("pg_create_object_relationship", {"table": "article", "name": "author",
                                                  "using": {"foreign_key_constraint_on": "author_id"}})
        self.assertEqual(self.ok("pg_suggest_relationships", {"omit_tracked": True}), {"relationships": everything[1:]})


class Tables(MetadataCase):
    def test_track_customise_untrack(self):
        self.ok("track_table", "author", "/v1/query")
        self.ok("add_existing_table_or_view", {"schema": "public", "name": "article"}, "/v1/query")
        self.ok("track_table", {"table": "profile", "configuration": {"custom_name": "Profile"}}, "/v1/query",
                version=2)
        self.ok("pg_track_table", {"table": "colors", "is_enum": True})
        self.assertLessEqual({"author", "article", "Profile"}, self.roots())
        self.assertEqual(self.table("profile")["configuration"], {"custom_name": "Profile"})
        self.ok("pg_set_table_customization", {"table": "author", "configuration": {
            "custom_root_fields": {"select": "writers"}, "column_config": {"name": {"custom_name": "label"}}}})
        self.assertIn("writers", self.roots())
        self.assertIn("label", self.fields("author"))
        self.ok("set_table_custom_fields", {"table": "author", "custom_root_fields": {},
                                            "custom_column_names": {"age": "years"}}, "/v1/query", version=2)
        self.assertLessEqual({"name", "years"}, self.fields("author"))
        self.ok("pg_set_table_is_enum", {"table": "colors", "is_enum": False})
        self.assertNotIn("is_enum", self.table("colors"))
        self.ok("pg_set_apollo_federation_config", {"table": "author", "apollo_federation_config": {"enable": "v1"}})
        self.assertEqual(self.table("author")["apollo_federation_config"], {"enable": "v1"})
        self.ok("pg_set_apollo_federation_config", {"table": "author"})
        self.assertNotIn("apollo_federation_config", self.table("author"))
        self.ok("pg_untrack_table", {"table": "profile"})
        self.assertIsNone(self.table("profile"))
        self.assertNotIn("Profile", self.roots())
        self.track("odd name")
        self.assert_consistent()

    def test_types_of_two_tables_have_different_names(self):
        def reason(name, first, second):
            return ('Inconsistent object: Found conflicting definitions for "%s".  The definition in %s differs from '
                    'the the definition in %s; a `custom_name` of the table or a prefix in '
                    '`customization.type_names` keeps them apart' % (name, first, second))
        self.outside("create table author_updates (id int primary key)")
        self.track("author")
        default = self.export()["sources"][0]
        twice = reason("author", "table author in source default", "table author in source two")
        self.ok("pg_add_source", {"name": "two", "configuration": default["configuration"],
                                  "customization": {"root_fields": {"prefix": "b_"}}})
        self.refuses("pg_track_table", {"source": "two", "table": "author"}, "invalid-configuration", twice)
        updates = reason("author_updates", "table author in source default",
                         "table author_updates in source default")
        self.refuses("pg_track_table", {"table": "author_updates"}, "invalid-configuration", updates)
        changed = {"table": "author_updates", "configuration": {"custom_name": "news"}}
        self.ok("pg_track_table", changed)
        self.refuses("pg_set_table_customization", {"table": "author_updates", "configuration": {}},
                     "invalid-configuration", updates)
        document = self.export()
        document["sources"][1]["tables"] = [{"table": public("author")}, {"table": public("article"), "object_relationships": [
            {"name": "author", "using": {"foreign_key_constraint_on": "author_id"}}]}]
        self.refuses("replace_metadata", document, "unexpected", "cannot continue due to inconsistent metadata")
        told = self.ok("replace_metadata", {"metadata": document, "allow_inconsistent_metadata": True}, version=2)
        self.assertEqual([(o["name"], o["reason"]) for o in told["inconsistent_objects"]], [
            ("table author in source two", twice),
            ("object_relation author in table article in source two",
             'Inconsistent object: table "author" is not tracked')])
        self.assertLessEqual({"author", "news", "b_article"}, self.roots())
        self.assertNotIn("b_author", self.roots())
        query = {"query": "{ author(limit: 1, order_by: {id: asc}) { name } }"}
        self.assertEqual(self.post(query, "/v1/graphql"), (200, {"data": {"author": [{"name": "Ada"}]}}))
        self.ok("pg_update_source", {"name": "two", "customization": {
            "root_fields": {"prefix": "b_"}, "type_names": {"prefix": "B_"}}})
        self.assertIn("b_author", self.roots())
        self.assert_consistent()

    def test_track_many(self):
        answer = self.ok("pg_track_tables", {"tables": [{"table": "author"}, {"table": "article"}]})
        self.assertEqual(answer, {"message": "success"})
        tables = {"tables": [{"table": "author"}, {"table": "profile"}, {"table": "nowhere"}]}
        warnings = [{"message": 'view/table already tracked : "author"', "type": "table",
                     "name": "table author in source default", "code": "track-table-failed"},
                    {"message": 'Inconsistent object: no such table/view exists in source: "nowhere"', "type": "table",
                     "name": "table nowhere in source default", "code": "track-table-failed"}]
        status, answer = self.call("pg_track_tables", dict(tables, allow_warnings=False))
        self.assertEqual((status, answer), (400, {"code": "metadata-warnings", "path": "$.args",
                                                  "error": "failed due to metadata warnings", "internal": warnings}))
        self.assertIsNone(self.table("profile"))
        self.assertEqual(self.ok("pg_track_tables", tables), {"message": "success", "warnings": warnings})
        self.assertIsNotNone(self.table("profile"))
        self.refuses("pg_track_tables", {"tables": [{"table": "author"}]}, "invalid-configuration",
                     "all tables failed to track")
        self.relate()
        answer = self.ok("pg_untrack_tables", {"tables": [{"table": "author"}, {"table": "profile"}]})
        self.assertEqual([w["code"] for w in answer["warnings"]], ["untrack-table-failed"])
        self.assertIsNone(self.table("profile"))
        self.ok("pg_untrack_tables", {"tables": [{"table": "author", "cascade": True}]})
        self.assertNotIn("object_relationships", self.table("article"))

    def relate(self):
        self.ok("pg_create_object_relationship", {"table": "article", "name": "author",
                                                  "using": {"foreign_key_constraint_on": "author_id"}})

    def test_refusals(self):
        self.track("author")
        self.ok("pg_track_function", {"function": "find_authors"})
        self.refuses("pg_track_table", {"table": "author"}, "already-tracked", 'view/table already tracked : "author"')
        self.refuses("pg_track_table", {"table": "nowhere"}, "invalid-configuration",
                     'Inconsistent object: no such table/view exists in source: "nowhere"')
        self.refuses("pg_track_table", {"table": "find_authors"}, "not-supported",
                     'function with name "find_authors" already exists')
        self.refuses("pg_untrack_table", {"table": "article"}, "already-untracked",
                     'view/table already untracked : "article"')
        absent = 'table "article" does not exist in source: default'
        self.refuses("pg_set_table_customization", {"table": "article", "configuration": {}}, "not-exists", absent)
        self.refuses("pg_set_table_is_enum", {"table": "article", "is_enum": True}, "not-exists", absent)
        self.refuses("pg_set_apollo_federation_config", {"table": "article"}, "not-exists", absent)
        self.refuses("pg_set_table_is_enum", {"table": "author"}, "parse-failed", 'key "is_enum" not found')
        self.refuses("pg_set_table_customization", {"table": "author", "configuration": {
            "column_config": {"nope": {"custom_name": "x"}}}}, "invalid-configuration",
            'Inconsistent object: in table "author": the custom field name "x" was given for the column "nope", '
            "but no such column exists")
        self.refuses("pg_set_table_customization", {"table": "author", "configuration": {
            "custom_column_names": {"name": "age"}}}, "invalid-configuration",
            'Inconsistent object: in table "author": the definitions of columns "name" and "age" are in conflict: '
            'they are mapped to the same field name, "age"')
        self.refuses("pg_track_table", {"table": "article", "configuration": {"custom_root_fields": {
            "select": "author"}}}, "unexpected",
            "Encountered conflicting definitions in the selection set for 'query_root' for field 'author' defined in "
            "[table public.author in source default, table public.article in source default]. Fields must not be "
            "defined more than once across all sources.", status=500)

    def test_a_table_named_as_a_remote_field(self):
        world.postgres.psql("audit", "create table person (id int primary key)")
        self.ok("reload_metadata", {})
        self.ok("add_remote_schema", {"name": "people", "definition": {"url": world.people.url}})
        self.refuses("pg_track_table", {"table": "person"}, "remote-schema-conflicts",
                     "node person already exists in current graphql schema")

    def test_untracking_what_others_need(self):
        self.track("author", "article")
        self.relate()
        self.ok("pg_create_select_permission", {"table": "article", "role": "user", "permission": {
            "columns": ["id"], "filter": {"author": {"id": "X-Hasura-User-Id"}}}})
        self.ok("pg_track_function", {"function": "find_authors"})
        self.refuses("pg_untrack_table", {"table": "author"}, "dependency-error",
                     "cannot drop due to the following dependent objects : function find_authors in source "
                     '"default", permission article.user.select in source "default", relationship article.author in '
                     'source "default"')
        self.ok("pg_untrack_table", {"table": "author", "cascade": True})
        self.assertEqual(self.table("article"), {"table": public("article")})
        self.assertEqual(self.export()["sources"][0].get("functions", []), [])
        self.assert_consistent()


class Functions(MetadataCase):
    def test_track_permit_customise_untrack(self):
        self.track("author")
        self.ok("track_function", "find_authors", "/v1/query")
        self.ok("pg_track_function", {"function": "make_author", "configuration": {"exposed_as": "mutation"}})
        self.assertIn("find_authors", self.roots())
        self.assertIn("make_author", self.roots(kind="mutationType"))
        self.ok("pg_set_function_customization", {"function": "find_authors", "configuration": {
            "custom_root_fields": {"function": "search"}}})
        self.assertIn("search", self.roots())
        self.ok("pg_create_select_permission", {"table": "author", "role": "user", "permission": SELECT})
        self.ok("pg_create_function_permission", {"function": "make_author", "role": "user"})
        self.assertIn("make_author", self.roots("user", "mutationType"))
        self.ok("pg_drop_function_permission", {"function": "make_author", "role": "user"})
        self.assertNotIn("make_author", self.roots("user", "mutationType"))
        self.ok("pg_untrack_function", {"function": "find_authors"})
        self.assertNotIn("search", self.roots())

    def test_refusals(self):
        self.track("author")
        self.ok("pg_track_function", {"function": "find_authors"})
        self.refuses("pg_track_function", {"function": "find_authors"}, "already-tracked",
                     'function already tracked : "find_authors"')
        self.refuses("pg_track_function", {"function": "author"}, "not-supported",
                     'table with name "author" already exists')
        self.refuses("pg_track_function", {"function": "nope"}, "invalid-configuration",
                     'Inconsistent object: in function "nope": no such function exists: "nope"')
        self.refuses("pg_track_function", {"function": "again"}, "invalid-configuration",
                     'Inconsistent object: in function "again": function "again" is overloaded. Overloaded functions '
                     "are not supported")
        self.refuses("pg_track_function", {"function": "many"}, "invalid-configuration",
                     'Inconsistent object: in function "many": the function "many" cannot be tracked because function '
                     'with "VARIADIC" parameters are not supported')
        self.refuses("pg_track_function", {"function": "nothing"}, "invalid-configuration",
                     'Inconsistent object: in function "nothing": the function "nothing" cannot be tracked for the '
                     'following reasons:\n  • the function does not return a "COMPOSITE" type\n  • the function does '
                     "not return a table\n")
        self.refuses("pg_track_function", {"function": "find_session", "configuration": {"session_argument": "x"}},
                     "invalid-configuration",
                     'Inconsistent object: in function "find_session": the function "find_session" cannot be tracked '
                     'because given session argument "x" is not the input argument of the function')
        self.refuses("pg_untrack_function", {"function": "nope"}, "already-untracked",
                     'function already untracked : "nope"')
        self.refuses("pg_create_function_permission", {"function": "find_authors", "role": "user"}, "not-supported",
                     'function permission can only be added when the function\'s return table "author" has select '
                     'permission configured for role: "user"')
        self.ok("pg_create_select_permission", {"table": "author", "role": "user", "permission": SELECT})
        self.ok("pg_create_function_permission", {"function": "find_authors", "role": "user"})
        self.refuses("pg_create_function_permission", {"function": "find_authors", "role": "user"}, "already-exists",
                     'permission of role "user" already exists for function "find_authors" in source: "default"')
        self.refuses("pg_drop_function_permission", {"function": "find_authors", "role": "other"}, "not-exists",
                     'permission of role "other" does not exist for function "find_authors" in source: "default"')


class Relationships(MetadataCase):
    BY_KEY = {"foreign_key_constraint_on": "author_id"}

    def test_create_rename_comment_drop(self):
        self.track("author", "article", "profile")
        self.ok("create_object_relationship", {"table": "article", "name": "author", "using": self.BY_KEY},
                "/v1/query")
        self.ok("pg_create_array_relationship", {"table": "author", "name": "articles", "using": {
            "foreign_key_constraint_on": {"table": "article", "columns": "author_id"}}})
        self.ok("pg_create_object_relationship", {"table": "author", "name": "profile", "using": {
            "foreign_key_constraint_on": {"table": "profile", "column": "author_id"}}})
        self.ok("pg_create_array_relationship", {"table": "author", "name": "same", "comment": "by hand", "using": {
            "manual_configuration": {"remote_table": "article", "column_mapping": {"id": "author_id"}}}})
        self.assertLessEqual({"articles", "articles_aggregate", "profile", "same"}, self.fields("author"))
        self.assertEqual(self.table("author")["array_relationships"][1]["comment"], "by hand")
        self.ok("pg_set_relationship_comment", {"table": "author", "name": "same", "comment": "other"})
        self.assertEqual(self.table("author")["array_relationships"][1]["comment"], "other")
        self.ok("pg_set_relationship_comment", {"table": "author", "name": "same", "comment": None})
        self.assertNotIn("comment", self.table("author")["array_relationships"][1])
        self.ok("pg_drop_relationship", {"table": "author", "relationship": "same"})
        self.assertNotIn("same", self.fields("author"))

    def test_rename_follows_every_filter_and_nothing_else(self):
        self.track("author", "article")
        self.ok("pg_create_object_relationship", {"table": "article", "name": "writer", "using": self.BY_KEY})
        self.ok("pg_create_array_relationship", {"table": "author", "name": "texts", "using": {
            "foreign_key_constraint_on": {"table": "article", "column": "author_id"}}})
        filters = {"_and": [{"texts": {"writer": {"name": {"_eq": "writer"}}}},
                            {"_exists": {"_table": "article", "_where": {"writer": {"id": 1}}}}]}
        self.ok("pg_create_select_permission", {"table": "author", "role": "user", "permission": {
            "columns": ["id"], "filter": filters}})
        self.ok("pg_rename_relationship", {"table": "article", "name": "writer", "new_name": "by"})
        self.assertEqual(self.table("author")["select_permissions"][0]["permission"]["filter"],
                         {"_and": [{"texts": {"by": {"name": {"_eq": "writer"}}}},
                                   {"_exists": {"_table": "article", "_where": {"by": {"id": 1}}}}]})
        self.assertIn("by", self.fields("article"))
        self.assert_consistent()

    def test_refusals(self):
        self.track("author", "article", "twice")
        self.ok("pg_create_object_relationship", {"table": "article", "name": "author", "using": self.BY_KEY})
        exists = 'field with name "%s" already exists in table "article"'
        self.refuses("pg_create_object_relationship", {"table": "article", "name": "author", "using": self.BY_KEY},
                     "already-exists", exists % "author")
        self.refuses("pg_create_object_relationship", {"table": "article", "name": "title", "using": self.BY_KEY},
                     "already-exists", exists % "title")
        self.refuses("pg_create_object_relationship", {"table": "profile", "name": "a", "using": self.BY_KEY},
                     "not-exists", 'table "profile" does not exist in source: default')
        self.refuses("pg_create_object_relationship", {"table": "article", "name": "", "using": self.BY_KEY},
                     "parse-failed", "empty string not allowed", "$.args.name")
        self.refuses("pg_create_object_relationship", {"table": "article", "name": "x", "using": {
            "foreign_key_constraint_on": "title"}}, "invalid-configuration",
            'Inconsistent object: in table "article": in relationship "x": no foreign constraint exists on the given '
            "column")
        self.refuses("pg_create_object_relationship", {"table": "twice", "name": "x", "using": {
            "foreign_key_constraint_on": "a"}}, "invalid-configuration",
            'Inconsistent object: in table "twice": in relationship "x": more than one foreign key constraint exists on '
            "the given column")
        self.refuses("pg_create_array_relationship", {"table": "author", "name": "x", "using": {
            "foreign_key_constraint_on": {"table": "profile", "column": "author_id"}}}, "invalid-configuration",
            'Inconsistent object: table "profile" is not tracked')
        self.refuses("pg_create_object_relationship", {"table": "article", "name": "x", "using": {}}, "parse-failed",
                     "using: expected exactly one of foreign_key_constraint_on, manual_configuration", "$.args.using")
        self.refuses("pg_drop_relationship", {"table": "article", "relationship": "x"}, "not-exists",
                     'relationship "x" does not exist')
        self.refuses("pg_set_relationship_comment", {"table": "article", "name": "x"}, "not-exists",
                     'relationship "x" does not exist')
        self.refuses("pg_rename_relationship", {"table": "article", "name": "x", "new_name": "y"}, "not-exists",
                     'relationship "x" does not exist')
        self.refuses("pg_rename_relationship", {"table": "article", "name": "author", "new_name": "title"},
                     "already-exists", 'cannot rename relationship "author" to "title" in table "article" as a '
                     "column/relationship with the name already exists")
        self.ok("pg_create_select_permission", {"table": "article", "role": "user", "permission": {
            "columns": ["id"], "filter": {"author": {"id": 1}}}})
        self.refuses("pg_drop_relationship", {"table": "article", "relationship": "author"}, "dependency-error",
                     "cannot drop due to the following dependent objects : permission article.user.select in source "
                     '"default"')
        self.ok("pg_drop_relationship", {"table": "article", "relationship": "author", "cascade": True})
        self.assertNotIn("select_permissions", self.table("article"))

    def test_custom_names_clash_with_older_relationships(self):
        self.track("author", "article")
        self.ok("pg_create_object_relationship", {"table": "article", "name": "author", "using": self.BY_KEY})
        args = {"table": "article", "configuration": {"custom_column_names": {"title": "author"}}}
        self.refuses("pg_set_table_customization", args, "unexpected",
                     "cannot continue due to new inconsistent metadata")
        status, answer = self.call("pg_set_table_customization", args)
        self.assertEqual((answer["internal"][0]["name"], answer["internal"][0]["reason"]),
                         ("object_relation author in table article in source default",
                          "Inconsistent object: field definition conflicts with custom field name for postgres column "
                          '"title"'))


class ComputedFields(MetadataCase):
    def test_add_and_drop(self):
        self.track("author", "article")
        self.ok("add_computed_field", {"table": "author", "name": "loud", "definition": {"function": "shout"}},
                "/v1/query")
        self.ok("pg_add_computed_field", {"table": "author", "name": "texts", "comment": "all of them",
                                          "definition": {"function": "writes", "table_argument": "a"}})
        self.assertLessEqual({"loud", "texts"}, self.fields("author"))
        self.ok("pg_create_select_permission", {"table": "author", "role": "user", "permission": {
            "columns": ["id"], "computed_fields": ["loud"], "filter": {}}})
        self.refuses("pg_drop_computed_field", {"table": "author", "name": "loud"}, "dependency-error",
                     "cannot drop due to the following dependent objects : permission author.user.select in source "
                     '"default"')
        self.ok("pg_drop_computed_field", {"table": "author", "name": "loud", "cascade": True})
        self.assertNotIn("loud", self.fields("author"))
        self.assertNotIn("select_permissions", self.table("author"))

    def test_refusals(self):
        self.track("author", "article")
        self.refuses("pg_add_computed_field", {"table": "profile", "name": "x", "definition": {"function": "shout"}},
                     "not-exists", 'table "profile" does not exist in source: default', "$.args.table")
        self.refuses("pg_drop_computed_field", {"table": "profile", "name": "x"}, "not-exists",
                     'table "profile" does not exist in source: default', "$.args.table")
        self.refuses("pg_drop_computed_field", {"table": "author", "name": "x"}, "not-exists",
                     'computed field "x" does not exist', "$.args.name")
        self.refuses("pg_add_computed_field", {"table": "author", "name": "", "definition": {"function": "shout"}},
                     "parse-failed", "empty string not allowed", "$.args.name")
        self.ok("pg_add_computed_field", {"table": "author", "name": "loud", "definition": {"function": "shout"}})
        self.refuses("pg_add_computed_field", {"table": "author", "name": "loud", "definition": {"function": "shout"}},
                     "already-exists", 'field with name "loud" already exists in table "author"')
        where = 'Inconsistent object: in table "author": in computed field "x": '
        cannot = where + 'the computed field "x" cannot be added to table "author" because '
        for definition, message in [
                ({"function": "nope"}, where + 'no such function exists: "nope"'),
                ({"function": "restless"}, cannot + 'the function "restless" is of type VOLATILE; cannot be added as a '
                 "computed field"),
                ({"function": "of_article"}, cannot + 'first argument of the function "of_article" of type "article" is '
                 "not the table to which the computed field is being added"),
                ({"function": "nothing"}, cannot + 'the function "nothing" has no input arguments'),
                ({"function": "shout", "table_argument": "z"}, cannot + '"z" is not an input argument of the function '
                 '"shout"'),
                ({"function": "find_authors"}, cannot + 'first argument of the function "find_authors" is not COMPOSITE '
                 "type")]:
            with self.subTest(definition):
                self.refuses("pg_add_computed_field", {"table": "author", "name": "x", "definition": definition},
                             "invalid-configuration", message)
        self.refuses("pg_add_computed_field", {"table": "author", "name": "name", "definition": {"function": "shout"}},
                     "invalid-configuration", "Inconsistent object: field definition conflicts with postgres column")


class Permissions(MetadataCase):
    def test_each_kind(self):
        self.track("author")
        for kind, permission, root in [
                ("select", SELECT, ("author", "queryType")),
                ("insert", {"check": {}, "columns": ["name"]}, ("insert_author", "mutationType")),
                ("update", {"columns": ["name"], "filter": {}, "check": None}, ("update_author", "mutationType")),
                ("delete", {"filter": {}}, ("delete_author", "mutationType"))]:
            with self.subTest(kind):
                self.ok("pg_create_%s_permission" % kind, {"table": "author", "role": "user", "permission": permission,
                                                           "comment": "why"})
                self.assertIn(root[0], self.roots("user", root[1]))
                exported = self.table("author")["%s_permissions" % kind]
                self.assertEqual(exported, [{"role": "user", "permission": permission, "comment": "why"}])
                self.ok("pg_set_permission_comment", {"table": "author", "role": "user", "type": kind, "comment": "x"})
                self.assertEqual(self.table("author")["%s_permissions" % kind][0]["comment"], "x")
                self.refuses("pg_create_%s_permission" % kind,
                             {"table": "author", "role": "user", "permission": permission}, "already-exists",
                             '%s permission already defined on table "author" with role "user"' % kind)
                self.refuses("pg_create_%s_permission" % kind,
                             {"table": "author", "role": "admin", "permission": permission}, "already-exists",
                             '%s permission already defined on table "author" with role "admin"' % kind)
                self.refuses("pg_drop_%s_permission" % kind, {"table": "author", "role": "other"}, "permission-denied",
                             "'%s' permission on \"author\" for role \"other\" does not exist" % kind)
        for kind in ("insert", "update", "delete", "select"):
            self.ok("pg_drop_%s_permission" % kind, {"table": "author", "role": "user"})
            self.assertNotIn("%s_permissions" % kind, self.table("author"))
        self.assertNotIn("author", self.roots("user"))

    def test_refusals(self):
        self.track("author", "article", "author_count")
        self.ok("pg_add_computed_field", {"table": "author", "name": "texts", "definition": {"function": "writes"}})
        where = 'Inconsistent object: in table "author": in permission for role "user": '
        for kind, permission, message in [
                ("select", {"columns": ["nope"], "filter": {}}, 'column "nope" does not exist'),
                ("select", {"columns": [], "filter": {"nope": 1}}, 'column "nope" does not exist'),
                ("select", {"columns": [], "filter": {"id": {"_nope": 1}}}, "Unknown operator : _nope"),
                ("select", {"columns": [], "filter": {}, "computed_fields": ["nope"]},
                 'computed field "nope" does not exist'),
                ("select", {"columns": [], "filter": {}, "computed_fields": ["texts"]},
                 'select permissions on computed field "texts" are auto-derived from the permissions on its returning '
                 'table "article" and cannot be specified manually'),
                ("select", {"columns": [], "filter": {"_exists": {"_table": "profile", "_where": {}}}},
                 'table "profile" does not exist'),
                ("select", {"columns": [], "filter": {"id": {"_ceq": "nope"}}}, 'column "nope" does not exist'),
                ("insert", {"check": {}, "set": {"nope": 1}}, 'column "nope" does not exist'),
                ("insert", {"check": {"nope": 1}}, 'column "nope" does not exist'),
                ("update", {"columns": ["nope"], "filter": {}}, 'column "nope" does not exist'),
                ("update", {"columns": [], "filter": {}, "check": {"nope": 1}}, 'column "nope" does not exist'),
                ("delete", {"filter": {"nope": 1}}, 'column "nope" does not exist')]:
            with self.subTest(kind, permission=permission):
                self.refuses("pg_create_%s_permission" % kind,
                             {"table": "author", "role": "user", "permission": permission}, "invalid-configuration",
                             where + message)
        for kind, permission, message in [
                ("select", {"columns": [], "filter": {"age": {"_gt": True}}}, 'in the comparison of "age": a value of '
                 'type "int4" is expected to be a Number or its text, but is of kind Boolean'),
                ("select", {"columns": [], "filter": {"name": {"_in": ["a", 1]}}}, 'in the comparison of "name": a '
                 'value of type "text" is expected to be a String, but is of kind Number'),
                ("select", {"columns": [], "filter": {"age": {"_is_null": "no"}}},
                 "parsing Bool failed, expected Boolean, but encountered String for _is_null"),
                ("insert", {"check": {}, "set": {"age": {"a": 1}}}, 'in the preset of "age": a value of type "int4" is '
                 "expected to be a Number or its text, but is of kind Object")]:
            with self.subTest(kind, permission=permission):
                self.refuses("pg_create_%s_permission" % kind,
                             {"table": "author", "role": "user", "permission": permission}, "invalid-configuration",
                             where + message)
        for permission, message, path in [
                ("x", "parsing Object failed, expected Object, but encountered String", "$.args.permission"),
                ({"columns": [1], "filter": {}}, "parsing Text failed, expected String, but encountered Number",
                 "$.args.permission.columns[0]"),
                ({"columns": [], "filter": []}, "parsing Object failed, expected Object, but encountered Array",
                 "$.args.permission.filter"),
                ({"columns": [], "filter": {}, "limit": -1}, "expecting a number that is not negative",
                 "$.args.permission.limit")]:
            with self.subTest(permission):
                self.refuses("pg_create_select_permission", {"table": "author", "role": "user",
                                                             "permission": permission}, "parse-failed", message, path)
        self.refuses("pg_create_insert_permission", {"table": "author_count", "role": "user", "permission": {
            "check": {}}}, "invalid-configuration",
            'Inconsistent object: in table "author_count": in permission for role "user": "author_count" is not '
            "insertable")
        self.refuses("pg_create_select_permission", {"table": "author", "role": "", "permission": SELECT},
                     "parse-failed", "empty string not allowed", "$.args.role")
        self.refuses("pg_create_select_permission", {"table": "author", "role": "user"}, "parse-failed",
                     'key "permission" not found')

    def test_inherited_roles(self):
        self.track("author")
        for role in ("a", "b"):
            self.ok("pg_create_select_permission", {"table": "author", "role": role, "permission": SELECT})
        self.ok("add_inherited_role", {"role_name": "ab", "role_set": ["a", "b"]})
        self.assertIn("author", self.roots("ab"))
        self.refuses("add_inherited_role", {"role_name": "ab", "role_set": ["a"]}, "already-exists",
                     'inherited role with name "ab" already exists')
        self.refuses("add_inherited_role", {"role_name": "x", "role_set": ["x"]}, "invalid-params",
                     "an inherited role name cannot be in the role combination")
        self.refuses("add_inherited_role", {"role_name": "x", "role_set": ["nope"]}, "invalid-configuration",
                     'Inconsistent object: "nope" not found. An inherited role can only be created out of existing '
                     "roles")
        self.refuses("add_inherited_role", {"role_name": "x", "role_set": "a"}, "parse-failed",
                     "parsing [] failed, expected Array, but encountered String", "$.args.role_set")
        self.refuses("drop_inherited_role", {"role_name": "x"}, "not-exists", '"x" inherited role doesn\'t exist')
        self.refuses("pg_drop_select_permission", {"table": "author", "role": "a"}, "unexpected",
                     "cannot continue due to new inconsistent metadata")
        self.ok("drop_inherited_role", {"role_name": "ab"})
        self.assertNotIn("inherited_roles", self.export())
        self.ok("pg_drop_select_permission", {"table": "author", "role": "a"})

    def test_parents_that_disagree_are_information(self):
        self.track("author")
        for role, columns in (("a", ["name"]), ("b", ["age"])):
            self.ok("pg_create_insert_permission", {"table": "author", "role": role, "permission": {
                "check": {}, "columns": columns}})
        self.ok("add_inherited_role", {"role_name": "ab", "role_set": ["a", "b"]})
        told = {"name": "ab", "type": "inherited role permission inconsistency",
                "reason": "Could not inherit permission for the role 'ab' for the entity: 'insert permission, table: "
                          "author, source: 'default''",
                "entity": {"table": public("author"), "source": "default", "permission_type": "insert"}}
        self.assertEqual(self.inconsistent()["inconsistent_objects"], [told])
        self.ok("drop_inconsistent_metadata", {})
        self.assertEqual(self.inconsistent()["inconsistent_objects"], [told])


class EventTriggers(MetadataCase):
    ARGS = {"table": "author", "name": "changed", "webhook": "http://127.0.0.1:1/", "insert": {"columns": "*"},
            "update": {"columns": ["name"]}}

    def test_kept_and_exported(self):
        self.track("author")
        self.ok("create_event_trigger", self.ARGS, "/v1/query")
        trigger = {"name": "changed", "webhook": "http://127.0.0.1:1/",
                   "definition": {"insert": {"columns": "*"}, "update": {"columns": ["name"]}, "enable_manual": False},
                   "retry_conf": {"num_retries": 0, "interval_sec": 10, "timeout_sec": 60}}
        self.assertEqual(self.table("author")["event_triggers"], [trigger])
        self.refuses("pg_create_event_trigger", self.ARGS, "already-exists",
                     'event trigger with name "changed" already exists')
        self.ok("pg_create_event_trigger", dict(self.ARGS, replace=True, retry_conf={"num_retries": 3}))
        self.assertEqual(self.table("author")["event_triggers"][0]["retry_conf"], {"num_retries": 3})
        self.ok("pg_delete_event_trigger", {"name": "changed"})
        self.assertNotIn("event_triggers", self.table("author"))

    def test_refusals(self):
        self.track("author")
        self.refuses("pg_create_event_trigger", dict(self.ARGS, table="article"), "not-exists",
                     'table "article" does not exist in source: default')
        self.refuses("pg_create_event_trigger", dict(self.ARGS, update={"columns": ["nope"]}), "not-exists",
                     'column "nope" does not exist')
        self.refuses("pg_create_event_trigger", dict(self.ARGS, name=""), "parse-failed", "empty string not allowed",
                     "$.args.name")
        self.refuses("pg_delete_event_trigger", {"name": "nope"}, "not-exists",
                     'event trigger with name "nope" does not exist')
        for kind in ("pg_redeliver_event", "pg_invoke_event_trigger", "create_cron_trigger", "create_scheduled_event",
                     "test_webhook_transform"):
            status, answer = self.call(kind, {})
            self.assertEqual((status, answer["code"], answer["path"]), (400, "not-supported", "$.args"), kind)
            self.assertTrue(answer["error"].startswith(kind + ": "), answer)
