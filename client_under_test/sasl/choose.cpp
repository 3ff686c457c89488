#include "client_under_test/sasl/cram_md5.hpp"
#include "client_under_test/sasl/login_mechanism.hpp"
#include "client_under_test/sasl/mechanism.hpp"
#include "client_under_test/sasl/plain.hpp"
#include "client_under_test/sasl/scram.hpp"
#include "client_under_test/sasl/xoauth2.hpp"
#include "client_under_test/tls/digest.hpp"

#include <algorithm>
#include <array>

namespace refclient::sasl {

namespace {

struct Row {
    std::string_view name;
    Exposure exposure;
    std::unique_ptr<Mechanism> (*make)(const Login& login, ServerProof proof);
};

constexpr std::size_t nonce_length = 24;

// Strongest first. XOAUTH2 comes last because it takes a token: it is for servers that offer nothing else.
constexpr std::array<Row, 5> table{{
    {"SCRAM-SHA-256", Exposure::hides_secret,
     [](const Login& login, ServerProof proof) -> std::unique_ptr<Mechanism> {
         return std::make_unique<Scram>(login, tls::random_word(nonce_length), proof);
     }},
    {"CRAM-MD5", Exposure::hides_secret,
     [](const Login& login, ServerProof) -> std::unique_ptr<Mechanism> { return std::make_unique<CramMd5>(login); }},
    {"PLAIN", Exposure::shows_secret,
     [](const Login& login, ServerProof) -> std::unique_ptr<Mechanism> { return std::make_unique<Plain>(login); }},
    {"LOGIN", Exposure::shows_secret,
     [](const Login& login, ServerProof) -> std::unique_ptr<Mechanism> {
         return std::make_unique<LoginMechanism>(login);
     }},
    {"XOAUTH2", Exposure::shows_secret,
     [](const Login& login, ServerProof) -> std::unique_ptr<Mechanism> { return std::make_unique<Xoauth2>(login); }},
}};

} // namespace

std::optional<Choice> choose(const std::vector<std::string>& offered, const Login& login, Line line,
                             ServerProof proof) {
    for (const Row& row : table)
        if (std::find(offered.begin(), offered.end(), row.name) != offered.end() &&
            (row.exposure == Exposure::hides_secret || line == Line::is_private))
            return Choice{std::string{row.name}, row.make(login, proof)};
    return std::nullopt;
}

} // namespace refclient::sasl
