#include "services/edge/http/server/http2_stream.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/strings.h"

namespace joinery::edge::http {

void BodyQueue::Append(Body body) {
  size_ += body.size();
  for (Body::Chunk& chunk : body.TakeChunks()) {
    if (chunk.owner == nullptr) {
      auto owner = std::make_shared<const std::string>(std::move(chunk.text));
      chunk = {.text = {}, .view = *owner, .owner = owner};
    }
    chunks_.push_back(std::move(chunk));
  }
}

Body BodyQueue::Take(size_t size) {
  Body taken;
  size_ -= size;
  while (size > 0) {
    Body::Chunk& chunk = chunks_[first_];
    const size_t part = std::min(size, chunk.view.size() - offset_);
    taken.AppendShared(chunk.view.substr(offset_, part), chunk.owner);
    size -= part;
    offset_ += part;
    if (offset_ == chunk.view.size()) {
      chunk = Body::Chunk();
      offset_ = 0;
      ++first_;
    }
  }
  if (first_ == chunks_.size()) {
    chunks_.clear();
    first_ = 0;
  }
  return taken;
}

void Http2Stream::LinkInto(Http2Stream** list) {
  next_ = *list;
  if (next_ != nullptr) next_->link_ = &next_;
  link_ = list;
  *list = this;
}

void Http2Stream::Unlink() {
  *link_ = next_;
  if (next_ != nullptr) next_->link_ = link_;
  next_ = nullptr;
  link_ = nullptr;
}

void Http2Stream::AddField(std::string_view name, std::string_view value) {
  const size_t start = head.size();
  head.append(name).append(value);
  fields_.push_back({start, start + name.size(), head.size()});
}

void Http2Stream::TakePseudoField(std::string_view name, std::string_view value) {
  if (name == ":method") {
    request.method_name = value;
    request.method = MethodFromName(value);
  } else if (name == ":path") {
    request.path = value;
  } else if (name == ":authority") {
    request.headers.Add("host", value);
  }
}

int Http2Stream::FinishHead(const HeadLimits& limits) {
  if (fields_.size() > limits.max_header_count + 4) return 431;
  request.version = Version::kHttp2;
  const std::string_view all = head;
  for (const Span& span : fields_) {
    const std::string_view name = all.substr(span.name, span.value - span.name);
    const std::string_view value = all.substr(span.value, span.end - span.value);
    if (name.starts_with(':')) {
      TakePseudoField(name, value);
      continue;
    }
    // The authority has been put in as host already.
    if (name == "host" && request.headers.Find("host")) continue;
    if (name == "content-length") {
      content_length = static_cast<uint64_t>(std::max<int64_t>(ParseInt64(value).value_or(0), 0));
    }
    request.headers.Add(name, value);
  }
  if (request.path.size() > limits.max_target_bytes) return 414;
  const bool is_star = request.path == "*" && request.method == Method::kOptions;
  if (!request.path.starts_with('/') && !is_star) return 400;
  const size_t mark = request.path.find('?');
  if (mark != std::string_view::npos) request.query = request.path.substr(mark + 1);
  request.path = request.path.substr(0, mark);
  return 0;
}

}  // namespace joinery::edge::http
