#include "planner/engine/explain.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/strings.h"
#include "json/write.h"

namespace joinery::planner {
namespace {

using json::Value;

const Value* At(const Value& variables, const plan::ParameterSource& source) {
  const Value* at = variables.Find(source.name);
  for (const json::PathStep& step : source.path) {
    if (at == nullptr) return nullptr;
    if (const auto* name = std::get_if<std::string>(&step)) {
      at = at->Find(*name);
    } else {
      const size_t index = std::get<size_t>(step);
      at = index < at->items().size() ? &at->items()[index] : nullptr;
    }
  }
  return at;
}

plan::ParameterValue Json(std::string bytes) {
  return {.kind = plan::ParameterValue::Kind::kJson, .bytes = std::move(bytes)};
}

IssueOr<plan::ParameterValue> ValueOf(const plan::ParameterSource& source,
                                      const ExplainRequest& request) {
  using Kind = plan::ParameterSource::Kind;
  switch (source.kind) {
    case Kind::kConstant:
      return Json(source.constant);
    case Kind::kVariable:
      if (const Value* value = At(request.operation.variables, source)) {
        return Json(json::ToString(*value));
      }
      return source.has_constant ? Json(source.constant) : plan::ParameterValue{};
    case Kind::kSession:
      for (const auto& [name, value] : request.session.variables) {
        if (name == source.name) {
          return plan::ParameterValue{.kind = plan::ParameterValue::Kind::kText, .bytes = value};
        }
      }
      return Issue{.code = "not-found",
                   .message = StrCat("missing session variables: \"", source.name, "\"")};
    case Kind::kSessionObject: {
      Value object = Value::Object();
      for (const auto& [name, value] : request.session.variables) object.Set(name, value);
      return Json(json::ToString(object));
    }
    case Kind::kRequestQuery:
      return Json(json::ToString(Value(request.operation.query)));
  }
  return plan::ParameterValue{};
}

class Explainer {
 public:
  Explainer(const CallContext& context, const EngineConnectors& connectors, const plan::Plan& plan,
            uint64_t schema_version, const ExplainRequest& request)
      : context_(context),
        connectors_(connectors),
        plan_(plan),
        schema_version_(schema_version),
        request_(request) {}

  StatusOr<IssueOr<Value>> Run() {
    if (plan_.operation == plan::OperationKind::kMutation) {
      return Refused("only queries can be explained");
    }
    for (const plan::Fetch& fetch : plan_.fetches) {
      ASSIGN_OR_RETURN(IssueOr<Value> one, Explain(fetch));
      if (!one.ok()) return one;
      fetches_.push_back(std::move(one).value());
    }
    Value list = Value::Array();
    for (const plan::ResponseField& field : plan_.response) {
      IssueOr<Value> entry = Entry(field);
      if (!entry.ok()) return entry;
      list.Append(std::move(entry).value());
    }
    // The whole DAG, once.
    if (plan_.fetches.size() > 1 && !list.items().empty()) {
      list.items().front().Set("fetches", Value::Array(fetches_));
    }
    if (plan_.operation != plan::OperationKind::kSubscription)
      return IssueOr<Value>(std::move(list));
    Value one = list.items().empty() ? Value::Object() : list.items().front();
    one.Remove("field");
    one.Set("variables", UsedVariables());
    return IssueOr<Value>(std::move(one));
  }

 private:
  static IssueOr<Value> Refused(std::string message) {
    return Issue{.code = "invalid-params", .message = std::move(message), .path = "$"};
  }

  plan::Connector* ConnectorOf(plan::SourceKind kind) const {
    switch (kind) {
      case plan::SourceKind::kPostgres:
        return connectors_.postgres;
      case plan::SourceKind::kRemoteSchema:
        return connectors_.remote_schema;
      case plan::SourceKind::kAction:
        return connectors_.action;
    }
    return nullptr;
  }

  StatusOr<IssueOr<Value>> Explain(const plan::Fetch& fetch) {
    plan::ExecuteRequest call;
    call.source = fetch.source;
    call.fragment = fetch.fragment;
    call.schema_version = schema_version_;
    for (const plan::ParameterSource& source : fetch.parameters) {
      IssueOr<plan::ParameterValue> value = ValueOf(source, request_);
      if (!value.ok()) return IssueOr<Value>(value.issue());
      call.parameters.push_back(std::move(value).value());
    }
    for (const plan::KeySet& batch : fetch.fragment->batches) {
      plan::KeyBatch keys;
      // One key stands for all that an execution would bring.
      keys.columns.assign(batch.columns, {"null"});
      call.batches.push_back(std::move(keys));
    }
    plan::Connector* connector = ConnectorOf(fetch.source.kind);
    if (connector == nullptr) return Unavailable("a connector is missing");
    ASSIGN_OR_RETURN(Value explained, connector->Explain(context_, call));
    Value out = Value::Object();
    out.Set("source", fetch.source.name);
    out.Set("kind", plan::SourceKindName(fetch.source.kind));
    if (fetch.joined()) {
      out.Set("parents", ParentsOf(fetch));
    }
    out.Set("fragment", std::move(explained));
    return IssueOr<Value>(std::move(out));
  }

  static Value ParentsOf(const plan::Fetch& fetch) {
    std::set<uint32_t> parents;
    for (const plan::KeyInput& input : fetch.inputs) parents.insert(input.fetch);
    Value out = Value::Array();
    for (const uint32_t parent : parents) out.Append(static_cast<int64_t>(parent));
    return out;
  }

  IssueOr<Value> Entry(const plan::ResponseField& field) {
    Value out = Value::Object();
    out.Set("field", field.response_key);
    if (field.kind != plan::ResponseField::Kind::kFetch) {
      out.Set("sql", Value::Null());
      out.Set("plan", Value::Null());
      return out;
    }
    const plan::Fetch& fetch = plan_.fetches[field.fetch];
    if (fetch.source.kind == plan::SourceKind::kRemoteSchema && plan_.fetches.size() == 1) {
      return Refused("only hasura queries can be explained");
    }
    if (fetch.source.kind == plan::SourceKind::kAction && plan_.fetches.size() == 1) {
      return Refused("query actions cannot be explained");
    }
    const Value& fragment = *fetches_[field.fetch].Find("fragment");
    for (const std::string_view member : {"sql", "plan"}) {
      const Value* value = fragment.Find(member);
      out.Set(member, value != nullptr ? *value : Value::Null());
    }
    Value joins = Value::Array();
    Below(field.fetch, field.response_key, joins);
    if (!joins.items().empty()) out.Set("joins", std::move(joins));
    return out;
  }

  void Below(uint32_t parent, const std::string& path, Value& joins) {
    for (uint32_t i = parent + 1; i < plan_.fetches.size(); ++i) {
      const auto& inputs = plan_.fetches[i].inputs;
      if (std::ranges::find(inputs, parent, &plan::KeyInput::fetch) == inputs.end()) continue;
      Value join = fetches_[i];
      join.Set("path", path);
      join.Set("fetch", static_cast<int64_t>(i));
      joins.Append(std::move(join));
      Below(i, StrCat(path, "."), joins);
    }
  }

  Value UsedVariables() const {
    Value out = Value::Object();
    Value session = Value::Object();
    for (const plan::Fetch& fetch : plan_.fetches) {
      for (const plan::ParameterSource& source : fetch.parameters) {
        if (source.kind != plan::ParameterSource::Kind::kSession) continue;
        for (const auto& [name, value] : request_.session.variables) {
          if (name == source.name) session.Set(name, value);
        }
      }
    }
    out.Set("session", std::move(session));
    out.Set("query", request_.operation.variables.is_object() ? request_.operation.variables
                                                              : Value::Object());
    out.Set("synthetic", Value::Array());
    return out;
  }

  const CallContext& context_;
  const EngineConnectors& connectors_;
  const plan::Plan& plan_;
  const uint64_t schema_version_;
  const ExplainRequest& request_;
  std::vector<Value> fetches_;
};

}  // namespace

MaybeIssue ReadExplainRequest(const Value& body, ExplainRequest& out) {
  const Value* query = body.Find("query");
  if (query == nullptr) return ParseFailed("key \"query\" not found", "$");
  const Value& operation = query->is_object() ? *query : body;
  const auto text = operation.FindString("query");
  if (!text) return ParseFailed("key \"query\" not found", "$.query");
  out.operation.query = *text;
  out.operation.operation_name = operation.FindString("operationName").value_or("");
  if (const Value* variables = operation.Find("variables")) out.operation.variables = *variables;
  out.operation.role = "admin";
  if (const Value* user = body.Find("user"); user != nullptr) {
    for (const auto& [name, value] : user->members()) {
      const std::string lower = ToLower(name);
      const std::string given = value.is_string() ? value.string() : json::ToString(value);
      if (lower == "x-hasura-role") out.operation.role = given;
      out.session.variables.emplace_back(lower, given);
    }
  }
  out.session.role = out.operation.role;
  return {};
}

StatusOr<IssueOr<Value>> ExplainPlan(const CallContext& context, const EngineConnectors& connectors,
                                     const plan::Plan& plan, uint64_t schema_version,
                                     const ExplainRequest& request) {
  return Explainer(context, connectors, plan, schema_version, request).Run();
}

}  // namespace joinery::planner
