#pragma once

#include <optional>
#include <string>

#include "connectors/kit/http_client.h"
#include "connectors/kit/project.h"
#include "plan/connector.h"

namespace joinery::connectors::action {

// The body of one call; `slot` picks the key of a batch.
std::string BuildPayload(const plan::ActionFragment& fragment, const plan::ExecuteRequest& request,
                         size_t slot);

// What a call shows in `extensions.internal` when it fails.
struct CallRecord {
  std::string url;
  std::string body;
  plan::Headers headers;  // By variable name where the value comes from the environment.
};

// Adds the handler's answer as the value of `slot`, or the error that it means.
void ReadWebhookAnswer(const plan::ActionFragment& fragment, const CallRecord& call,
                       HttpResponse response, uint32_t slot, Projector& projector);

}  // namespace joinery::connectors::action
