#include "services/kit/connector_server.h"

#include <algorithm>
#include <list>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/event_loop.h"
#include "base/strings.h"
#include "json/write.h"
#include "plan/codec.h"
#include "plan/schema_version.h"
#include "services/kit/rpc/framing.h"
#include "services/kit/wire.h"
#include "services/kit/worker_pool.h"

namespace joinery::kit {
namespace {

constexpr std::string_view kExecute = "/joinery.v1.ConnectorService/Execute";
constexpr size_t kPieceBytes = 256 * 1024;
constexpr size_t kFragmentBytes = 64 << 20;
constexpr std::chrono::seconds kCatchUp{2};

CallContext ContextOf(grpc::CallbackServerContext& server) {
  CallContext context;
  const auto deadline = server.deadline();
  if (deadline != std::chrono::system_clock::time_point::max()) {
    context.deadline =
        CallContext::Clock::now() + std::chrono::duration_cast<CallContext::Clock::duration>(
                                        deadline - std::chrono::system_clock::now());
  }
  context.cancellation = std::make_shared<Cancellation>();
  return context;
}

// A result as the messages of its answer: its bytes in pieces, the layout with the last.
class Pieces {
 public:
  explicit Pieces(plan::ExecuteResult result) : result_(std::move(result)) {
    bytes_ = std::move(result_.bytes);
    result_.bytes.clear();
  }

  bool ended() const { return ended_; }
  // False: there is no more.
  bool Next(v1::ExecuteResponse& piece) {
    if (ended_) return false;
    piece.Clear();
    if (at_ == 0 && bytes_.size() <= kPieceBytes) {
      piece.set_json(std::move(bytes_));
      ended_ = true;
    } else {
      const size_t count = std::min(kPieceBytes, bytes_.size() - at_);
      piece.set_json(bytes_.data() + at_, count);
      at_ += count;
      ended_ = at_ == bytes_.size();
    }
    if (ended_) piece.set_layout(plan::Encode(result_));
    return true;
  }

 private:
  plan::ExecuteResult result_;
  std::string bytes_;
  size_t at_ = 0;
  bool ended_ = false;
};

void AppendFramed(std::string& out, const v1::ExecuteResponse& piece) {
  const size_t begin = rpc::BeginMessage(out);
  piece.AppendToString(&out);
  rpc::EndMessage(out, begin);
}

// The beginning of an answer on its way to a client that takes it early.
class EarlyPieces final : public plan::AnswerStream {
 public:
  explicit EarlyPieces(std::shared_ptr<rpc::ServerCall> answer) : answer_(std::move(answer)) {}

  bool Write(std::string bytes, std::function<void()> go_on) override {
    v1::ExecuteResponse piece;
    piece.set_json(std::move(bytes));
    piece.set_streamed(true);
    std::string framed;
    AppendFramed(framed, piece);
    return answer_->Write(std::move(framed), std::move(go_on));
  }

 private:
  const std::shared_ptr<rpc::ServerCall> answer_;
};

}  // namespace

// Fragments by id; the least recently used go first.
class ConnectorServer::Fragments {
 public:
  std::shared_ptr<const plan::Fragment> Find(const std::string& id) {
    std::lock_guard lock(mutex_);
    const auto it = by_id_.find(id);
    if (it == by_id_.end()) return nullptr;
    order_.splice(order_.begin(), order_, it->second);
    return it->second->fragment;
  }

  StatusOr<std::shared_ptr<const plan::Fragment>> Add(const std::string& encoded) {
    ASSIGN_OR_RETURN(plan::Fragment decoded, plan::Decode<plan::Fragment>(encoded));
    auto fragment = std::make_shared<const plan::Fragment>(std::move(decoded));
    std::lock_guard lock(mutex_);
    if (by_id_.contains(fragment->id)) return fragment;
    order_.push_front({fragment, encoded.size()});
    by_id_.emplace(fragment->id, order_.begin());
    bytes_ += encoded.size();
    while (bytes_ > kFragmentBytes && order_.size() > 1) {
      bytes_ -= order_.back().bytes;
      by_id_.erase(order_.back().fragment->id);
      order_.pop_back();
    }
    return fragment;
  }

 private:
  struct Entry {
    std::shared_ptr<const plan::Fragment> fragment;
    size_t bytes;
  };
  std::mutex mutex_;
  std::list<Entry> order_;
  std::unordered_map<std::string, std::list<Entry>::iterator> by_id_;
  size_t bytes_ = 0;
};

class ConnectorServer::Impl {
 public:
  Impl(plan::SourceKind kind, plan::Connector& connector, std::function<EventLoop*()> next_loop)
      : kind(kind), connector(connector), next_loop(std::move(next_loop)), workers(4, 1000) {}

  // False: the version did not come in time.
  bool AwaitVersion(uint64_t version, const CallContext& context) {
    std::unique_lock lock(mutex);
    const auto until = std::min(CallContext::Clock::now() + kCatchUp, context.deadline);
    return changed.wait_until(lock, until,
                              [&] { return known != 0 && !plan::IsOlder(known, version); });
  }

  bool Behind(uint64_t version) {
    std::lock_guard lock(mutex);
    return version != 0 && (known == 0 || plan::IsOlder(known, version));
  }

  // Calls `done` on `loop` or on the caller's thread. `stream`: as ExecuteRequest's.
  void Execute(const CallContext& context, EventLoop& loop, const v1::ExecuteRequest& wire,
               std::shared_ptr<plan::AnswerStream> stream, plan::ExecuteCallback done) {
    StatusOr<plan::ExecuteRequest> request = FromWire(wire, kind);
    if (!request.ok()) return done(request.status());
    request->stream = std::move(stream);
    if (wire.fragment_case() == v1::ExecuteRequest::kInlineFragment) {
      auto fragment = fragments.Add(wire.inline_fragment());
      if (!fragment.ok()) return done(fragment.status());
      request->fragment = *std::move(fragment);
    } else {
      request->fragment = fragments.Find(wire.fragment_id());
      if (request->fragment == nullptr) return done(FailedPrecondition("fragment id unknown"));
    }
    if (!Behind(request->schema_version)) {
      return connector.Execute(context, &loop, *std::move(request), std::move(done));
    }
    auto shared = std::make_shared<plan::ExecuteRequest>(*std::move(request));
    const bool queued = workers.Run([this, context, &loop, shared, done] {
      AwaitVersion(shared->schema_version, context);
      loop.Post([this, context, &loop, shared, done] {
        connector.Execute(context, &loop, std::move(*shared), done);
      });
    });
    if (!queued) done(ResourceExhausted("the connector is busy"));
  }

  template <typename Work>
  grpc::ServerUnaryReactor* Unary(grpc::CallbackServerContext* server, Work work) {
    grpc::ServerUnaryReactor* reactor = server->DefaultReactor();
    const CallContext context = ContextOf(*server);
    if (!workers.Run(
            [reactor, context, work = std::move(work)] { reactor->Finish(work(context)); })) {
      reactor->Finish(grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "the connector is busy"));
    }
    return reactor;
  }

  const plan::SourceKind kind;
  plan::Connector& connector;
  const std::function<EventLoop*()> next_loop;
  Fragments fragments;
  std::mutex mutex;
  std::condition_variable changed;
  uint64_t known = 0;
  WorkerPool workers;  // Last: its threads use the rest.
};

// One call of Execute by gRPC's own server, which owns it until OnDone.
class ConnectorServer::ExecuteCall final : public grpc::ServerWriteReactor<v1::ExecuteResponse> {
 public:
  ExecuteCall(Impl& impl, CallContext context) : impl_(impl), context_(std::move(context)) {}

  void Run(const v1::ExecuteRequest& wire) {
    impl_.Execute(context_, *impl_.next_loop(), wire, /*stream=*/nullptr,
                  [this](StatusOr<plan::ExecuteResult> result) {
                    if (!result.ok()) return Finish(ToGrpc(result.status()));
                    pieces_.emplace(*std::move(result));
                    WriteNext();
                  });
  }

  void OnCancel() override { context_.cancellation->Cancel(); }
  void OnDone() override { delete this; }

  void OnWriteDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::CANCELLED);
    WriteNext();
  }

 private:
  void WriteNext() {
    if (!pieces_->Next(piece_)) return Finish(grpc::Status::OK);
    if (!pieces_->ended()) return StartWrite(&piece_);
    StartWriteAndFinish(&piece_, grpc::WriteOptions(), grpc::Status::OK);
  }

  Impl& impl_;
  CallContext context_;
  std::optional<Pieces> pieces_;
  v1::ExecuteResponse piece_;
};

ConnectorServer::ConnectorServer(plan::SourceKind kind, plan::Connector& connector,
                                 std::function<EventLoop*()> next_loop)
    : impl_(std::make_unique<Impl>(kind, connector, std::move(next_loop))) {}

ConnectorServer::~ConnectorServer() = default;

void ConnectorServer::SetVersion(uint64_t schema_version) {
  {
    std::lock_guard lock(impl_->mutex);
    impl_->known = schema_version;
  }
  impl_->changed.notify_all();
}

void ConnectorServer::Serve(const rpc::IncomingCall& call,
                            std::shared_ptr<rpc::ServerCall> answer) {
  if (call.path != kExecute) {
    return answer->Finish(Unimplemented(StrCat("no method ", call.path, " on this connection")));
  }
  v1::ExecuteRequest request;
  if (!request.ParseFromArray(call.message.data(), static_cast<int>(call.message.size()))) {
    return answer->Finish(InvalidArgument("the request cannot be read"));
  }
  std::shared_ptr<plan::AnswerStream> stream;
  if (request.stream()) stream = std::make_shared<EarlyPieces>(answer);
  impl_->Execute(call.context, call.loop, request, std::move(stream),
                 [answer = std::move(answer)](StatusOr<plan::ExecuteResult> result) {
                   if (!result.ok()) return answer->Finish(result.status());
                   Pieces pieces(*std::move(result));
                   v1::ExecuteResponse piece;
                   while (pieces.Next(piece)) {
                     std::string framed;
                     AppendFramed(framed, piece);
                     answer->Write(std::move(framed));
                   }
                   answer->Finish(OkStatus());
                 });
}

grpc::ServerWriteReactor<v1::ExecuteResponse>* ConnectorServer::Execute(
    grpc::CallbackServerContext* context, const v1::ExecuteRequest* request) {
  auto* call = new ExecuteCall(*impl_, ContextOf(*context));
  call->Run(*request);
  return call;
}

grpc::ServerUnaryReactor* ConnectorServer::Explain(grpc::CallbackServerContext* context,
                                                   const v1::ExplainRequest* request,
                                                   v1::ExplainResponse* response) {
  return impl_->Unary(context, [this, request, response](const CallContext& call) {
    StatusOr<plan::ExecuteRequest> execute = FromWire(request->execute(), impl_->kind);
    if (!execute.ok()) return ToGrpc(execute.status());
    auto fragment = impl_->fragments.Add(request->execute().inline_fragment());
    if (!fragment.ok()) return ToGrpc(fragment.status());
    execute->fragment = *std::move(fragment);
    impl_->AwaitVersion(execute->schema_version, call);
    StatusOr<json::Value> explained = impl_->connector.Explain(call, *execute);
    if (!explained.ok()) return ToGrpc(explained.status());
    response->set_json(json::ToString(*explained));
    return grpc::Status::OK;
  });
}

grpc::ServerUnaryReactor* ConnectorServer::Introspect(grpc::CallbackServerContext* context,
                                                      const v1::IntrospectRequest* request,
                                                      v1::IntrospectResponse* response) {
  return impl_->Unary(context, [this, request, response](const CallContext& call) {
    StatusOr<plan::SourceConfig> source = FromWire(request->source(), impl_->kind);
    if (!source.ok()) return ToGrpc(source.status());
    StatusOr<plan::IntrospectResult> result = impl_->connector.Introspect(call, *source);
    if (!result.ok()) return ToGrpc(result.status());
    response->set_catalog(std::move(result->catalog));
    return grpc::Status::OK;
  });
}

grpc::ServerUnaryReactor* ConnectorServer::Administer(grpc::CallbackServerContext* context,
                                                      const v1::AdministerRequest* request,
                                                      v1::AdministerResponse* response) {
  return impl_->Unary(context, [this, request, response](const CallContext& call) {
    StatusOr<plan::SourceConfig> source = FromWire(request->source(), impl_->kind);
    if (!source.ok()) return ToGrpc(source.status());
    StatusOr<json::Value> command = json::Parse(request->command_json());
    if (!command.ok()) return ToGrpc(command.status());
    StatusOr<json::Value> result = impl_->connector.Administer(call, *source, *command);
    if (!result.ok()) return ToGrpc(result.status());
    response->set_result_json(json::ToString(*result));
    return grpc::Status::OK;
  });
}

}  // namespace joinery::kit
