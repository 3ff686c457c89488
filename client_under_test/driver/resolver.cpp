#include "client_under_test/driver/resolver.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include <netdb.h>

namespace refclient {

namespace {

struct Answer {
    int error = 0;
    std::vector<Address> addresses;
};

Answer look_up(const std::string& host, std::uint16_t port, int flags) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* list = nullptr;
    Answer answer;
    answer.error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
    if (answer.error != 0)
        return answer;
    for (const addrinfo* info = list; info != nullptr; info = info->ai_next) {
        Address& address = answer.addresses.emplace_back();
        std::memcpy(&address.storage, info->ai_addr, info->ai_addrlen);
        address.length = info->ai_addrlen;
    }
    ::freeaddrinfo(list);
    return answer;
}

std::vector<Address> known_addresses(const Endpoint& endpoint) {
    std::vector<Address> all;
    for (const std::string& address : endpoint.addresses)
        for (const Address& found : look_up(address, endpoint.port, AI_NUMERICHOST).addresses)
            all.push_back(found);
    return all;
}

// What a look-up that was given up on may still write to after its caller has gone.
struct Pending {
    std::mutex mutex;
    std::condition_variable arrived;
    bool done = false;
    Answer answer;
};

} // namespace

std::variant<std::vector<Address>, Result> resolve(const Endpoint& endpoint, Limits::Limit limit) {
    if (!endpoint.addresses.empty())
        return known_addresses(endpoint);
    // Most test servers are given as addresses: no name service, no thread.
    Answer answer = look_up(endpoint.host, endpoint.port, AI_NUMERICHOST);
    if (answer.error == 0)
        return std::move(answer.addresses);

    // getaddrinfo() has no limit of its own that a program could set, and it cannot be interrupted.
    const auto pending = std::make_shared<Pending>();
    std::thread{[pending, endpoint] {
        Answer found = look_up(endpoint.host, endpoint.port, 0);
        const std::lock_guard lock{pending->mutex};
        pending->answer = std::move(found);
        pending->done = true;
        pending->arrived.notify_one();
    }}.detach();

    std::unique_lock lock{pending->mutex};
    const auto done = [&] { return pending->done; };
    if (!limit)
        pending->arrived.wait(lock, done);
    else if (!pending->arrived.wait_for(lock, *limit, done))
        return Result{Outcome::temp,
                      fmt::format("timed out after {} looking up {}", to_text(*limit), printable(endpoint.host))};

    if (pending->answer.error == 0)
        return std::move(pending->answer.addresses);
    // RFC 5321 5.1: a name that does not exist will not exist on the next try; a name service in trouble may recover.
    const Outcome outcome = pending->answer.error == EAI_NONAME ? Outcome::perm : Outcome::temp;
    return Result{
        outcome, fmt::format("no address for {}: {}", printable(endpoint.host), ::gai_strerror(pending->answer.error))};
}

} // namespace refclient
