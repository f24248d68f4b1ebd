#pragma once

#include <functional>
#include <string>

#include "base/http_client.h"
#include "connectors/kit/project.h"
#include "plan/connector.h"

namespace joinery::connectors::action {

// The body of one call; `slot` picks the key of a batch. `with_query`: with the client's document.
std::string BuildPayload(const plan::ActionFragment& fragment, const plan::ExecuteRequest& request,
                         size_t slot, bool with_query);

// What a call shows in `extensions.internal` when it fails.
struct CallRecord {
  std::string url;
  std::string body;       // Without the client's document.
  plan::Headers headers;  // By variable name where the value comes from the environment.
};

// Adds the handler's answer as the value of `slot`, or null and the error that it means. `call` is
// asked only for an error.
void ReadWebhookAnswer(const plan::ActionFragment& fragment,
                       const std::function<CallRecord()>& call, HttpResponse response,
                       uint32_t slot, Projector& projector);

}  // namespace joinery::connectors::action
