#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/issue.h"
#include "services/edge/caller.h"
#include "services/edge/edge_options.h"
#include "services/edge/http/server/request.h"
#include "services/edge/http/server/response_writer.h"

namespace joinery::edge {

// One HTTP request and how it is answered; what all its operations share. On the request's loop.
struct Exchange : Caller {
  http::ResponseWriter writer;
  std::string body;
  std::string request_id;
  std::vector<std::string> set_cookies;  // Of the authentication.
  std::string allowed_origin;            // Empty: no CORS fields.
  bool real_status = false;              // /v1alpha1/graphql.

  // Work for it is cancelled when the client goes away.
  void CancelOnClose();
  // The fields of every answer in JSON.
  std::vector<http::HeaderField> JsonHeaders() const;
  void SendJson(int status, http::Body body, bool gzip,
                const std::vector<std::string>& cookies = {});
  void SendIssue(const Issue& issue);
};
using SharedExchange = std::shared_ptr<Exchange>;

SharedExchange NewExchange(const EdgeOptions& options, const http::Request& request,
                           http::ResponseWriter writer);

std::string FreshRequestId();

}  // namespace joinery::edge
