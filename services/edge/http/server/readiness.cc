#include "services/edge/http/server/readiness.h"

#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/version.hpp>

#if BOOST_VERSION / 100 == 1074 && !defined(BOOST_ASIO_HAS_IOCP)
#include <boost/asio/detail/epoll_reactor.hpp>
#include <boost/asio/detail/reactor_op.hpp>
#define JOINERY_USE_EPOLL_REACTOR 1
#else
#include <boost/asio/posix/stream_descriptor.hpp>
#define JOINERY_USE_EPOLL_REACTOR 0
#endif

namespace joinery::edge::http {

#if JOINERY_USE_EPOLL_REACTOR

class Readiness::Reactor {
 public:
  using EpollReactor = boost::asio::detail::epoll_reactor;

  Reactor(boost::asio::io_context& context, int fd, Readiness* owner)
      : reactor_(boost::asio::use_service<EpollReactor>(context)),
        fd_(fd),
        read_(owner, &Readiness::ReadEnded),
        write_(owner, &Readiness::WriteEnded) {
    reactor_.init_task();
    reactor_.register_descriptor(fd_, state_);
  }

  void WaitRead() { reactor_.start_op(EpollReactor::read_op, fd_, state_, &read_, false, true); }
  void WaitWrite() { reactor_.start_op(EpollReactor::write_op, fd_, state_, &write_, false, true); }

  void Close() {
    // Asio leaves it to the close below to take the descriptor out of the epoll set.
    reactor_.deregister_descriptor(fd_, state_, true);
    ::close(fd_);
    reactor_.cleanup_descriptor_data(state_);
  }

 private:
  class Wait final : public boost::asio::detail::reactor_op {
   public:
    Wait(Readiness* owner, void (Readiness::*ended)())
        : reactor_op(boost::system::error_code(), &Wait::Perform, &Wait::Complete),
          owner_(owner),
          ended_(ended) {}

   private:
    // "Exhausted" is the owner's promise to read or write all there is before it waits again.
    static status Perform(reactor_op*) { return done_and_exhausted; }
    static void Complete(void*, boost::asio::detail::operation* base,
                         const boost::system::error_code&, size_t) {
      auto* wait = static_cast<Wait*>(base);
      (wait->owner_->*wait->ended_)();
    }

    Readiness* const owner_;
    void (Readiness::*const ended_)();
  };

  EpollReactor& reactor_;
  EpollReactor::per_descriptor_data state_ = nullptr;
  const int fd_;
  Wait read_;
  Wait write_;
};

#else

class Readiness::Reactor {
 public:
  using Descriptor = boost::asio::posix::stream_descriptor;

  Reactor(boost::asio::io_context& context, int fd, Readiness* owner)
      : descriptor_(context, fd), owner_(owner) {}

  void WaitRead() {
    descriptor_.async_wait(Descriptor::wait_read,
                           [owner = owner_](const auto&) { owner->ReadEnded(); });
  }
  void WaitWrite() {
    descriptor_.async_wait(Descriptor::wait_write,
                           [owner = owner_](const auto&) { owner->WriteEnded(); });
  }
  void Close() {
    boost::system::error_code ignored;
    descriptor_.close(ignored);
  }

 private:
  Descriptor descriptor_;
  Readiness* const owner_;
};

#endif

Readiness::Readiness(boost::asio::io_context& context, int fd, ReadinessListener* listener)
    : reactor_(std::make_unique<Reactor>(context, fd, this)), listener_(listener), fd_(fd) {}

Readiness::~Readiness() { Close(); }

void Readiness::ArmRead() {
  if (read_armed_ || fd_ < 0) return;
  read_armed_ = true;
  listener_->Retain();
  reactor_->WaitRead();
}

void Readiness::ArmWrite() {
  if (write_armed_ || fd_ < 0) return;
  write_armed_ = true;
  listener_->Retain();
  reactor_->WaitWrite();
}

void Readiness::ReadEnded() {
  read_armed_ = false;
  if (fd_ >= 0) listener_->OnReadable();
  listener_->Release();
}

void Readiness::WriteEnded() {
  write_armed_ = false;
  if (fd_ >= 0) listener_->OnWritable();
  listener_->Release();
}

void Readiness::Close() {
  if (fd_ < 0) return;
  fd_ = -1;
  reactor_->Close();
}

}  // namespace joinery::edge::http
