#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "base/status.h"

namespace joinery::edge::http {

struct SslContextDeleter {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct SslDeleter {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};
using SslContext = std::unique_ptr<SSL_CTX, SslContextDeleter>;
using Ssl = std::unique_ptr<SSL, SslDeleter>;

// A server's context for TLS 1.2 and later that offers `h2` and `http/1.1`. InvalidArgument: a file
// cannot be read, or the key does not belong to the certificate.
StatusOr<SslContext> MakeServerContext(const std::string& certificate_file,
                                       const std::string& private_key_file);

// The server's side of TLS on a non-blocking socket, which it does not own.
Ssl MakeServerSession(SSL_CTX* context, int fd);

}  // namespace joinery::edge::http
