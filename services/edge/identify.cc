#include "services/edge/identify.h"

#include <utility>

namespace joinery::edge {
namespace {

using http::HeaderField;

HeaderList AuthHeaders(http::HeaderSpan headers) {
  HeaderList out;
  out.reserve(headers.size());
  for (const HeaderField& field : headers) out.emplace_back(field.name, field.value);
  return out;
}

bool ShowsInternal(const EdgeOptions& options, const plan::Session& session) {
  return options.dev_mode || (session.role == "admin" && options.admin_internal_errors);
}

}  // namespace

std::span<const http::HeaderField> FieldsOf(const http::Request& request) {
  return {request.headers.begin(), request.headers.end()};
}

std::shared_ptr<const plan::Headers> ForwardedHeaders(http::HeaderSpan headers) {
  auto out = std::make_shared<plan::Headers>();
  for (const HeaderField& field : headers) {
    if (field.name == "x-hasura-admin-secret" || field.name == "x-hasura-access-key") continue;
    out->emplace_back(field.name, field.value);
  }
  return out;
}

void Identify(const SharedCore& core, const http::Request& request, const SharedExchange& exchange,
              std::string_view graphql, std::function<void(const Issue* fault)> then) {
  core->authenticator.Authenticate(
      {.headers = AuthHeaders(FieldsOf(request)),
       .graphql = graphql,
       .loop = exchange->loop,
       .context = exchange->context},
      [core, exchange, then = std::move(then)](IssueOr<Authenticated> who) {
        if (!who.ok()) return then(&who.issue());
        exchange->show_internal = ShowsInternal(core->options, who->session);
        exchange->session = std::make_shared<const plan::Session>(std::move(who->session));
        exchange->set_cookies = std::move(who->set_cookies);
        then(nullptr);
      });
}

void IdentifyByHeaders(const SharedCore& core, http::HeaderSpan headers, EventLoop& loop,
                       std::function<void(IssueOr<Caller>)> done) {
  CallContext context;
  context.deadline = CallContext::Clock::now() + core->options.request_timeout;
  core->authenticator.Authenticate(
      {.headers = AuthHeaders(headers), .loop = &loop, .context = context},
      [core, &loop, client_headers = ForwardedHeaders(headers),
       done = std::move(done)](IssueOr<Authenticated> who) {
        if (!who.ok()) return done(who.issue());
        Caller caller;
        caller.loop = &loop;
        caller.show_internal = ShowsInternal(core->options, who->session);
        caller.session = std::make_shared<const plan::Session>(std::move(who->session));
        caller.client_headers = client_headers;
        caller.expires = who->expires;
        done(std::move(caller));
      });
}

}  // namespace joinery::edge
