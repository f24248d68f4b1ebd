#include "planner/consistency/stored_queries.h"

#include <algorithm>
#include <vector>

#include "base/strings.h"
#include "graphql/lexer.h"
#include "graphql/parser.h"
#include "planner/consistency/phases.h"

namespace joinery::planner {
namespace {

using graphql::TokenKind;
using metadata::QueryCollection;

std::vector<std::string_view> Segments(std::string_view url) {
  std::vector<std::string_view> out;
  for (;;) {
    const size_t slash = url.find('/');
    out.push_back(url.substr(0, slash));
    if (slash == url.npos) return out;
    url.remove_prefix(slash + 1);
  }
}

// What is wrong with an endpoint's address; empty: nothing.
std::string AddressFault(std::string_view url) {
  std::set<std::string_view> variables;
  bool twice = false;
  for (const std::string_view segment : Segments(url)) {
    if (segment.empty() || segment == ":") {
      return StrCat("Empty segments or unnamed variables are not allowed: ", url);
    }
    if (segment.starts_with(':') && !variables.insert(segment).second) twice = true;
  }
  return twice ? StrCat("Duplicate variables found in endpoint path: ", url) : "";
}

// A literal wins over a variable, so only alike segments leave it open which of two is meant.
bool MayMeet(const plan::RestEndpoint& a, const plan::RestEndpoint& b) {
  const bool method = std::ranges::any_of(a.methods, [&](const std::string& one) {
    return std::ranges::find(b.methods, one) != b.methods.end();
  });
  const auto left = Segments(a.url);
  const auto right = Segments(b.url);
  if (!method || left.size() != right.size()) return false;
  for (size_t i = 0; i < left.size(); ++i) {
    if (left[i].starts_with(':') != right[i].starts_with(':')) return false;
    if (!left[i].starts_with(':') && left[i] != right[i]) return false;
  }
  return true;
}

const graphql::ast::TypeNode& Innermost(const graphql::ast::TypeNode& node, bool& is_list) {
  const graphql::ast::TypeNode* at = &node;
  while (at->kind != graphql::ast::TypeNode::Kind::kNamed) {
    is_list = is_list || at->kind == graphql::ast::TypeNode::Kind::kList;
    at = at->inner;
  }
  return *at;
}

class EndpointBuilder {
 public:
  explicit EndpointBuilder(const metadata::Metadata& metadata) : metadata_(metadata) {}

  // The fault of the operation, or empty and `out` filled.
  std::string Build(const metadata::RestEndpoint& endpoint, plan::RestEndpoint& out) const {
    const std::string fault = Operation(endpoint, out);
    return fault.empty() ? fault : StrCat("in endpoint ", endpoint.name, ": ", fault);
  }

 private:
  std::string Operation(const metadata::RestEndpoint& endpoint, plan::RestEndpoint& out) const {
    const auto collection =
        std::ranges::find(metadata_.query_collections, endpoint.collection, &QueryCollection::name);
    if (collection == metadata_.query_collections.end()) {
      return StrCat("collection with name ", endpoint.collection, " does not exist");
    }
    const auto query =
        std::ranges::find(collection->queries, endpoint.query, &QueryCollection::Query::name);
    if (query == collection->queries.end()) {
      return StrCat("query with name ", endpoint.query, " does not exist in collection ",
                    endpoint.collection);
    }
    const graphql::ParseResult parsed = graphql::ParseDocument(query->text);
    std::vector<const graphql::ast::Operation*> operations;
    if (parsed.ok()) {
      for (const graphql::ast::Operation* one : parsed.document->operations())
        operations.push_back(one);
    }
    if (operations.size() != 1) {
      return StrCat("query with name ", endpoint.query, " has ",
                    operations.empty() ? "no" : "multiple", " definitions.");
    }
    if (operations[0]->kind == graphql::ast::OperationKind::kSubscription) {
      return StrCat("query with name ", endpoint.query, " is a subscription");
    }
    out.url = endpoint.url;
    out.methods = endpoint.methods;
    out.query = query->text;
    for (const graphql::ast::VariableDefinition& variable : operations[0]->variables) {
      plan::RestEndpoint::Variable& one = out.variables.emplace_back();
      one.name = variable.name;
      one.non_null = variable.type->kind == graphql::ast::TypeNode::Kind::kNonNull;
      one.has_default = variable.default_value != nullptr;
      one.type = Innermost(*variable.type, one.is_list).name;
    }
    return {};
  }

  const metadata::Metadata& metadata_;
};

InconsistentObject::Member MemberOf(const metadata::RestEndpoint& endpoint) {
  json::Value definition = endpoint.definition;
  if (definition.Find("comment") == nullptr) definition.Set("comment", json::Value::Null());
  return {.type = "endpoint",
          .name = StrCat("endpoint ", endpoint.name),
          .definition = std::move(definition)};
}

struct SoundEndpoint {
  const metadata::RestEndpoint* metadata = nullptr;
  plan::RestEndpoint built;
  bool ambiguous = false;
};

std::vector<SoundEndpoint> BuildEndpoints(const metadata::Metadata& metadata,
                                          Inconsistencies& problems) {
  const EndpointBuilder builder(metadata);
  std::vector<SoundEndpoint> out;
  for (const metadata::RestEndpoint& endpoint : metadata.rest_endpoints) {
    if (const std::string fault = AddressFault(endpoint.url); !fault.empty()) {
      InconsistentObject::Member member = MemberOf(endpoint);
      problems.AddAsIs({.type = std::move(member.type),
                        .name = std::move(member.name),
                        .reason = fault,
                        .definition = std::move(member.definition)});
      continue;
    }
    SoundEndpoint sound{.metadata = &endpoint};
    if (const std::string fault = builder.Build(endpoint, sound.built); !fault.empty()) {
      problems.Add(MemberOf(endpoint), fault);
      continue;
    }
    out.push_back(std::move(sound));
  }
  return out;
}

void AddEndpoints(Graph& graph, Inconsistencies& problems) {
  std::vector<SoundEndpoint> sound = BuildEndpoints(*graph.world->metadata, problems);
  for (size_t i = 0; i < sound.size(); ++i) {
    if (sound[i].ambiguous) continue;
    InconsistentObject conflict{.form = InconsistentObject::Form::kAmbiguous};
    std::vector<std::string> urls = {sound[i].built.url};
    conflict.conflicting.push_back(MemberOf(*sound[i].metadata));
    for (size_t j = i + 1; j < sound.size(); ++j) {
      if (!MayMeet(sound[i].built, sound[j].built)) continue;
      sound[i].ambiguous = sound[j].ambiguous = true;
      urls.push_back(sound[j].built.url);
      conflict.conflicting.push_back(MemberOf(*sound[j].metadata));
    }
    if (!sound[i].ambiguous) continue;
    conflict.reason = StrCat("Ambiguous URL paths: ", Join(urls, ", "));
    problems.AddAsIs(std::move(conflict));
  }
  for (SoundEndpoint& one : sound) {
    if (!one.ambiguous) graph.rest_endpoints.push_back(std::move(one.built));
  }
}

}  // namespace

std::string NormalFormOf(std::string_view query) {
  graphql::Arena arena;
  graphql::Lexer lexer(query, arena);
  std::vector<graphql::Token> tokens;
  for (graphql::Token token = lexer.Next(); token.kind != TokenKind::kEnd; token = lexer.Next()) {
    if (token.kind == TokenKind::kError) return {};
    if (token.kind == TokenKind::kName && token.text == "__typename") {
      const size_t count = tokens.size();
      const bool alias = count >= 2 && tokens[count - 1].kind == TokenKind::kColon;
      if (alias) tokens.resize(count - 2);
      continue;
    }
    tokens.push_back(token);
  }
  std::string out;
  for (const graphql::Token& token : tokens) {
    const bool text = token.kind == TokenKind::kString || token.kind == TokenKind::kBlockString;
    StrAppend(out, text ? "s" : "", token.text.size(), ":", token.text, " ");
  }
  return out;
}

bool IsAllowed(const Graph& graph, std::string_view role, std::string_view query) {
  const auto [first, last] = graph.allowed_queries.equal_range(NormalFormOf(query));
  return std::any_of(first, last, [&](const auto& entry) {
    return entry.second.global || entry.second.roles.contains(role);
  });
}

void AddStoredQueries(Graph& graph, Inconsistencies& problems) {
  AddEndpoints(graph, problems);
  const metadata::Metadata& metadata = *graph.world->metadata;
  for (const metadata::AllowedCollection& allowed : metadata.allowlist) {
    const auto collection =
        std::ranges::find(metadata.query_collections, allowed.collection, &QueryCollection::name);
    if (collection == metadata.query_collections.end()) continue;
    for (const QueryCollection::Query& query : collection->queries) {
      const std::string normal = NormalFormOf(query.text);
      if (normal.empty()) continue;
      graph.allowed_queries.emplace(
          normal, AllowedQuery{allowed.global, {allowed.roles.begin(), allowed.roles.end()}});
    }
  }
}

}  // namespace joinery::planner
