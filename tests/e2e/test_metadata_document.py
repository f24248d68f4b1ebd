"""The document as a whole: replace, export, warnings, versions, bulks, inconsistent objects, options."""

import copy
import json

import metadata_full
from harness import world
from metadata_case import ENDPOINTS, MetadataCase, public

SELECT = {"columns": ["id", "name"], "filter": {}}


class RoundTrip(MetadataCase):
    def test_every_key_survives(self):
        document = metadata_full.document(world.postgres.url("audit"), world.people.url)
        answer = self.ok("replace_metadata", {"allow_inconsistent_metadata": True, "metadata": document}, version=2)
        self.assertEqual(answer["inconsistent_objects"], [])
        exported = self.export()
        self.assertEqual(exported, document)
        self.assertEqual(list(exported), metadata_full.ORDER)
        self.ok("replace_metadata", exported)
        self.assertEqual(json.dumps(self.export()), json.dumps(exported))

    def test_defaults_are_left_out_and_names_spelt_out(self):
        url = {"connection_info": {"database_url": world.postgres.url("audit")}}
        self.ok("replace_metadata", {"version": 3, "allowlist": [], "custom_types": {}, "sources": [{
            "name": "default", "kind": "postgres", "configuration": url, "functions": [
                {"function": "find_authors", "permissions": []}],
            "tables": [{"table": "author", "is_enum": False, "configuration": {}, "object_relationships": [],
                        "select_permissions": [{"role": "user", "permission": {
                            "columns": [], "filter": {}, "allow_aggregations": False}, "comment": None}],
                        "update_permissions": [{"role": "user", "permission": {
                            "columns": [], "filter": {}, "check": None}}]}]}]})
        self.assertEqual(self.export(), {"version": 3, "sources": [{
            "name": "default", "kind": "postgres", "configuration": url,
            "functions": [{"function": public("find_authors")}],
            "tables": [{"table": public("author"),
                        "select_permissions": [{"role": "user", "permission": {"columns": [], "filter": {}}}],
                        "update_permissions": [{"role": "user", "permission": {
                            "columns": [], "filter": {}, "check": None}}]}]}]})

    def test_older_versions_become_the_default_source(self):
        self.ok("pg_add_source", {"name": "other", "configuration": {
            "connection_info": {"database_url": world.postgres.url("library")}}})
        configuration = self.export()["sources"][0]["configuration"]
        for version in (1, 2):
            with self.subTest(version):
                self.ok("replace_metadata", {"version": version, "tables": [{"table": "author"}],
                                             "functions": ["find_authors"]}, "/v1/query")
                self.assertEqual(self.export(), {"version": 3, "sources": [{
                    "name": "default", "kind": "postgres", "configuration": configuration,
                    "tables": [{"table": public("author")}],
                    "functions": [{"function": public("find_authors")}]}]})

    def test_without_a_default_source_there_is_no_place_for_them(self):
        self.ok("replace_metadata", {"version": 3, "sources": []})
        self.refuses("replace_metadata", {"version": 2, "tables": []}, "not-supported",
                     "cannot import metadata without sources since no default source is defined")


class Replace(MetadataCase):
    def source(self, *tables):
        return {"name": "default", "kind": "postgres", "tables": list(tables),
                "configuration": {"connection_info": {"database_url": world.postgres.url("audit")}}}

    def document(self, *tables, **more):
        return {"version": 3, "sources": [self.source(*tables)], **more}

    def test_strict_and_lenient(self):
        document = self.document({"table": "author"}, {"table": "nowhere"})
        self.refuses("replace_metadata", document, "unexpected", "cannot continue due to inconsistent metadata")
        self.refuses("replace_metadata", {"metadata": document}, "unexpected",
                     "cannot continue due to inconsistent metadata")
        lost = {"definition": public("nowhere"), "name": "table nowhere in source default", "type": "table",
                "reason": 'Inconsistent object: no such table/view exists in source: "nowhere"'}
        self.assertEqual(self.ok("replace_metadata", {"allow_inconsistent_metadata": True, "metadata": document},
                                 version=2), {"is_consistent": False, "inconsistent_objects": [lost]})
        self.assertEqual(self.inconsistent(), {"is_consistent": False, "inconsistent_objects": [lost]})
        self.assertIn("author", self.roots())
        self.ok("drop_inconsistent_metadata", {})
        self.assertIsNone(self.table("nowhere"))
        self.assertIsNotNone(self.table("author"))
        self.assertEqual(self.ok("replace_metadata", self.document({"table": "author"})), {"message": "success"})

    def test_what_has_no_effect_is_a_warning(self):
        document = self.document({"table": "author", "event_triggers": [{"name": "t", "webhook": "http://x"}]},
                                 cron_triggers=[{"name": "c"}], surprise={"a": 1})
        told = [{"message": '"event_triggers" at $.sources[0].tables[0] is kept and exported, but Joinery does not act '
                 "on it", "type": "table", "name": "table author in source default", "code": "not-acted-on"},
                {"message": '"cron_triggers" at $ is kept and exported, but Joinery does not act on it',
                 "type": "metadata", "name": "metadata", "code": "not-acted-on"},
                {"message": 'unknown key "surprise" at $: it is kept and exported, and has no effect',
                 "type": "metadata", "name": "metadata", "code": "unknown-key"}]
        status, answer = self.call("replace_metadata", {"metadata": document, "allow_warnings": False}, version=2)
        self.assertEqual((status, answer), (400, {"code": "metadata-warnings", "path": "$.args", "internal": told,
                                                  "error": "failed due to metadata warnings"}))
        self.assertIsNone(self.table("author"))
        answer = self.ok("replace_metadata", {"metadata": document}, version=2)
        self.assertEqual(answer, {"is_consistent": True, "inconsistent_objects": [], "warnings": told})
        exported = self.export()
        self.assertEqual((exported["cron_triggers"], exported["surprise"]), ([{"name": "c"}], {"a": 1}))
        self.assertEqual(self.ok("replace_metadata", document), {"message": "success"})

    def test_wrong_shapes(self):
        self.refuses("replace_metadata", "text", "parse-failed",
                     "parsing Object failed, expected Object, but encountered String")
        self.refuses("replace_metadata", {"version": 3, "sources": {}}, "parse-failed",
                     "parsing [] failed, expected Array, but encountered Object", "$.args.sources")
        self.refuses("replace_metadata", self.document({}), "parse-failed", 'key "table" not found',
                     "$.args.sources[0].tables[0].table")
        self.refuses("replace_metadata", self.document(query_collections=[
            {"name": "c", "definition": {"queries": [{"name": "q", "query": "query {"}]}}]), "parse-failed",
            "not a valid graphql query: Expected Name, found <EOF>. (line 1, column 8)",
            "$.args.query_collections[0].definition.queries[0].query")

    def test_duplicates_are_told_and_the_first_counts(self):
        role = {"role": "user", "permission": SELECT}
        document = self.document({"table": "author", "select_permissions": [role, role]},
                                 {"table": "author", "configuration": {"custom_name": "x"}})
        answer = self.ok("replace_metadata", {"allow_inconsistent_metadata": True, "metadata": document}, version=2)
        self.assertEqual([(o["reason"], o["type"], len(o["definitions"])) for o in answer["inconsistent_objects"]], [
            ("Multiple definitions for: table author in source default", "table", 2),
            ("Multiple definitions for: select_permission user in table author in source default",
             "select_permission", 2)])
        self.assertIn("author", self.roots("user"))
        self.ok("drop_inconsistent_metadata", {})
        self.assert_consistent()
        self.assertEqual(len(self.export()["sources"][0]["tables"]), 1)
        self.assertEqual(self.table("author")["select_permissions"], [role])

    def test_clear_keeps_the_default_source(self):
        self.track("author")
        self.ok("pg_update_source", {"name": "default", "customization": {"root_fields": {"prefix": "p_"}}})
        self.ok("pg_add_source", {"name": "other", "configuration": {
            "connection_info": {"database_url": world.postgres.url("library")}}})
        configuration = self.export()["sources"][0]["configuration"]
        self.assertEqual(self.ok("clear_metadata", {}), {"message": "success"})
        self.assertEqual(self.export(), {"version": 3, "sources": [
            {"name": "default", "kind": "postgres", "configuration": configuration, "tables": []}]})


class Requests(MetadataCase):
    def test_shapes(self):
        for endpoint in ENDPOINTS:
            with self.subTest(endpoint):
                self.assertEqual(self.post("x", endpoint), (400, {
                    "path": "$", "code": "parse-failed",
                    "error": "parsing Object failed, expected Object, but encountered String"}))
                self.assertEqual(self.post({"args": {}}, endpoint), (400, {
                    "path": "$", "code": "parse-failed", "error": 'key "type" not found'}))
                status, answer = self.call("nope", {}, endpoint)
                self.assertEqual((status, answer["code"], answer["path"]), (400, "parse-failed", "$"))
                self.assertEqual(self.call("export_metadata", {}, endpoint, version=3), (400, {
                    "path": "$.version", "code": "parse-failed", "error": "expected 1 or 2, encountered 3"}))

    def test_only_for_admin(self):
        for endpoint in ENDPOINTS + ("/v2/query",):
            status, answer = self.post({"type": "export_metadata", "args": {}}, endpoint, x_hasura_role="user")
            self.assertEqual((status, answer["code"], answer["path"], answer["error"]),
                             (400, "access-denied", "$.args", "restricted access : admin only"), endpoint)

    def test_resource_versions(self):
        first = self.ok("export_metadata", {}, version=2)
        self.assertEqual(first["metadata"], self.export())
        self.ok("pg_track_table", {"table": "author"}, resource_version=first["resource_version"])
        second = self.ok("export_metadata", {}, version=2)
        self.assertEqual(second["resource_version"], first["resource_version"] + 1)
        self.assertEqual(self.call("pg_track_table", {"table": "article"}, resource_version=1), (409, {
            "path": "$", "code": "conflict",
            "error": "metadata resource version referenced (1) did not match current version"}))
        self.ok("get_inconsistent_metadata", {})
        self.assertEqual(self.ok("export_metadata", {}, version=2), second)

    def test_reload(self):
        answer = self.ok("reload_metadata", {"reload_sources": ["default"], "reload_remote_schemas": False})
        self.assertEqual(answer, {"message": "success", "is_consistent": True})


class Bulks(MetadataCase):
    CALLS = [{"type": "pg_track_table", "args": {"table": "author"}},
             {"type": "pg_track_table", "args": {"table": "nowhere"}},
             {"type": "pg_track_table", "args": {"table": "article"}}]

    def test_bulk_stops_and_stores_nothing(self):
        status, answer = self.call("bulk", self.CALLS)
        self.assertEqual((status, answer["path"]), (400, "$.args[1].args"))
        self.assertIsNone(self.table("author"))
        self.assertEqual(self.ok("bulk", [self.CALLS[0], self.CALLS[2]]), [{"message": "success"}] * 2)
        status, answer = self.call("bulk", {})
        self.assertEqual((status, answer["error"]), (400, "parsing [] failed, expected Array, but encountered Object"))

    def test_keep_going_stores_the_good_ones(self):
        answers = self.ok("bulk_keep_going", self.CALLS)
        self.assertEqual([a.get("message") or a["path"] for a in answers], ["success", "$.args[1].args", "success"])
        self.assertIsNotNone(self.table("author"))
        self.assertIsNotNone(self.table("article"))
        self.assertIn("article", self.roots())

    def test_atomic_needs_only_the_end_to_be_consistent(self):
        relationship = {"type": "pg_create_object_relationship", "args": {
            "table": "article", "name": "author", "using": {"foreign_key_constraint_on": "author_id"}}}
        calls = [self.CALLS[2], relationship, self.CALLS[0]]
        self.assertEqual(self.call("bulk", calls)[0], 400)
        self.assertEqual(self.ok("bulk_atomic", calls), {"message": "success"})
        self.assertIn("author", self.fields("article"))
        self.refuses_atomic([{"type": "pg_track_table", "args": {"table": "profile"}}, self.CALLS[1]],
                            "invalid-configuration",
                            'Inconsistent object: no such table/view exists in source: "nowhere"', "$.args")
        self.refuses_atomic([{"type": "pg_track_table", "args": {"table": "profile"}}, self.CALLS[0]],
                            "already-tracked", 'view/table already tracked : "author"', "$.args[1].args")
        self.refuses_atomic([{"type": "export_metadata", "args": {}}], "not-supported",
                            'bulk_atomic takes calls that edit the metadata, and no "export_metadata"', "$.args[0]")

    def test_sql_in_bulks(self):
        read = {"type": "run_sql", "args": {"sql": "select 1 as one", "read_only": True}}
        write = {"type": "run_sql", "args": {"sql": "create table fresh (id int)"}}
        answer = {"result_type": "TuplesOk", "result": [["one"], ["1"]]}
        for kind in ("bulk", "concurrent_bulk"):
            self.assertEqual(self.ok(kind, [read] * 10, "/v2/query"), [answer] * 10)
        status, refused = self.call("concurrent_bulk", [read, write], "/v2/query")
        self.assertEqual((status, refused["error"]),
                         (500, "Only read-only queries are allowed in a concurrent_bulk"))
        status, refused = self.call("bulk", [write, read], "/v2/query")
        self.assertEqual((status, refused["code"], refused["error"]), (
            400, "bad-request", "incompatible access mode requirements in bulk query, expected access mode: READ WRITE "
            "but $.args[1] forces READ ONLY"))
        self.assertEqual(self.ok("bulk", [write, {"type": "track_table", "args": "fresh"}], "/v1/query")[1],
                         {"message": "success"})
        self.assertIn("fresh", self.roots())


class Collections(MetadataCase):
    QUERY = "query authors { author { id } }"

    def setUp(self):
        super().setUp()
        self.track("author")
        self.ok("create_query_collection", {"name": "c", "comment": "x", "definition": {
            "queries": [{"name": "q", "query": self.QUERY}]}})

    def test_queries_of_a_collection(self):
        self.ok("add_query_to_collection", {"collection_name": "c", "query_name": "r", "query": self.QUERY})
        self.assertEqual([q["name"] for q in self.export()["query_collections"][0]["definition"]["queries"]], ["q", "r"])
        self.ok("drop_query_from_collection", {"collection_name": "c", "query_name": "r"})
        unknown = 'query collection with name "x" does not exists'
        self.refuses("add_query_to_collection", {"collection_name": "c", "query_name": "q", "query": self.QUERY},
                     "already-exists", 'query with name "q" already exists in collection "c"')
        self.refuses("add_query_to_collection", {"collection_name": "x", "query_name": "q", "query": self.QUERY},
                     "not-exists", unknown)
        self.refuses("drop_query_from_collection", {"collection_name": "c", "query_name": "z"}, "not-found",
                     'query with name "z" not found in collection "c"')
        self.refuses("create_query_collection", {"name": "c", "definition": {"queries": []}}, "already-exists",
                     'query collection with name "c" already exists', "$.args.name")
        twice = [{"name": "q", "query": self.QUERY}] * 2
        self.refuses("create_query_collection", {"name": "d", "definition": {"queries": twice}}, "not-supported",
                     'found duplicate query names "q"', "$.args.definition.queries")
        self.refuses("create_query_collection", {"name": "d", "definition": {"queries": [
            {"name": "", "query": self.QUERY}]}}, "parse-failed", "empty string not allowed",
            "$.args.definition.queries[0].name")
        self.refuses("drop_query_collection", {"collection": "x"}, "not-exists", unknown, "$.args.collection")

    def test_allow_list_follows(self):
        self.assertEqual(self.ok("add_collection_to_allowlist", {"collection": "c"}), {"message": "success"})
        again = self.ok("add_collection_to_allowlist", {"collection": "c"})
        self.assertTrue(again["message"].startswith('collection "c" already exists in the allowlist'))
        self.refuses("drop_query_collection", {"collection": "c"}, "dependency-error",
                     'query collection with name "c" is present in allowlist; cannot proceed to drop',
                     "$.args.collection")
        scope = {"global": False, "roles": ["user"]}
        self.ok("update_scope_of_collection_in_allowlist", {"collection": "c", "scope": scope})
        self.assertEqual(self.export()["allowlist"], [{"collection": "c", "scope": scope}])
        unknown = 'query collection with name "x" does not exists'
        for kind in ("add_collection_to_allowlist", "drop_collection_from_allowlist"):
            self.refuses(kind, {"collection": "x"}, "not-exists", unknown, "$.args.collection")
        self.refuses("update_scope_of_collection_in_allowlist", {"collection": "c", "scope": {"global": False}},
                     "parse-failed", "roles of a scope that is not global must be a list that is not empty",
                     "$.args.scope")
        self.ok("drop_collection_from_allowlist", {"collection": "c"})
        self.refuses("drop_collection_from_allowlist", {"collection": "c"}, "not-found",
                     'collection "c" doesn\'t exist in the allowlist', "$.args.collection")
        self.ok("add_collection_to_allowlist", {"collection": "c"})
        self.ok("drop_query_collection", {"collection": "c", "cascade": True})
        self.assertNotIn("allowlist", self.export())

    def endpoint(self, name="e", url="authors", **more):
        return {"name": name, "url": url, "methods": ["GET"],
                "definition": {"query": {"collection_name": "c", "query_name": "q"}}, **more}

    def test_renaming_a_collection_takes_its_users_along(self):
        self.ok("add_collection_to_allowlist", {"collection": "c"})
        self.ok("create_rest_endpoint", self.endpoint())
        self.ok("rename_query_collection", {"name": "c", "new_name": "d"})
        exported = self.export()
        self.assertEqual(exported["allowlist"][0]["collection"], "d")
        self.assertEqual(exported["rest_endpoints"][0]["definition"]["query"]["collection_name"], "d")
        self.assertEqual(self.engine.request("GET", "/api/rest/authors")[0], 200)
        self.refuses("rename_query_collection", {"name": "c", "new_name": "e"}, "not-exists",
                     'query collection with name "c" does not exists', "$.args.name")

    def test_endpoints(self):
        self.ok("create_rest_endpoint", self.endpoint(comment="x"))
        self.assertEqual(json.loads(self.engine.request("GET", "/api/rest/authors")[1]),
                         {"author": [{"id": 1}, {"id": 2}]})
        self.refuses("create_rest_endpoint", self.endpoint(), "already-exists", "Endpoint with name: e already exists")
        self.refuses("create_rest_endpoint", self.endpoint("f", ""), "parse-failed", "empty string not allowed",
                     "$.args.url")
        self.refuses("create_rest_endpoint", self.endpoint("f", "f", methods=[]), "parse-failed",
                     "parsing NonEmpty failed, unexpected empty list", "$.args.methods")
        self.refuses("drop_rest_endpoint", {"name": "f"}, "not-exists", "endpoint with name: f does not exist")
        new = ("unexpected", "cannot continue due to new inconsistent metadata")
        for url, reason in [("a/:x/:x", "Duplicate variables found in endpoint path: a/:x/:x"),
                            ("a//b", "Empty segments or unnamed variables are not allowed: a//b"),
                            ("a/:", "Empty segments or unnamed variables are not allowed: a/:")]:
            self.refuses("create_rest_endpoint", self.endpoint("f", url), *new)
            answer = self.call("create_rest_endpoint", self.endpoint("f", url))[1]
            self.assertEqual((answer["internal"][0]["name"], answer["internal"][0]["reason"]), ("endpoint f", reason))
        self.refuses("create_rest_endpoint", self.endpoint("f"), *new)
        answer = self.call("create_rest_endpoint", self.endpoint("f"))[1]
        self.assertEqual(answer["internal"], [{"reason": "Ambiguous URL paths: authors, authors", "conflicts": [
            self.endpoint(comment="x"), self.endpoint("f", comment=None)]}])
        self.refuses("drop_query_collection", {"collection": "c"}, *new)
        self.ok("drop_rest_endpoint", {"name": "e"})
        self.assertEqual(self.engine.request("GET", "/api/rest/authors")[0], 404)


class Options(MetadataCase):
    def test_limits(self):
        limits = {"depth_limit": {"global": 5, "per_role": {"user": 2}}, "rate_limit": {
            "global": {"max_reqs_per_min": 60, "unique_params": "IP"}}}
        self.ok("set_api_limits", limits)
        self.assertEqual(self.export()["api_limits"], limits)
        self.refuses("set_api_limits", {"depth_limit": {"global": -1}}, "parse-failed", "expected a positive number",
                     "$.args.depth_limit.global")
        self.refuses("set_api_limits", {"rate_limit": {"global": 5}}, "parse-failed",
                     "expected an object with a positive max_reqs_per_min", "$.args.rate_limit.global")
        self.ok("remove_api_limits", {})
        self.assertNotIn("api_limits", self.export())

    def test_introspection(self):
        self.track("author")
        self.ok("pg_create_select_permission", {"table": "author", "role": "user", "permission": SELECT})
        self.ok("set_graphql_schema_introspection_options", {"disabled_for_roles": ["user"]})
        self.assertEqual(self.export()["graphql_schema_introspection"], {"disabled_for_roles": ["user"]})
        self.refuses("set_graphql_schema_introspection_options", {"disabled_for_roles": [1]}, "parse-failed",
                     "parsing Text failed, expected String, but encountered Number", "$.args.disabled_for_roles[0]")
        refused = self.engine.graphql("{ __schema { queryType { name } } }", x_hasura_role="user")
        self.assertEqual(refused["errors"][0]["extensions"]["code"], "validation-failed")
        self.assertIn("data", self.engine.graphql("{ author { __typename id } }", x_hasura_role="user"))
        self.assertIn("data", self.engine.graphql("{ __schema { queryType { name } } }"))
        self.ok("set_graphql_schema_introspection_options", {"disabled_for_roles": []})
        self.assertIn("data", self.engine.graphql("{ __schema { queryType { name } } }", x_hasura_role="user"))


class Healing(MetadataCase):
    """What a change outside breaks is left out, and back by itself."""

    def test_a_remote_schema_that_was_down_comes_back(self):
        self.track("author")
        self.ok("add_remote_schema", {"name": "people", "definition": {"url": world.people.url}})
        self.ok("pg_create_remote_relationship", {"table": "author", "name": "person", "definition": {
            "to_remote_schema": {"remote_schema": "people", "lhs_fields": ["id"],
                                 "remote_field": {"person": {"arguments": {"id": "$id"}}}}}})
        world.people.stop()
        try:
            self.ok("reload_metadata", {"reload_remote_schemas": True})
            told = self.inconsistent()["inconsistent_objects"]
            self.assertEqual([o["name"] for o in told], [
                "remote_schema people", "remote_relationship person in table author in source default"])
            self.assertIn("author", self.roots())
            self.assertNotIn("person", self.fields("author"))
        finally:
            world.people.start()
        self.await_consistent(True)
        self.assertIn("person", self.fields("author"))
