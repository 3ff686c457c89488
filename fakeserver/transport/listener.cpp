#include "fakeserver/transport/listener.hpp"

#include <array>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>

namespace postfault::transport {

namespace {

using tcp = asio::ip::tcp;

using reuse_port = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

constexpr int backlog = 256;

// When there is no descriptor or no memory left for another connection the kernel says so again and again. It is no
// reason never to accept one again.
constexpr auto rest_after_trouble = std::chrono::milliseconds{100};

void check(int result, const char* doing) {
    if (result != 0)
        throw boost::system::system_error(error_code(errno, boost::system::system_category()), doing);
}

// A client's process must not hold our sockets open, nor our port; Asio 1.74 creates and accepts them without
// SOCK_CLOEXEC.
void close_on_exec(int socket) { check(::fcntl(socket, F_SETFD, FD_CLOEXEC), "cannot mark a socket close-on-exec"); }

void bind_to(tcp::acceptor& acceptor, const tcp::endpoint& address, bool reuse_address) {
    acceptor.open(address.protocol());
    close_on_exec(acceptor.native_handle());
    // A port whose last connections are in TIME_WAIT is free.
    if (reuse_address)
        acceptor.set_option(tcp::acceptor::reuse_address(true));
    acceptor.set_option(reuse_port(true));
    acceptor.bind(address);
}

void drop_everything(int socket) {
    sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
    const sock_fprog program{1, &drop};
    check(::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program),
          "cannot attach a socket filter");
}

std::uint32_t dropped_by(int socket) {
    std::array<std::uint32_t, SK_MEMINFO_VARS> info{};
    socklen_t size = sizeof info;
    if (::getsockopt(socket, SOL_SOCKET, SO_MEMINFO, info.data(), &size) != 0)
        return 0;
    return info[SK_MEMINFO_DROPS];
}

// SO_REUSEPORT would let a second process of the same user share a port that somebody named; find out before.
void check_free(asio::io_context& context, const tcp::endpoint& address) {
    if (address.port() == 0)
        return;
    tcp::acceptor probe(context);
    probe.open(address.protocol());
    close_on_exec(probe.native_handle());
    probe.set_option(tcp::acceptor::reuse_address(true));
    probe.bind(address);
    probe.listen(1);
}

} // namespace

// What the accept loop and its owner share: the owner may be gone when an aborted accept is resumed.
struct Listener::Shared {
    explicit Shared(asio::io_context& context) : acceptor(context) {}

    tcp::acceptor acceptor;
    Accepted on_accept;
    Trouble on_trouble;
};

Listener::Listener(asio::io_context& context, const tcp::endpoint& address, Accepted on_accept, Trouble on_trouble,
                   std::optional<std::uint32_t> buffer)
    : context_(context), placeholder_(context), on_accept_(std::move(on_accept)), on_trouble_(std::move(on_trouble)),
      buffer_(buffer) {
    check_free(context, address);
    bind_to(placeholder_, address, address.port() != 0);
    address_ = placeholder_.local_endpoint();
}

Listener::~Listener() { close(); }

void Listener::set(State state) {
    if (state == state_)
        return;
    if (state == State::refuses || state_ == State::swallows)
        close();
    if (state != State::refuses)
        open();
    if (state == State::swallows)
        drop_everything(listening_->acceptor.native_handle());
    state_ = state;
}

std::uint32_t Listener::swallowed() {
    return swallowed_before_ + (state_ == State::swallows ? dropped_by(listening_->acceptor.native_handle()) : 0);
}

void Listener::open() {
    if (listening_)
        return;
    listening_ = std::make_shared<Shared>(context_);
    listening_->on_accept = on_accept_;
    listening_->on_trouble = on_trouble_;
    bind_to(listening_->acceptor, address_, true);
    // Each connection inherits both. Only before listen() does the first one's window know of it.
    if (buffer_) {
        const auto octets = static_cast<int>(*buffer_);
        listening_->acceptor.set_option(asio::socket_base::receive_buffer_size(octets));
        listening_->acceptor.set_option(asio::socket_base::send_buffer_size(octets));
    }
    listening_->acceptor.listen(backlog);
    const auto shared = listening_;
    auto loop = [shared]() -> asio::awaitable<void> { return accept_loop(shared); };
    asio::co_spawn(context_, loop, asio::detached);
}

void Listener::close() {
    if (!listening_)
        return;
    if (state_ == State::swallows)
        swallowed_before_ += dropped_by(listening_->acceptor.native_handle());
    listening_->on_accept = {};
    listening_->on_trouble = {};
    error_code ignored;
    listening_->acceptor.close(ignored);
    listening_.reset();
}

asio::awaitable<void> Listener::accept_loop(std::shared_ptr<Shared> shared) {
    asio::steady_timer rest(shared->acceptor.get_executor());
    bool told = false;
    for (;;) {
        error_code error;
        tcp::socket socket = co_await shared->acceptor.async_accept(asio::redirect_error(asio::use_awaitable, error));
        if (!shared->acceptor.is_open() || !shared->on_accept)
            co_return;
        if (!error) {
            told = false;
            close_on_exec(socket.native_handle());
            shared->on_accept(std::move(socket));
        } else if (error != asio::error::connection_aborted) {
            if (!std::exchange(told, true) && shared->on_trouble)
                shared->on_trouble(error);
            rest.expires_after(rest_after_trouble);
            co_await rest.async_wait(asio::redirect_error(asio::use_awaitable, error));
        }
    }
}

} // namespace postfault::transport
