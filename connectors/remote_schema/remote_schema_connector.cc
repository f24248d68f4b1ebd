#include "connectors/remote_schema/remote_schema_connector.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/http_client.h"
#include "base/http_headers.h"
#include "base/strings.h"
#include "connectors/kit/check_request.h"
#include "connectors/kit/environment.h"
#include "connectors/kit/internal_loop.h"
#include "connectors/kit/json_document.h"
#include "connectors/kit/source_table.h"
#include "connectors/remote_schema/answer.h"
#include "connectors/remote_schema/document.h"
#include "json/write.h"

namespace joinery::connectors::remote_schema {
namespace {

constexpr std::string_view kIntrospectionQuery =
    "query IntrospectionQuery { __schema { queryType { name } mutationType { name } "
    "subscriptionType "
    "{ name } types { ...FullType } directives { name description locations args { ...InputValue } "
    "} "
    "} } fragment FullType on __Type { kind name description fields(includeDeprecated: true) { "
    "name "
    "description args { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason } "
    "inputFields { ...InputValue } interfaces { ...TypeRef } enumValues(includeDeprecated: true) { "
    "name description isDeprecated deprecationReason } possibleTypes { ...TypeRef } } fragment "
    "InputValue on __InputValue { name description type { ...TypeRef } defaultValue } fragment "
    "TypeRef "
    "on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind "
    "name "
    "ofType { kind name ofType { kind name ofType { kind name } } } } } } } }";

// A source's definition with its references resolved.
struct Settings {
  json::Value definition;
  Status status;  // Why the source cannot be asked.
  std::string url;
  plan::Headers headers;
  bool forward_client_headers = false;
  std::chrono::milliseconds timeout{60'000};
};
using SharedSettings = std::shared_ptr<const Settings>;

StatusOr<std::string> UrlOf(const json::Value& definition) {
  if (const auto from = definition.FindString("url_from_env")) return EnvironmentValue(*from);
  return ExpandTemplate(definition.FindString("url").value_or(""));
}

Settings ReadSettings(const json::Value& definition) {
  Settings out;
  out.definition = definition;
  StatusOr<std::string> url = UrlOf(definition);
  StatusOr<plan::Headers> headers = ConfiguredHeaders(definition);
  if (!url.ok()) out.status = url.status();
  if (!headers.ok()) out.status = headers.status();
  if (!out.status.ok()) return out;
  out.url = *std::move(url);
  out.headers = *std::move(headers);
  out.forward_client_headers = definition.FindBool("forward_client_headers", false);
  if (const json::Value* seconds = definition.Find("timeout_seconds");
      seconds != nullptr && seconds->is_number()) {
    out.timeout = std::chrono::milliseconds(static_cast<int64_t>(seconds->number() * 1000));
  }
  return out;
}

Status CheckFragment(const plan::ExecuteRequest& request) {
  RETURN_IF_ERROR(CheckRequest(request));
  const auto* fragment = std::get_if<plan::GraphqlFragment>(&request.fragment->body);
  return fragment != nullptr ? OkStatus() : InvalidArgument("not a GraphQL fragment");
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
  if (settings.forward_client_headers && client != nullptr)
    AddForwardedHeaders(request.headers, *client);
  AddHeader(request.headers, "Content-Type", "application/json");
  AddHeader(request.headers, "User-Agent", kUserAgent);
  return request;
}

}  // namespace

class RemoteSchemaConnector::State {
 public:
  explicit State(Options options) : options_(options) {}
  // The client's calls on the own loop end with its thread.
  ~State() { own_loop_.Stop(); }

  void Execute(const CallContext& context, EventLoop* given, plan::ExecuteRequest request,
               plan::ExecuteCallback done) {
    EventLoop& loop = given != nullptr ? *given : own_loop_.loop();
    SharedSettings settings = sources_.Find(request.source.name, request.schema_version);
    Status status = CheckFragment(request);
    if (status.ok() && settings == nullptr) {
      status = NotFound(StrCat("no remote schema \"", request.source.name, "\" here"));
    }
    if (status.ok() && !settings->status.ok()) status = Unavailable(MessageOf(settings->status));
    if (!status.ok()) return loop.Post([done = std::move(done), status] { done(status); });
    auto run = std::make_shared<Run>(*this, context, loop, std::move(request), std::move(settings),
                                     std::move(done));
    if (loop.InThisThread()) return run->Start();
    loop.Post([run] { run->Start(); });
  }

  void SetSources(const std::vector<plan::SourceConfig>& sources, uint64_t schema_version) {
    sources_.Set(
        plan::SourceKind::kRemoteSchema, sources, schema_version,
        [](const plan::SourceConfig& source, const SharedSettings& known) -> SharedSettings {
          if (known != nullptr && known->definition == source.definition) return known;
          return std::make_shared<const Settings>(ReadSettings(source.definition));
        });
  }

  HttpClient& client() { return client_; }
  const Options& options() const { return options_; }

 private:
  // One execution: its requests under way together, read when the last has ended. On the loop only.
  class Run : public std::enable_shared_from_this<Run> {
   public:
    Run(State& state, CallContext context, EventLoop& loop, plan::ExecuteRequest request,
        SharedSettings settings, plan::ExecuteCallback done)
        : state_(state),
          context_(std::move(context)),
          loop_(loop),
          request_(std::move(request)),
          settings_(std::move(settings)),
          done_(std::move(done)) {}

    void Start() {
      const auto& fragment = std::get<plan::GraphqlFragment>(request_.fragment->body);
      parts_ = Split(fragment, request_, state_.options_.max_keys_per_request);
      responses_.resize(parts_.size());
      const bool single =
          std::ranges::any_of(fragment.roots, [](const auto& root) { return !root.batch; });
      if (parts_.front().aliased.empty() && !single) {
        // No keys, so there is nothing to ask.
        return loop_.Post([self = shared_from_this()] {
          plan::ExecuteResult result;
          result.values.resize(
              std::get<plan::GraphqlFragment>(self->request_.fragment->body).roots.size());
          self->done_(std::move(result));
        });
      }
      for (size_t i = 0; i < parts_.size(); ++i) Send(i);
    }

   private:
    void Send(size_t part) {
      HttpRequest http =
          MakeRequest(*settings_, state_.writer_.Body(*request_.fragment, request_, parts_[part]),
                      request_.session.get(), request_.client_headers.get());
      http.max_response_bytes = state_.options_.max_response_bytes;
      state_.client_.Send(context_, loop_, std::move(http),
                          [self = shared_from_this(), part](HttpResponse response) {
                            self->responses_[part] = std::move(response);
                            if (++self->answered_ == self->parts_.size()) self->Finish();
                          });
    }

    void Finish() {
      if (context_.cancelled()) return done_(Cancelled("the request was cancelled"));
      done_(ReadAnswer(request_, parts_, std::move(responses_), settings_->url));
    }

    State& state_;
    const CallContext context_;
    EventLoop& loop_;
    const plan::ExecuteRequest request_;
    const SharedSettings settings_;
    plan::ExecuteCallback done_;
    std::vector<Part> parts_;
    std::vector<HttpResponse> responses_;
    size_t answered_ = 0;
  };

  const Options options_;
  SourceTable<const Settings> sources_;
  RequestWriter writer_;
  InternalLoop own_loop_;
  HttpClient client_;
};

RemoteSchemaConnector::RemoteSchemaConnector() : RemoteSchemaConnector(Options()) {}
RemoteSchemaConnector::RemoteSchemaConnector(Options options)
    : state_(std::make_shared<State>(options)) {}
RemoteSchemaConnector::~RemoteSchemaConnector() = default;

void RemoteSchemaConnector::Execute(const CallContext& context, EventLoop* loop,
                                    plan::ExecuteRequest request, plan::ExecuteCallback done) {
  state_->Execute(context, loop, std::move(request), std::move(done));
}

StatusOr<json::Value> RemoteSchemaConnector::Explain(const CallContext&,
                                                     const plan::ExecuteRequest& request) {
  RETURN_IF_ERROR(CheckFragment(request));
  const auto& fragment = std::get<plan::GraphqlFragment>(request.fragment->body);
  const std::vector<Part> parts = Split(fragment, request, state_->options().max_keys_per_request);
  json::Value out = json::Value::Object();
  out.Set("document", DocumentText(fragment, request, parts.front()));
  ASSIGN_OR_RETURN(json::Value variables,
                   json::Parse(VariablesText(fragment, request, parts.front())));
  out.Set("variables", std::move(variables));
  if (parts.size() > 1) out.Set("requests", static_cast<int64_t>(parts.size()));
  return out;
}

StatusOr<plan::IntrospectResult> RemoteSchemaConnector::Introspect(
    const CallContext& context, const plan::SourceConfig& source) {
  const Settings settings = ReadSettings(source.definition);
  RETURN_IF_ERROR(settings.status);
  json::Value body = json::Value::Object();
  body.Set("query", kIntrospectionQuery);
  const plan::Headers session = {{"x-hasura-role", "admin"}};
  HttpResponse response = state_->client().SendAndWait(
      context, MakeRequest(settings, json::ToString(body), &session, nullptr));
  const std::string& url = settings.url;
  if (response.outcome != HttpResponse::Outcome::kAnswered) {
    return Unavailable(StrCat("HTTP exception occurred while sending the request to ", url));
  }
  if (response.status != 200) {
    return Unavailable(StrCat("introspection query to ", url, " has responded with ",
                              response.status, " status code"));
  }
  const StatusOr<JsonDocument> document = JsonDocument::Parse(std::move(response.body));
  if (!document.ok() || !document->is_object(JsonDocument::kRoot)) {
    return Unavailable(
        StrCat("the answer of ", url, " to the introspection query is no JSON object"));
  }
  const auto errors = document->Find(JsonDocument::kRoot, "errors");
  if (errors && document->is_array(errors.value) && document->FirstItem(errors.value) != 0) {
    return Unavailable(StrCat("introspection query to ", url, " has responded with errors"));
  }
  const auto data = document->Find(JsonDocument::kRoot, "data");
  if (!data || !document->is_object(data.value) || !document->Find(data.value, "__schema")) {
    return Unavailable(StrCat("the introspection result of ", url, " holds no schema"));
  }
  return plan::IntrospectResult{.catalog = std::string(document->text())};
}

StatusOr<json::Value> RemoteSchemaConnector::Administer(const CallContext&,
                                                        const plan::SourceConfig&,
                                                        const json::Value&) {
  return Unimplemented("remote schemas have no commands of their own");
}

void RemoteSchemaConnector::SetSources(std::vector<plan::SourceConfig> sources,
                                       uint64_t schema_version) {
  state_->SetSources(sources, schema_version);
}

}  // namespace joinery::connectors::remote_schema
