#include "connectors/action/action_connector.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "connectors/action/webhook.h"
#include "connectors/kit/environment.h"
#include "connectors/kit/headers.h"
#include "connectors/kit/http_client.h"
#include "connectors/kit/internal_loop.h"
#include "connectors/kit/source_table.h"
#include "json/write.h"

namespace joinery::connectors::action {
namespace {

// Calls of one execution at a time.
constexpr size_t kMaxParallel = 16;

struct Settings {
  Status status;
  std::string url;
  plan::Headers headers;
  plan::Headers shown_headers;  // For errors: values from the environment by their names.
  bool forward_client_headers = false;
  std::chrono::milliseconds timeout{30'000};
};

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
  StatusOr<std::string> url = ExpandTemplate(definition.FindString("handler").value_or(""));
  StatusOr<plan::Headers> headers = ConfiguredHeaders(definition);
  if (!url.ok()) out.status = url.status();
  if (!headers.ok()) out.status = headers.status();
  if (!out.status.ok()) return out;
  out.url = *std::move(url);
  out.headers = *std::move(headers);
  out.shown_headers = ShownHeaders(definition);
  out.forward_client_headers = definition.FindBool("forward_client_headers", false);
  if (const json::Value* timeout = definition.Find("timeout"); timeout != nullptr && timeout->is_number()) {
    out.timeout = std::chrono::milliseconds(static_cast<int64_t>(timeout->number() * 1000));
  }
  return out;
}

}  // namespace

class ActionConnector::State {
 public:
  // The client's calls on the own loop end with its thread.
  ~State() { own_loop_.Stop(); }

  void Execute(const CallContext& context, EventLoop* given, plan::ExecuteRequest request,
               plan::ExecuteCallback done) {
    EventLoop& loop = given != nullptr ? *given : own_loop_.loop();
    const auto settings = sources_.Find(request.source.name);
    if (settings == nullptr || !settings->status.ok()) {
      const Status status = settings == nullptr
                                ? NotFound(StrCat("no action \"", request.source.name, "\" here"))
                                : Unavailable(MessageOf(settings->status));
      return loop.Post([done = std::move(done), status] { done(status); });
    }
    auto run = std::make_shared<Run>(*this, context, loop, std::move(request), settings, std::move(done));
    if (loop.InThisThread()) return run->Start();
    loop.Post([run] { run->Start(); });
  }

  void SetSources(const std::vector<plan::SourceConfig>& sources) {
    sources_.Set(plan::SourceKind::kAction, sources,
                 [](const plan::SourceConfig& source) { return ReadSettings(source.definition); });
  }

 private:
  // The calls of one execution: some at a time, answers as they come.
  class Run : public std::enable_shared_from_this<Run> {
   public:
    Run(State& state, CallContext context, EventLoop& loop, plan::ExecuteRequest request,
        std::shared_ptr<const Settings> settings, plan::ExecuteCallback done)
        : state_(state),
          context_(std::move(context)),
          loop_(loop),
          request_(std::move(request)),
          settings_(std::move(settings)),
          done_(std::move(done)),
          fragment_(std::get<plan::ActionFragment>(request_.fragment->body)),
          projector_(*request_.fragment, fragment_.key_members) {
      calls_ = fragment_.batch ? request_.batches[*fragment_.batch].size() : 1;
      projector_.result().values.assign(1, std::vector<plan::Slice>(calls_));
    }

    void Start() {
      if (calls_ == 0) return done_(std::move(projector_.result()));
      const size_t first = std::min(kMaxParallel, calls_);
      while (next_ < first) Call(next_++);
    }

   private:
    void Call(size_t slot) {
      HttpRequest http;
      http.url = settings_->url;
      http.body = BuildPayload(fragment_, request_, slot);
      http.timeout = settings_->timeout;
      http.headers = settings_->headers;
      CallRecord record{.url = http.url, .body = http.body, .headers = settings_->shown_headers};
      if (settings_->forward_client_headers && request_.client_headers != nullptr) {
        AddForwardedHeaders(http.headers, *request_.client_headers);
        AddForwardedHeaders(record.headers, *request_.client_headers);
      }
      AddHeader(http.headers, "Content-Type", "application/json");
      AddHeader(http.headers, "User-Agent", kUserAgent);
      state_.client_.Send(context_, loop_, std::move(http),
                          [self = shared_from_this(), slot,
                           record = std::move(record)](HttpResponse response) {
                            self->OnAnswer(slot, record, std::move(response));
                          });
    }

    void OnAnswer(size_t slot, const CallRecord& record, HttpResponse response) {
      ReadWebhookAnswer(fragment_, record, std::move(response), static_cast<uint32_t>(slot), projector_);
      if (next_ < calls_) Call(next_++);
      if (++answered_ == calls_) done_(std::move(projector_.result()));
    }

    State& state_;
    const CallContext context_;
    EventLoop& loop_;
    const plan::ExecuteRequest request_;
    const std::shared_ptr<const Settings> settings_;
    plan::ExecuteCallback done_;
    const plan::ActionFragment& fragment_;
    Projector projector_;
    size_t calls_ = 0;
    size_t next_ = 0;
    size_t answered_ = 0;
  };

  SourceTable<Settings> sources_;
  InternalLoop own_loop_;
  HttpClient client_;
};

ActionConnector::ActionConnector() : state_(std::make_shared<State>()) {}
ActionConnector::~ActionConnector() = default;

void ActionConnector::Execute(const CallContext& context, EventLoop* loop,
                              plan::ExecuteRequest request, plan::ExecuteCallback done) {
  state_->Execute(context, loop, std::move(request), std::move(done));
}

StatusOr<json::Value> ActionConnector::Explain(const CallContext&,
                                               const plan::ExecuteRequest& request) {
  const auto* fragment = std::get_if<plan::ActionFragment>(&request.fragment->body);
  if (fragment == nullptr) return InvalidArgument("not an action fragment");
  json::Value call = json::Value::Object();
  call.Set("action", fragment->name);
  json::Value inputs = json::Value::Array();
  for (const auto& input : fragment->inputs) inputs.Append(json::Value(input.name));
  for (const std::string& input : fragment->key_inputs) inputs.Append(json::Value(input));
  call.Set("inputs", std::move(inputs));
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

void ActionConnector::SetSources(std::vector<plan::SourceConfig> sources) {
  state_->SetSources(sources);
}

}  // namespace joinery::connectors::action
