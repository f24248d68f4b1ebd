#pragma once

#include <string>

#include "connectors/kit/http_client.h"
#include "plan/connector.h"

namespace joinery::connectors::remote_schema {

// What an upstream's response means: values by root and slot, errors with the client's paths. `url` is
// shown in `internal` only.
plan::ExecuteResult ReadAnswer(const plan::Fragment& fragment, const plan::ExecuteRequest& request,
                               HttpResponse response, const std::string& url);

}  // namespace joinery::connectors::remote_schema
