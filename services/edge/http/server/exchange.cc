#include "services/edge/http/server/exchange.h"

#include <utility>

namespace joinery::edge::http {
namespace {

constexpr size_t kKeptBody = 1 << 20;

}  // namespace

void Exchange::DropHandle() {
  if (handles_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  if (loop.InThisThread()) {
    HandlesGone();
  } else {
    // A count of its own keeps the exchange until the task runs.
    AddHandle();
    loop.Post([this] { DropHandle(); });
  }
}

void Exchange::HandlesGone() {
  if (sink == nullptr) {
    delete this;
  } else if (phase == Phase::kWaiting || phase == Phase::kStreaming) {
    sink->Unanswered(*this);
  }
}

void Exchange::Detach() {
  // A callback may hold the last handle.
  AddHandle();
  sink = nullptr;
  on_drained = nullptr;
  gzip.reset();
  const bool unfinished = phase == Phase::kWaiting || phase == Phase::kStreaming;
  phase = Phase::kEnded;
  if (unfinished) {
    client_gone = true;
    if (auto callback = std::exchange(on_close, nullptr)) loop.Post(std::move(callback));
  }
  if (handles_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

void Exchange::Reset() {
  request.headers.Clear();
  if (request.body.capacity() > kKeptBody) {
    request.body = std::string();
  } else {
    request.body.clear();
  }
  request.path = request.query = request.method_name = {};
  head.clear();
  phase = Phase::kReceiving;
  on_close = nullptr;
  on_drained = nullptr;
  gzip.reset();
}

}  // namespace joinery::edge::http
