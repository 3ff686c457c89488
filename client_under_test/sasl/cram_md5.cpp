#include "client_under_test/sasl/cram_md5.hpp"

#include "client_under_test/tls/digest.hpp"

#include <fmt/format.h>

#include <utility>

namespace refclient::sasl {

// RFC 2195 2: the name, a blank, and the digest in hexadecimal small letters.
std::optional<std::string> CramMd5::answer(std::string_view challenge) {
    // An empty challenge would make the answer the same every time.
    if (std::exchange(answered_, true) || challenge.empty())
        return std::nullopt;
    std::string answer = login_.user + " ";
    for (const char octet : tls::hmac_md5(login_.password, challenge))
        answer += fmt::format("{:02x}", static_cast<unsigned char>(octet));
    return answer;
}

} // namespace refclient::sasl
