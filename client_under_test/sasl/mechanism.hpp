#pragma once

#include "client_under_test/sasl/login.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace refclient::sasl {

// The client's side of one way to log in (RFC 4422), without any encoding and without I/O. Each object is for one try.
class Mechanism {
public:
    virtual ~Mechanism() = default;
    Mechanism() = default;
    Mechanism(const Mechanism&) = delete;
    Mechanism& operator=(const Mechanism&) = delete;

    // What can be said along with the name; nothing if the server has to speak first.
    virtual std::optional<std::string> first_words() { return std::nullopt; }

    // The answer to a challenge; nothing if there is none, because the challenge makes no sense or because all has been
    // said. The log-in must then be cancelled.
    virtual std::optional<std::string> answer(std::string_view challenge) = 0;

    // The server says that we are in. False if it has not proved what this mechanism has it prove.
    virtual bool trusts_server() const { return true; }
};

// What goes over the line shows the secret, or lets it be guessed from little: only inside TLS.
enum class Exposure { hides_secret, shows_secret };

// Whether the connection can be listened to.
enum class Line { is_private, is_open };

// What a mechanism that has both ends prove themselves asks of the server.
enum class ServerProof { is_checked, is_taken_for_granted };

struct Choice {
    std::string name;
    std::unique_ptr<Mechanism> mechanism;
};

// The strongest of the offered mechanisms (names in capitals) that this client knows; nothing if it knows none. One
// that shows the secret is only taken on a line that is private.
std::optional<Choice> choose(const std::vector<std::string>& offered, const Login& login, Line line,
                             ServerProof proof = ServerProof::is_checked);

} // namespace refclient::sasl
