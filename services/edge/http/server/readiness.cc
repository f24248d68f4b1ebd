#include "services/edge/http/server/readiness.h"

namespace joinery::edge::http {

Readiness::Readiness(boost::asio::io_context& context, int fd, ReadinessListener* listener)
    : descriptor_(context, fd), listener_(listener), fd_(fd) {}

Readiness::~Readiness() { Close(); }

void Readiness::ArmRead() {
  if (read_armed_ || fd_ < 0) return;
  read_armed_ = true;
  listener_->Retain();
  descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                         [this](const boost::system::error_code&) {
                           read_armed_ = false;
                           if (fd_ >= 0) listener_->OnReadable();
                           listener_->Release();
                         });
}

void Readiness::ArmWrite() {
  if (write_armed_ || fd_ < 0) return;
  write_armed_ = true;
  listener_->Retain();
  descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_write,
                         [this](const boost::system::error_code&) {
                           write_armed_ = false;
                           if (fd_ >= 0) listener_->OnWritable();
                           listener_->Release();
                         });
}

void Readiness::Close() {
  if (fd_ < 0) return;
  fd_ = -1;
  boost::system::error_code ignored;
  descriptor_.close(ignored);
}

}  // namespace joinery::edge::http
