#include "services/kit/connector_client.h"

#include <utility>

#include "base/event_loop.h"
#include "json/write.h"
#include "plan/codec.h"
#include "proto/joinery/v1/connector.grpc.pb.h"
#include "services/kit/channel.h"
#include "services/kit/rpc/channel.h"
#include "services/kit/rpc/framing.h"
#include "services/kit/wire.h"

namespace joinery::kit {
namespace {

constexpr std::string_view kExecute = "/joinery.v1.ConnectorService/Execute";

std::string Framed(const v1::ExecuteRequest& request) {
  std::string out;
  const size_t begin = rpc::BeginMessage(out);
  request.AppendToString(&out);
  rpc::EndMessage(out, begin);
  return out;
}

// One Execute: the fragment's id first, the fragment itself when the connector does not know it.
class ExecuteCall final : public rpc::CallSink, public std::enable_shared_from_this<ExecuteCall> {
 public:
  ExecuteCall(rpc::Channel& channel, const CallContext& context, EventLoop& loop,
              plan::ExecuteRequest request, plan::ExecuteCallback done)
      : channel_(channel),
        context_(context),
        loop_(loop),
        request_(std::move(request)),
        done_(std::move(done)) {}

  void Start(bool with_fragment) {
    v1::ExecuteRequest wire = ToWire(request_);
    if (with_fragment) {
      wire.set_inline_fragment(plan::Encode(*request_.fragment));
    } else {
      wire.set_fragment_id(request_.fragment->id);
    }
    wire.set_stream(request_.stream != nullptr);
    sent_fragment_ = with_fragment;
    channel_.Call(context_, loop_,
                  {.path = kExecute,
                   .message = Framed(wire),
                   .repeatable = request_.access == plan::Access::kRead},
                  shared_from_this());
  }

  void OnMessage(std::string message, rpc::CallFlow& flow) override {
    if (!piece_.ParseFromString(message)) {
      malformed_ = true;
      return;
    }
    if (piece_.streamed() && request_.stream != nullptr) return PassOn(flow);
    if (bytes_.empty()) {
      bytes_ = std::move(*piece_.mutable_json());
    } else {
      bytes_.append(piece_.json());
    }
    if (!piece_.layout().empty()) layout_ = std::move(*piece_.mutable_layout());
  }

  void OnDone(Status status) override {
    if (status.code() == StatusCode::kFailedPrecondition && !sent_fragment_) return Start(true);
    if (!status.ok()) return done_(std::move(status));
    if (malformed_) return done_(Internal("the connector's answer cannot be read"));
    StatusOr<plan::ExecuteResult> result = plan::Decode<plan::ExecuteResult>(layout_);
    if (result.ok()) result->bytes = std::move(bytes_);
    done_(std::move(result));
  }

 private:
  void PassOn(rpc::CallFlow& flow) {
    const bool more =
        request_.stream->Write(std::move(*piece_.mutable_json()), [weak = flow.weak_from_this()] {
          if (const auto held = weak.lock()) held->Resume();
        });
    if (!more) flow.Pause();
  }

  rpc::Channel& channel_;
  const CallContext context_;
  EventLoop& loop_;
  const plan::ExecuteRequest request_;
  const plan::ExecuteCallback done_;
  v1::ExecuteResponse piece_;
  std::string bytes_;
  std::string layout_;
  bool sent_fragment_ = false;
  bool malformed_ = false;
};

class ConnectorClient final : public plan::Connector {
 public:
  explicit ConnectorClient(const std::string& address)
      : stub_(v1::ConnectorService::NewStub(MakeChannel(address))), channel_(address) {}

  void Execute(const CallContext& context, EventLoop* loop, plan::ExecuteRequest request,
               plan::ExecuteCallback done) override {
    if (loop == nullptr) return done(InvalidArgument("a call to another process needs a loop"));
    std::make_shared<ExecuteCall>(channel_, context, *loop, std::move(request), std::move(done))
        ->Start(false);
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
  void SetSources(std::vector<plan::SourceConfig>, uint64_t) override {}

 private:
  const std::unique_ptr<v1::ConnectorService::Stub> stub_;  // What is not done for each request.
  rpc::Channel channel_;                                    // Execute.
};

}  // namespace

std::unique_ptr<plan::Connector> MakeConnectorClient(const std::string& address) {
  return std::make_unique<ConnectorClient>(address);
}

}  // namespace joinery::kit
