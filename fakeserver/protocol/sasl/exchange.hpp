#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// The server side of a log-in by SASL (RFC 4422), for any protocol. No I/O.
namespace postfault::protocol::sasl {

enum class Mechanism { plain, login, cram_md5, scram_sha_256, xoauth2 };

// As it is offered: `CRAM-MD5`.
std::string_view to_string(Mechanism mechanism);

std::optional<Mechanism> mechanism_from(std::string_view name); // in any case

struct Account {
    std::string user;
    std::string password; // for XOAUTH2 the token
};

// One exchange, a value: to try what an answer would lead to, answer a copy.
//
// Ask begin() once, then answer() for everything that the client says, until it is no longer a challenge. Texts are as
// they are before base64.
class Exchange {
public:
    struct Result {
        enum class Kind { challenge, accepted, refused, malformed };

        Kind kind = Kind::refused;
        std::string challenge; // as it is before base64
    };

    // `nonce` is printable, and different in every exchange.
    Exchange(Mechanism mechanism, Account account, std::string nonce);

    // With the client's initial response, if it has sent one.
    Result begin(const std::optional<std::string>& initial);

    Result answer(std::string_view response);

private:
    Result plain(std::string_view response) const;
    Result login(std::string_view response);
    Result cram_md5(std::string_view response) const;
    Result scram_first(std::string_view response);
    Result scram_final(std::string_view response);
    Result xoauth2(std::string_view response);

    Mechanism mechanism_;
    Account account_;
    std::string nonce_;
    int turn_ = 0;            // responses so far
    std::string said_;        // LOGIN: the user's name; SCRAM: the messages so far
    std::string whole_nonce_; // SCRAM
    std::string header_;      // SCRAM: what stands before the first message
    bool good_ = false;       // SCRAM: the proof was right; XOAUTH2: never after an error
};

} // namespace postfault::protocol::sasl
