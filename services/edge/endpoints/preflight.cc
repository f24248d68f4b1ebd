#include <vector>

#include "services/edge/endpoints/endpoints.h"

namespace joinery::edge {

void ServePreflight(const http::Request& request, const SharedExchange& exchange) {
  std::vector<http::HeaderField> headers = {{"content-type", "text/plain charset=UTF-8"}};
  if (!exchange->allowed_origin.empty()) {
    headers.push_back({"access-control-allow-origin", exchange->allowed_origin});
    headers.push_back({"access-control-allow-credentials", "true"});
    headers.push_back({"access-control-allow-methods", "GET,POST,PUT,PATCH,DELETE,OPTIONS"});
    headers.push_back({"access-control-max-age", "1728000"});
    headers.push_back(
        {"access-control-allow-headers", request.headers.Get("access-control-request-headers")});
  }
  exchange->writer.Send(204, headers, http::Body());
}

}  // namespace joinery::edge
