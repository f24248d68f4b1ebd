#pragma once

#include <string>
#include <vector>

#include "base/http_client.h"
#include "connectors/remote_schema/document.h"
#include "plan/connector.h"

namespace joinery::connectors::remote_schema {

// What an upstream's responses mean: values by root and slot, errors with the client's paths.
// `responses[i]` is that to `parts[i]`. `url` is shown in `internal` only.
plan::ExecuteResult ReadAnswer(const plan::ExecuteRequest& request, const std::vector<Part>& parts,
                               std::vector<HttpResponse> responses, const std::string& url);

// Told to everybody, so it names the source and not its address.
std::string UnreachableText(std::string_view source);

}  // namespace joinery::connectors::remote_schema
