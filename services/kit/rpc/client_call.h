#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/call_context.h"
#include "services/kit/rpc/channel.h"
#include "services/kit/rpc/framing.h"
#include "services/kit/rpc/link.h"

namespace joinery::kit::rpc {

class ClientLink;

inline constexpr size_t kMostMessageBytes = size_t{1} << 30;

// One call from Channel::Call to OnDone. Loop thread only.
struct ClientCall final : CallFlow {
  ClientCall(CallContext context, OutgoingCall call, std::shared_ptr<CallSink> sink)
      : context(std::move(context)), call(std::move(call)), sink(std::move(sink)) {}

  // Ends it; later calls do nothing.
  void Finish(Status status) {
    if (sink == nullptr) return;
    if (cancel_id != 0) context.cancellation->Forget(cancel_id);
    const std::shared_ptr<CallSink> told = std::move(sink);
    told->OnDone(std::move(status));
  }
  bool done() const { return sink == nullptr; }
  void Pause() override { paused = true; }
  void Resume() override;
  // Nothing of an answer has come, so another server may be asked. `unseen`: the one before has
  // done nothing of it.
  bool MayRepeat(bool unseen) const {
    return !answered && (unseen ? attempts < 4 : call.repeatable && attempts < 2);
  }

  const CallContext context;
  const OutgoingCall call;
  std::shared_ptr<CallSink> sink;
  uint64_t cancel_id = 0;
  int attempts = 0;
  bool answered = false;

  // Of the attempt that runs.
  std::weak_ptr<ClientLink> link;
  int32_t stream = 0;
  Outgoing outgoing;
  MessageReader reader{kMostMessageBytes};
  int http_status = 0;
  bool paused = false;
  size_t withheld = 0;  // Bytes that the server may not send again before Resume.
  std::optional<int> grpc_status;
  std::string grpc_message;
};

}  // namespace joinery::kit::rpc
