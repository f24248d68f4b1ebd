#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/http_client.h"
#include "base/status.h"
#include "services/edge/auth/jwt/jws.h"

namespace joinery::edge {

// The keys behind a JWK address: fetched at once, then whenever the answer's age says (spec: auth,
// 2). Thread-safe.
class JwkStore {
 public:
  using Keys = std::shared_ptr<const std::vector<VerificationKey>>;

  // Blocks for the first keys. Unavailable: there are none to be had.
  static StatusOr<std::unique_ptr<JwkStore>> Open(std::string url);
  ~JwkStore();

  Keys keys() const;

 private:
  struct Fetched {
    std::vector<VerificationKey> keys;
    // When to fetch again; none: never.
    std::optional<std::chrono::seconds> age;
  };

  explicit JwkStore(std::string url) : url_(std::move(url)) {}
  StatusOr<Fetched> Fetch();
  void Refresh(std::optional<std::chrono::seconds> age);

  const std::string url_;
  HttpClient client_;
  mutable std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;
  Keys keys_;
  std::shared_ptr<Cancellation> cancellation_ = std::make_shared<Cancellation>();
  std::thread thread_;
};

}  // namespace joinery::edge
