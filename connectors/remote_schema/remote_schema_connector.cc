#include "connectors/remote_schema/remote_schema_connector.h"

#include <utility>

#include "base/strings.h"
#include "connectors/kit/environment.h"
#include "connectors/kit/headers.h"
#include "connectors/kit/http_client.h"
#include "connectors/kit/internal_loop.h"
#include "connectors/kit/source_table.h"
#include "connectors/remote_schema/answer.h"
#include "connectors/remote_schema/document.h"
#include "json/write.h"

namespace joinery::connectors::remote_schema {
namespace {

constexpr std::string_view kIntrospectionQuery =
    "query IntrospectionQuery { __schema { queryType { name } mutationType { name } subscriptionType "
    "{ name } types { ...FullType } directives { name description locations args { ...InputValue } } "
    "} } fragment FullType on __Type { kind name description fields(includeDeprecated: true) { name "
    "description args { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason } "
    "inputFields { ...InputValue } interfaces { ...TypeRef } enumValues(includeDeprecated: true) { "
    "name description isDeprecated deprecationReason } possibleTypes { ...TypeRef } } fragment "
    "InputValue on __InputValue { name description type { ...TypeRef } defaultValue } fragment TypeRef "
    "on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name "
    "ofType { kind name ofType { kind name ofType { kind name } } } } } } } }";

// A source's definition with its references resolved.
struct Settings {
  Status status;  // Why the source cannot be asked.
  std::string url;
  plan::Headers headers;
  bool forward_client_headers = false;
  std::chrono::milliseconds timeout{60'000};
};

StatusOr<std::string> UrlOf(const json::Value& definition) {
  if (const auto from = definition.FindString("url_from_env")) return EnvironmentValue(*from);
  return ExpandTemplate(definition.FindString("url").value_or(""));
}

Settings ReadSettings(const json::Value& definition) {
  Settings out;
  StatusOr<std::string> url = UrlOf(definition);
  StatusOr<plan::Headers> headers = ConfiguredHeaders(definition);
  if (!url.ok()) out.status = url.status();
  if (!headers.ok()) out.status = headers.status();
  if (!out.status.ok()) return out;
  out.url = *std::move(url);
  out.headers = *std::move(headers);
  out.forward_client_headers = definition.FindBool("forward_client_headers", false);
  if (const json::Value* seconds = definition.Find("timeout_seconds"); seconds != nullptr && seconds->is_number()) {
    out.timeout = std::chrono::milliseconds(static_cast<int64_t>(seconds->number() * 1000));
  }
  return out;
}

HttpRequest MakeRequest(const Settings& settings, std::string body, const plan::Headers* session,
                        const plan::Headers* client) {
  HttpRequest request;
  request.url = settings.url;
  request.body = std::move(body);
  request.timeout = settings.timeout;
  request.headers = settings.headers;
  if (session != nullptr) {
    for (const auto& [name, value] : *session) AddHeader(request.headers, name, value);
  }
  if (settings.forward_client_headers && client != nullptr) AddForwardedHeaders(request.headers, *client);
  AddHeader(request.headers, "Content-Type", "application/json");
  AddHeader(request.headers, "User-Agent", kUserAgent);
  return request;
}

}  // namespace

class RemoteSchemaConnector::State {
 public:
  // The client's calls on the own loop end with its thread.
  ~State() { own_loop_.Stop(); }

  void Execute(const CallContext& context, EventLoop* given, plan::ExecuteRequest request,
               plan::ExecuteCallback done) {
    EventLoop& loop = given != nullptr ? *given : own_loop_.loop();
    const auto settings = sources_.Find(request.source.name);
    if (settings == nullptr) {
      const std::string message = StrCat("no remote schema \"", request.source.name, "\" here");
      return loop.Post([done = std::move(done), message] { done(NotFound(message)); });
    }
    if (!settings->status.ok()) {
      return loop.Post([done = std::move(done), status = settings->status] {
        done(Unavailable(MessageOf(status)));
      });
    }
    const std::string body = BuildDocument(*request.fragment, request).body();
    HttpRequest http =
        MakeRequest(*settings, body, request.session.get(), request.client_headers.get());
    auto shared = std::make_shared<plan::ExecuteRequest>(std::move(request));
    auto send = [this, context, &loop, http = std::move(http), shared, settings,
                 done = std::move(done)]() mutable {
      client_.Send(context, loop, std::move(http),
                   [shared, settings, done = std::move(done)](HttpResponse response) {
                     done(ReadAnswer(*shared->fragment, *shared, std::move(response), settings->url));
                   });
    };
    if (loop.InThisThread()) return send();
    loop.Post(std::move(send));
  }

  void SetSources(const std::vector<plan::SourceConfig>& sources) {
    sources_.Set(plan::SourceKind::kRemoteSchema, sources,
                 [](const plan::SourceConfig& source) { return ReadSettings(source.definition); });
  }

  HttpClient& client() { return client_; }

 private:
  SourceTable<Settings> sources_;
  InternalLoop own_loop_;
  HttpClient client_;
};

RemoteSchemaConnector::RemoteSchemaConnector() : state_(std::make_shared<State>()) {}
RemoteSchemaConnector::~RemoteSchemaConnector() = default;

void RemoteSchemaConnector::Execute(const CallContext& context, EventLoop* loop,
                                    plan::ExecuteRequest request, plan::ExecuteCallback done) {
  state_->Execute(context, loop, std::move(request), std::move(done));
}

StatusOr<json::Value> RemoteSchemaConnector::Explain(const CallContext&,
                                                     const plan::ExecuteRequest& request) {
  if (!std::holds_alternative<plan::GraphqlFragment>(request.fragment->body)) {
    return InvalidArgument("not a GraphQL fragment");
  }
  const UpstreamDocument document = BuildDocument(*request.fragment, request);
  json::Value out = json::Value::Object();
  out.Set("document", document.query);
  ASSIGN_OR_RETURN(json::Value variables, json::Parse(document.variables));
  out.Set("variables", std::move(variables));
  return out;
}

StatusOr<plan::IntrospectResult> RemoteSchemaConnector::Introspect(const CallContext& context,
                                                                   const plan::SourceConfig& source) {
  const Settings settings = ReadSettings(source.definition);
  RETURN_IF_ERROR(settings.status);
  json::Value body = json::Value::Object();
  body.Set("query", kIntrospectionQuery);
  const plan::Headers session = {{"x-hasura-role", "admin"}};
  const HttpResponse response = state_->client().SendAndWait(
      context, MakeRequest(settings, json::ToString(body), &session, nullptr));
  if (response.outcome != HttpResponse::Outcome::kAnswered) {
    return Unavailable(
        StrCat("HTTP exception occurred while sending the request to ", settings.url));
  }
  if (response.status != 200) {
    return Unavailable(StrCat("introspection query to ", settings.url, " has responded with ",
                              response.status, " status code"));
  }
  const auto parsed = json::Parse(response.body, 2000);
  const json::Value* data = parsed.ok() ? parsed->Find("data") : nullptr;
  if (data == nullptr || data->Find("__schema") == nullptr) {
    return Unavailable(StrCat("the introspection result of ", settings.url, " holds no schema"));
  }
  return plan::IntrospectResult{.catalog = response.body};
}

StatusOr<json::Value> RemoteSchemaConnector::Administer(const CallContext&, const plan::SourceConfig&,
                                                        const json::Value&) {
  return Unimplemented("remote schemas have no commands of their own");
}

void RemoteSchemaConnector::SetSources(std::vector<plan::SourceConfig> sources) {
  state_->SetSources(sources);
}

}  // namespace joinery::connectors::remote_schema
