#include "services/edge/auth/jwt/jwk_store.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/strings.h"
#include "json/value.h"
#include "services/edge/auth/expiry.h"

namespace joinery::edge {
namespace {

constexpr std::chrono::seconds kRetry{60};
constexpr std::chrono::seconds kSoonest{1};
constexpr std::chrono::seconds kFetchTimeout{20};

std::optional<std::chrono::seconds> AgeOf(const HttpResponse& response) {
  if (const auto age = MaxAge(response.cache_control)) return std::max(*age, kSoonest);
  if (ForbidsKeeping(response.cache_control)) return kSoonest;
  if (const auto expires = ParseHttpDate(response.expires)) {
    const auto left = std::chrono::duration_cast<std::chrono::seconds>(
        *expires - std::chrono::system_clock::now());
    return std::max(left, kSoonest);
  }
  return std::nullopt;
}

}  // namespace

StatusOr<std::unique_ptr<JwkStore>> JwkStore::Open(std::string url) {
  std::unique_ptr<JwkStore> store(new JwkStore(std::move(url)));
  ASSIGN_OR_RETURN(Fetched first, store->Fetch());
  store->keys_ = std::make_shared<const std::vector<VerificationKey>>(std::move(first.keys));
  store->thread_ = std::thread([self = store.get(), age = first.age] { self->Refresh(age); });
  return store;
}

JwkStore::~JwkStore() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  cancellation_->Cancel();
  stopped_.notify_all();
  if (thread_.joinable()) thread_.join();
}

JwkStore::Keys JwkStore::keys() const {
  std::lock_guard lock(mutex_);
  return keys_;
}

StatusOr<JwkStore::Fetched> JwkStore::Fetch() {
  CallContext context = CallContext::WithTimeout(kFetchTimeout);
  context.cancellation = cancellation_;
  const HttpResponse response =
      client_.SendAndWait(context, {.url = url_, .timeout = kFetchTimeout, .method = "GET"});
  if (response.outcome != HttpResponse::Outcome::kAnswered) {
    return Unavailable(
        StrCat("the keys of the JWK address could not be fetched: ", response.failure));
  }
  if (response.status != 200) {
    return Unavailable(StrCat("the JWK address answered with status ", response.status));
  }
  const StatusOr<json::Value> set = json::Parse(response.body);
  const json::Value* list = set.ok() && set->is_object() ? set->Find("keys") : nullptr;
  if (list == nullptr || !list->is_array())
    return Unavailable("the JWK address gave no set of keys");
  Fetched out;
  for (const json::Value& jwk : list->items()) {
    // Keys of other kinds may stand beside those that are known.
    if (auto key = VerificationKey::FromJwk(jwk); key.ok()) out.keys.push_back(*std::move(key));
  }
  if (out.keys.empty()) return Unavailable("the JWK address gave no key that can be used");
  out.age = AgeOf(response);
  return out;
}

void JwkStore::Refresh(std::optional<std::chrono::seconds> age) {
  std::unique_lock lock(mutex_);
  while (age) {
    if (stopped_.wait_for(lock, *age, [&] { return stopping_; })) return;
    lock.unlock();
    StatusOr<Fetched> fetched = Fetch();
    lock.lock();
    if (fetched.ok()) {
      keys_ = std::make_shared<const std::vector<VerificationKey>>(std::move(fetched->keys));
      age = fetched->age;
    } else {
      Log(LogLevel::kWarn, "jwk-refresh", {{"message", MessageOf(fetched.status())}});
      age = kRetry;
    }
  }
}

}  // namespace joinery::edge
