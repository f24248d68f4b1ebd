#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "services/edge/auth/authenticator.h"

namespace joinery::edge {

struct EdgeOptions {
  AuthOptions auth;  // As the authenticator was made from it; for /v1alpha1/config.
  std::string version = "v2.36.0";
  bool partial_results = true;
  bool dev_mode = false;
  bool admin_internal_errors = true;
  bool enable_graphql = true;   // ENABLED_APIS: /v1/graphql and its like.
  bool enable_metadata = true;  // /v1/metadata, /v1/query, /v2/query, explain.
  bool enable_config = true;
  bool disable_cors = false;
  bool ws_read_cookie = false;  // With CORS disabled: whether a WebSocket's Cookie says who asks.
  std::vector<std::string> cors_domains = {"*"};
  std::chrono::milliseconds request_timeout{60'000};
  std::chrono::milliseconds metadata_timeout{120'000};
  size_t plan_cache_bytes = size_t{256} << 20;
  size_t max_answer_bytes = size_t{1} << 30;
  std::chrono::milliseconds stream_time{600'000};  // As of executor::Request.
  size_t max_batch = 1000;
  std::chrono::milliseconds live_query_interval{1'000};
  std::chrono::milliseconds websocket_keepalive{5'000};
  std::chrono::milliseconds websocket_init_timeout{3'000};
  size_t max_websocket_message_bytes = size_t{32} << 20;
  // For how long roles but admin are served from plans that no planner has confirmed; 0: forever.
  std::chrono::milliseconds metadata_lease{0};
};

}  // namespace joinery::edge
