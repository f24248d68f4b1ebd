#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "json/write.h"
#include "planner/engine/catalog_change.h"
#include "planner/engine/metadata_calls.h"
#include "planner/engine/remove_object.h"
#include "planner/metadata/reader.h"
#include "planner/metadata/references.h"

// The check of a change: the graph that it leads to, and what in it is worse than before.
namespace joinery::planner {
namespace {

using json::Value;

// For all sources that have to be asked.
constexpr std::chrono::seconds kPatience{30};

Issue Fault(std::string code, std::string message, std::string path) {
  return {.code = std::move(code), .message = std::move(message), .path = std::move(path)};
}

// Of a path in the document what lies inside the object that a call is about: ".permission.columns"
// of "$.sources[0].tables[1].select_permissions[0].permission.columns".
std::string_view InsideObject(std::string_view path) {
  const auto skip_element = [&](std::initializer_list<std::string_view> lists) {
    for (const std::string_view list : lists) {
      if (!path.starts_with(StrCat(".", list, "["))) continue;
      path.remove_prefix(path.find(']') + 1);
      return true;
    }
    return false;
  };
  path.remove_prefix(1);
  if (skip_element({"sources"})) {
    if (skip_element({"tables"})) {
      skip_element({"object_relationships", "array_relationships", "computed_fields",
                    "remote_relationships", "insert_permissions", "select_permissions",
                    "update_permissions", "delete_permissions", "event_triggers"});
    } else {
      skip_element({"functions"});
    }
  } else if (skip_element({"remote_schemas"})) {
    if (skip_element({"remote_relationships"})) {
      skip_element({"relationships"});
    } else {
      skip_element({"permissions"});
    }
  } else if (skip_element({"actions"})) {
    skip_element({"permissions"});
  } else if (path.starts_with(".custom_types")) {
    path.remove_prefix(std::string_view(".custom_types").size());
  } else {
    skip_element({"inherited_roles", "query_collections", "allowlist", "rest_endpoints"});
  }
  return path;
}

const Table* FindTable(const Graph& graph, std::string_view source, const plan::TableName& name) {
  const Source* found = graph.FindSource(source);
  return found == nullptr ? nullptr : found->FindTable(name);
}

bool HasCatalogColumn(const Graph& graph, std::string_view source, const plan::TableName& name,
                      std::string_view column) {
  const Table* table = FindTable(graph, source, name);
  return table != nullptr && table->FindColumn(column) != nullptr;
}

}  // namespace

std::string IdentityOf(const InconsistentObject& object) {
  if (object.conflicting.empty()) return StrCat(object.type, "|", object.name);
  std::string out = object.reason;
  for (const InconsistentObject::Member& member : object.conflicting) {
    StrAppend(out, "|", member.type, "|", member.name);
  }
  return out;
}

void MetadataTransaction::Rebuild() {
  const std::shared_ptr<const Graph> before = graph_.graph;
  metadata::ReadResult read = metadata::Read(document_, before->world->metadata.get());
  metadata::ShareTables(read.metadata, document_);
  unreadable_ = std::move(read.issues);
  auto model = std::make_shared<const metadata::Metadata>(std::move(read.metadata));
  auto world = std::make_shared<const World>(
      services_.introspector.Observe(CallContext::WithTimeout(kPatience), model, document_));
  graph_ = BuildGraph(std::move(world), services_.options, before.get());
  changed_ = true;
}

Value MetadataTransaction::InconsistentJson() const {
  Value list = Value::Array();
  for (const InconsistentObject& object : graph_.inconsistent) list.Append(object.ToJson());
  return list;
}

metadata::Facts MetadataTransaction::FactsNow() const {
  const std::shared_ptr<const Graph> graph = graph_.graph;
  metadata::Facts facts;
  facts.has_column = [graph](std::string_view source, const metadata::TableName& table,
                             std::string_view column) {
    return HasCatalogColumn(*graph, source, table, column);
  };
  facts.is_remote_root = [graph](std::string_view name) { return IsRemoteRoot(*graph, name); };
  facts.remote_schema_permissions = services_.options.remote_schema_permissions;
  return facts;
}

MaybeIssue MetadataTransaction::RebuildAndCompare(const CallPath& path,
                                                  std::set<std::string>& before,
                                                  std::vector<const InconsistentObject*>& fresh) {
  for (const InconsistentObject& object : graph_.inconsistent) before.insert(IdentityOf(object));
  const std::set<std::string> duplicates(graph_.graph->duplicate_root_fields.begin(),
                                         graph_.graph->duplicate_root_fields.end());
  Rebuild();
  RETURN_IF_ISSUE(CheckShape(path));
  for (const std::string& text : graph_.graph->duplicate_root_fields) {
    if (!duplicates.contains(text)) return UnexpectedIssue(text, path.args());
  }
  for (const InconsistentObject& object : graph_.inconsistent) {
    // What an inherited role's parents disagree about is information only.
    if (before.contains(IdentityOf(object)) || !object.entity.is_null()) continue;
    fresh.push_back(&object);
  }
  return {};
}

std::vector<std::string> MetadataTransaction::DropLostReferences(const Graph& before,
                                                                 Value& document) const {
  std::vector<std::string> lost;
  metadata::EachReference(document, [&](const metadata::Reference& reference) {
    const bool of_action = reference.owner_source.empty() && reference.owner_remote_schema.empty();
    if (!of_action || reference.source.empty()) return false;
    if (FindTable(before, reference.source, reference.table) == nullptr) return false;
    if (FindTable(*graph_.graph, reference.source, reference.table) != nullptr) return false;
    lost.push_back(reference.shown);
    return true;
  });
  return lost;
}

MaybeIssue MetadataTransaction::Check(const Change& change, const CallPath& path) {
  const std::shared_ptr<const Graph> graph_before = graph_.graph;
  std::set<std::string> before;
  std::vector<const InconsistentObject*> fresh;
  RETURN_IF_ISSUE(RebuildAndCompare(path, before, fresh));
  if (fresh.empty()) return {};
  for (const OwnObject& own : change.own) {
    std::vector<const InconsistentObject*> at_fault;
    std::ranges::copy_if(fresh, std::back_inserter(at_fault),
                         [&](const InconsistentObject* object) { return own.Is(*object); });
    if (at_fault.empty()) continue;
    if (auto issue = OwnFault(own, at_fault, path.args())) return *std::move(issue);
  }
  if (change.drops) {
    Value document = document_;
    const std::vector<std::string> lost = DropLostReferences(*graph_before, document);
    if (change.cascade) {
      document_ = std::move(document);
      if (!lost.empty()) Rebuild();
      DropInconsistentBut(before);
      return {};
    }
    std::set<std::string> dependents(lost.begin(), lost.end());
    for (const InconsistentObject* object : fresh) {
      const bool told = !lost.empty() && object->type == "custom_types";
      if (!object->type.empty() && !told) {
        dependents.insert(DependentName(object->type, object->name));
      }
    }
    if (!dependents.empty()) {
      return Fault(
          "dependency-error",
          StrCat("cannot drop due to the following dependent objects : ", Join(dependents, ", ")),
          path.args());
    }
  }
  Value list = Value::Array();
  for (const InconsistentObject* object : fresh) list.Append(object->ToJson());
  Issue issue =
      Fault("unexpected", "cannot continue due to new inconsistent metadata", path.args());
  issue.internal = json::ToString(list);
  return issue;
}

MaybeIssue MetadataTransaction::CheckShape(const CallPath& path) const {
  if (unreadable_.empty()) return {};
  const std::vector<Issue> known = metadata::Read(start_).issues;
  for (const Issue& issue : unreadable_) {
    const bool old = std::ranges::any_of(known, [&](const Issue& other) {
      return other.message == issue.message && other.path == issue.path;
    });
    if (old) continue;
    return ParseFailed(issue.message, StrCat(ShapePath(path), InsideObject(issue.path)));
  }
  return {};
}

}  // namespace joinery::planner
