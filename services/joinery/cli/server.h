#pragma once

#include <memory>
#include <string>

#include "base/http_client.h"
#include "base/issue.h"
#include "base/status.h"
#include "json/value.h"

namespace joinery::cli {

// A running Joinery or Hasura, by its HTTP API. Blocking.
class Server {
 public:
  // `endpoint`: "http://host:8080", with or without a slash at the end.
  Server(std::string endpoint, std::string admin_secret);

  const std::string& endpoint() const { return endpoint_; }

  // A call of /v1/metadata. An Issue: the server refused it, in its own words. Unavailable: there
  // is no answer, or none of a metadata API.
  StatusOr<IssueOr<json::Value>> Call(const std::string& type, json::Value args, int version = 1);

  // The introspection of a role's schema: {"__schema": …}.
  StatusOr<json::Value> Introspect(const std::string& role);

 private:
  StatusOr<HttpResponse> Post(const std::string& path, const json::Value& body,
                              const std::string& role);

  const std::string endpoint_;
  const std::string admin_secret_;
  HttpClient client_;
};

}  // namespace joinery::cli
