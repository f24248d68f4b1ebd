#include "connectors/postgres/admin/held_transactions.h"

#include <openssl/rand.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/sha256.h"

namespace joinery::connectors::postgres {
namespace {

std::string RandomToken() {
  unsigned char bytes[16];
  JOINERY_CHECK(RAND_bytes(bytes, sizeof(bytes)) == 1);
  return HexEncode({reinterpret_cast<const char*>(bytes), sizeof(bytes)});
}

}  // namespace

HeldTransactions::~HeldTransactions() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
  if (reaper_.joinable()) reaper_.join();
}

std::string HeldTransactions::Hold(ConnectionPtr session) {
  std::string token = RandomToken();
  {
    std::lock_guard lock(mutex_);
    held_.emplace(token, Held{std::move(session), Clock::now() + patience_});
    if (!reaper_.joinable()) reaper_ = std::thread([this] { EndForgotten(); });
  }
  wake_.notify_all();
  return token;
}

ConnectionPtr HeldTransactions::Take(const std::string& token) {
  std::lock_guard lock(mutex_);
  const auto found = held_.find(token);
  if (found == held_.end()) return nullptr;
  ConnectionPtr session = std::move(found->second.session);
  held_.erase(found);
  return session;
}

size_t HeldTransactions::size() const {
  std::lock_guard lock(mutex_);
  return held_.size();
}

void HeldTransactions::EndForgotten() {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    std::vector<ConnectionPtr> forgotten;
    auto next = Clock::now() + std::chrono::hours(1);
    for (auto entry = held_.begin(); entry != held_.end();) {
      if (entry->second.expires > Clock::now()) {
        next = std::min(next, entry->second.expires);
        ++entry;
        continue;
      }
      forgotten.push_back(std::move(entry->second.session));
      entry = held_.erase(entry);
    }
    if (forgotten.empty()) {
      wake_.wait_until(lock, next);
      continue;
    }
    lock.unlock();
    forgotten.clear();
    lock.lock();
  }
}

}  // namespace joinery::connectors::postgres
