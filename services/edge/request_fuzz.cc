#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "services/edge/auth/jwt/jws.h"
#include "services/edge/auth/jwt/jwt_options.h"
#include "services/edge/graphql_request.h"
#include "services/edge/rest/rest_router.h"

// What a client may put into a body, an address or a token: no crash. The first byte chooses which.
namespace {

using namespace joinery;

plan::RestEndpoints Endpoints() {
  plan::RestEndpoint endpoint;
  endpoint.url = "users/:id/:list";
  endpoint.methods = {"GET", "POST"};
  endpoint.query = "query ($id: Int!, $list: [String!]) { f }";
  endpoint.variables = {{.name = "id", .type = "Int", .non_null = true},
                        {.name = "list", .type = "String", .is_list = true},
                        {.name = "flag", .type = "Boolean", .has_default = true}};
  return {.schema_version = 1, .endpoints = {endpoint}};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 'b': {
      const auto body = edge::ParseGraphqlBody(std::string(text));
      if (body.ok() && !body.value().batch) JOINERY_CHECK(body.value().operations.size() == 1);
      break;
    }
    case 'r': {
      static const edge::RestRouter router(Endpoints());
      const size_t query = text.find('?');
      const size_t body = text.find('\n');
      router.Route("POST", text.substr(0, query), query == text.npos ? "" : text.substr(query + 1),
                   body == text.npos ? "" : text.substr(body + 1));
      break;
    }
    case 't':
      edge::UnverifiedClaims(text);
      JOINERY_CHECK(!edge::VerifiedClaims(text, {}).ok());
      break;
    case 'o':
      edge::ParseJwtOptions(std::string(text)).IgnoreError();
      break;
  }
  return 0;
}
