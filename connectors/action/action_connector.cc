#include "connectors/action/action_connector.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/http_client.h"
#include "base/http_headers.h"
#include "base/strings.h"
#include "connectors/action/webhook.h"
#include "connectors/kit/check_request.h"
#include "connectors/kit/environment.h"
#include "connectors/kit/internal_loop.h"
#include "connectors/kit/source_table.h"
#include "json/write.h"

namespace joinery::connectors::action {
namespace {

struct Settings {
  json::Value definition;
  Status status;
  std::string handler;  // As written: names of variables in place of their values.
  std::string url;
  plan::Headers headers;
  plan::Headers shown_headers;  // For errors: values from the environment by their names.
  bool forward_client_headers = false;
  std::vector<std::string> ignored_client_headers;  // Empty: the usual ones.
  std::chrono::milliseconds timeout{30'000};
};
using SharedSettings = std::shared_ptr<const Settings>;

plan::Headers ShownHeaders(const json::Value& definition) {
  plan::Headers out;
  const json::Value* headers = definition.Find("headers");
  if (headers == nullptr) return out;
  for (const json::Value& header : headers->items()) {
    const auto from = header.FindString("value_from_env");
    out.emplace_back(header.FindString("name").value_or(""),
                     from ? *from : header.FindString("value").value_or(""));
  }
  return out;
}

Settings ReadSettings(const json::Value& definition) {
  Settings out;
  out.definition = definition;
  out.handler = definition.FindString("handler").value_or("");
  out.shown_headers = ShownHeaders(definition);
  StatusOr<std::string> url = ExpandTemplate(out.handler);
  StatusOr<plan::Headers> headers = ConfiguredHeaders(definition);
  if (!url.ok()) out.status = url.status();
  if (!headers.ok()) out.status = headers.status();
  if (!out.status.ok()) return out;
  out.url = *std::move(url);
  out.headers = *std::move(headers);
  out.forward_client_headers = definition.FindBool("forward_client_headers", false);
  if (const json::Value* ignored = definition.Find("ignored_client_headers"); ignored != nullptr) {
    for (const json::Value& name : ignored->items()) {
      if (name.is_string()) out.ignored_client_headers.push_back(name.string());
    }
  }
  if (const json::Value* timeout = definition.Find("timeout");
      timeout != nullptr && timeout->is_number()) {
    out.timeout = std::chrono::milliseconds(static_cast<int64_t>(timeout->number() * 1000));
  }
  return out;
}

Status CheckFragment(const plan::ExecuteRequest& request) {
  RETURN_IF_ERROR(CheckRequest(request));
  const auto* fragment = std::get_if<plan::ActionFragment>(&request.fragment->body);
  return fragment != nullptr ? OkStatus() : InvalidArgument("not an action fragment");
}

}  // namespace

class ActionConnector::State {
 public:
  explicit State(Options options) : options_(options) {}
  // The client's calls on the own loop end with its thread.
  ~State() { own_loop_.Stop(); }

  void Execute(const CallContext& context, EventLoop* given, plan::ExecuteRequest request,
               plan::ExecuteCallback done) {
    EventLoop& loop = given != nullptr ? *given : own_loop_.loop();
    SharedSettings settings = Find(request);
    Status status = CheckFragment(request);
    if (status.ok() && settings == nullptr) {
      status = NotFound(StrCat("no action \"", request.source.name, "\" here"));
    }
    if (status.ok() && !settings->status.ok()) status = Unavailable(MessageOf(settings->status));
    if (!status.ok()) return loop.Post([done = std::move(done), status] { done(status); });
    auto run =
        std::make_shared<Run>(*this, context, loop, std::move(request), settings, std::move(done));
    if (loop.InThisThread()) return run->Start();
    loop.Post([run] { run->Start(); });
  }

  void SetSources(const std::vector<plan::SourceConfig>& sources, uint64_t schema_version) {
    sources_.Set(
        plan::SourceKind::kAction, sources, schema_version,
        [](const plan::SourceConfig& source, const SharedSettings& known) -> SharedSettings {
          if (known != nullptr && known->definition == source.definition) return known;
          return std::make_shared<const Settings>(ReadSettings(source.definition));
        });
  }

  SharedSettings Find(const plan::ExecuteRequest& request) const {
    return sources_.Find(request.source.name, request.schema_version);
  }

 private:
  // The calls of one execution, some at a time; read in the order of the keys when the last has
  // ended, so that equal answers give equal results. On the loop only.
  class Run : public std::enable_shared_from_this<Run> {
   public:
    Run(State& state, CallContext context, EventLoop& loop, plan::ExecuteRequest request,
        SharedSettings settings, plan::ExecuteCallback done)
        : state_(state),
          context_(std::move(context)),
          loop_(loop),
          request_(std::move(request)),
          settings_(std::move(settings)),
          done_(std::move(done)),
          fragment_(std::get<plan::ActionFragment>(request_.fragment->body)) {
      calls_ = fragment_.batch ? request_.batches[*fragment_.batch].size() : 1;
      responses_.resize(calls_);
    }

    void Start() {
      if (calls_ == 0) return loop_.Post([self = shared_from_this()] { self->Finish(); });
      const size_t first = std::min(state_.options_.max_parallel_calls, calls_);
      while (next_ < first) Call(next_++);
    }

   private:
    // Request transforms go here.
    void Call(size_t slot) {
      HttpRequest http;
      http.url = settings_->url;
      http.body = BuildPayload(fragment_, request_, slot, true);
      http.timeout = settings_->timeout;
      http.max_response_bytes = state_.options_.max_response_bytes;
      http.headers = settings_->headers;
      AddForwarded(http.headers);
      AddHeader(http.headers, "Content-Type", "application/json");
      AddHeader(http.headers, "User-Agent", kUserAgent);
      state_.client_.Send(context_, loop_, std::move(http),
                          [self = shared_from_this(), slot](HttpResponse response) {
                            self->OnAnswer(slot, std::move(response));
                          });
    }

    void AddForwarded(plan::Headers& headers) const {
      if (!settings_->forward_client_headers || request_.client_headers == nullptr) return;
      AddForwardedHeaders(headers, *request_.client_headers, settings_->ignored_client_headers);
    }

    void OnAnswer(size_t slot, HttpResponse response) {
      responses_[slot] = std::move(response);
      if (next_ < calls_) Call(next_++);
      if (++answered_ == calls_) Finish();
    }

    void Finish() {
      if (context_.cancelled()) return done_(Cancelled("the request was cancelled"));
      Projector projector(*request_.fragment, fragment_.key_members);
      projector.result().values.assign(1, std::vector<plan::Slice>(calls_));
      for (size_t slot = 0; slot < calls_; ++slot) {
        // Response transforms go here, before the answer is checked.
        ReadWebhookAnswer(
            fragment_, [&] { return Record(slot); }, std::move(responses_[slot]),
            static_cast<uint32_t>(slot), projector);
      }
      done_(std::move(projector.result()));
    }

    CallRecord Record(size_t slot) const {
      CallRecord record{.url = settings_->url,
                        .body = BuildPayload(fragment_, request_, slot, false),
                        .headers = settings_->shown_headers};
      AddForwarded(record.headers);
      return record;
    }

    State& state_;
    const CallContext context_;
    EventLoop& loop_;
    const plan::ExecuteRequest request_;
    const SharedSettings settings_;
    plan::ExecuteCallback done_;
    const plan::ActionFragment& fragment_;
    std::vector<HttpResponse> responses_;
    size_t calls_ = 0;
    size_t next_ = 0;
    size_t answered_ = 0;
  };

  const Options options_;
  SourceTable<const Settings> sources_;
  InternalLoop own_loop_;
  HttpClient client_;
};

ActionConnector::ActionConnector() : ActionConnector(Options()) {}
ActionConnector::ActionConnector(Options options) : state_(std::make_shared<State>(options)) {}
ActionConnector::~ActionConnector() = default;

void ActionConnector::Execute(const CallContext& context, EventLoop* loop,
                              plan::ExecuteRequest request, plan::ExecuteCallback done) {
  state_->Execute(context, loop, std::move(request), std::move(done));
}

StatusOr<json::Value> ActionConnector::Explain(const CallContext&,
                                               const plan::ExecuteRequest& request) {
  RETURN_IF_ERROR(CheckFragment(request));
  const auto& fragment = std::get<plan::ActionFragment>(request.fragment->body);
  const auto settings = state_->Find(request);
  if (settings == nullptr) return NotFound(StrCat("no action \"", request.source.name, "\" here"));
  json::Value call = json::Value::Object();
  call.Set("method", "POST");
  call.Set("handler", settings->handler);
  json::Value headers = json::Value::Array();
  for (const auto& [name, value] : settings->shown_headers) headers.Append(json::Value(name));
  call.Set("headers", std::move(headers));
  if (!fragment.batch || request.batches[*fragment.batch].size() > 0) {
    ASSIGN_OR_RETURN(json::Value body, json::Parse(BuildPayload(fragment, request, 0, true)));
    call.Set("body", std::move(body));
  }
  if (fragment.batch)
    call.Set("calls", static_cast<int64_t>(request.batches[*fragment.batch].size()));
  json::Value out = json::Value::Object();
  out.Set("call", std::move(call));
  return out;
}

StatusOr<plan::IntrospectResult> ActionConnector::Introspect(const CallContext&,
                                                             const plan::SourceConfig& source) {
  // A handler tells nothing of itself; what can be wrong is its references.
  const Settings settings = ReadSettings(source.definition);
  RETURN_IF_ERROR(settings.status);
  return plan::IntrospectResult{};
}

StatusOr<json::Value> ActionConnector::Administer(const CallContext&, const plan::SourceConfig&,
                                                  const json::Value&) {
  return Unimplemented("actions have no commands of their own");
}

void ActionConnector::SetSources(std::vector<plan::SourceConfig> sources, uint64_t schema_version) {
  state_->SetSources(sources, schema_version);
}

}  // namespace joinery::connectors::action
