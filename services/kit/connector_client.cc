#include "services/kit/connector_client.h"

#include <utility>

#include "base/event_loop.h"
#include "json/write.h"
#include "plan/codec.h"
#include "proto/joinery/v1/connector.grpc.pb.h"
#include "services/kit/channel.h"
#include "services/kit/wire.h"

namespace joinery::kit {
namespace {

using Stub = v1::ConnectorService::Stub;

// One call of Execute; deletes itself once gRPC is done with it.
class ExecuteCall final : public grpc::ClientReadReactor<v1::ExecuteResponse> {
 public:
  ExecuteCall(Stub& stub, const CallContext& context, EventLoop* loop, plan::ExecuteRequest request,
              plan::ExecuteCallback done)
      : stub_(stub),
        context_(context),
        loop_(loop),
        request_(std::move(request)),
        done_(std::move(done)),
        wire_(ToWire(request_)) {}

  void Start(bool with_fragment) {
    if (with_fragment) {
      wire_.set_inline_fragment(plan::Encode(*request_.fragment));
    } else {
      wire_.set_fragment_id(request_.fragment->id);
    }
    sent_fragment_ = with_fragment;
    SetDeadline(context_, client_);
    if (context_.cancellation != nullptr) {
      cancel_id_ = context_.cancellation->OnCancel([this] { client_.TryCancel(); });
    }
    stub_.async()->Execute(&client_, &wire_, this);
    StartRead(&piece_);
    StartCall();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    if (bytes_.empty()) {
      bytes_ = std::move(*piece_.mutable_json());
    } else {
      bytes_.append(piece_.json());
    }
    if (!piece_.layout().empty()) layout_ = std::move(*piece_.mutable_layout());
    StartRead(&piece_);
  }

  void OnDone(const grpc::Status& status) override {
    if (cancel_id_ != 0) context_.cancellation->Forget(cancel_id_);
    if (status.error_code() == grpc::StatusCode::FAILED_PRECONDITION && !sent_fragment_) {
      auto* again = new ExecuteCall(stub_, context_, loop_, std::move(request_), std::move(done_));
      again->Start(true);
    } else if (!status.ok()) {
      Answer(FromGrpc(status));
    } else {
      StatusOr<plan::ExecuteResult> result = plan::Decode<plan::ExecuteResult>(layout_);
      if (result.ok()) result->bytes = std::move(bytes_);
      Answer(std::move(result));
    }
    delete this;
  }

 private:
  void Answer(StatusOr<plan::ExecuteResult> result) {
    if (loop_ == nullptr) return done_(std::move(result));
    auto shared = std::make_shared<StatusOr<plan::ExecuteResult>>(std::move(result));
    loop_->Post([shared, done = std::move(done_)] { done(std::move(*shared)); });
  }

  Stub& stub_;
  const CallContext context_;
  EventLoop* const loop_;
  plan::ExecuteRequest request_;
  plan::ExecuteCallback done_;
  grpc::ClientContext client_;
  v1::ExecuteRequest wire_;
  v1::ExecuteResponse piece_;
  std::string bytes_;
  std::string layout_;
  uint64_t cancel_id_ = 0;
  bool sent_fragment_ = false;
};

class ConnectorClient final : public plan::Connector {
 public:
  explicit ConnectorClient(const std::string& address)
      : stub_(v1::ConnectorService::NewStub(MakeChannel(address))) {}

  void Execute(const CallContext& context, EventLoop* loop, plan::ExecuteRequest request,
               plan::ExecuteCallback done) override {
    auto* call = new ExecuteCall(*stub_, context, loop, std::move(request), std::move(done));
    call->Start(false);
  }

  StatusOr<json::Value> Explain(const CallContext& context,
                                const plan::ExecuteRequest& request) override {
    grpc::ClientContext client;
    SetDeadline(context, client);
    v1::ExplainRequest wire;
    *wire.mutable_execute() = ToWire(request);
    wire.mutable_execute()->set_inline_fragment(plan::Encode(*request.fragment));
    v1::ExplainResponse response;
    const grpc::Status status = stub_->Explain(&client, wire, &response);
    if (!status.ok()) return FromGrpc(status);
    return json::Parse(response.json());
  }

  StatusOr<plan::IntrospectResult> Introspect(const CallContext& context,
                                              const plan::SourceConfig& source) override {
    grpc::ClientContext client;
    client.set_wait_for_ready(true);  // At start the planner may be first.
    SetDeadline(context, client);
    v1::IntrospectRequest wire;
    *wire.mutable_source() = ToWire(source);
    v1::IntrospectResponse response;
    const grpc::Status status = stub_->Introspect(&client, wire, &response);
    if (!status.ok()) return FromGrpc(status);
    return plan::IntrospectResult{.catalog = std::move(*response.mutable_catalog())};
  }

  StatusOr<json::Value> Administer(const CallContext& context, const plan::SourceConfig& source,
                                   const json::Value& command) override {
    grpc::ClientContext client;
    client.set_wait_for_ready(true);
    SetDeadline(context, client);
    v1::AdministerRequest wire;
    *wire.mutable_source() = ToWire(source);
    wire.set_command_json(json::ToString(command));
    v1::AdministerResponse response;
    const grpc::Status status = stub_->Administer(&client, wire, &response);
    if (!status.ok()) return FromGrpc(status);
    return json::Parse(response.result_json(), 2000);
  }

  // Connectors in other processes follow the planner by themselves (WatchSources).
  void SetSources(std::vector<plan::SourceConfig>) override {}

 private:
  const std::unique_ptr<Stub> stub_;
};

}  // namespace

std::unique_ptr<plan::Connector> MakeConnectorClient(const std::string& address) {
  return std::make_unique<ConnectorClient>(address);
}

}  // namespace joinery::kit
