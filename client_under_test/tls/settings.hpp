#pragma once

#include <string>

namespace refclient::tls {

// Whom to believe. A correct client asks for all of it (RFC 7817 3).
enum class Verification {
    chain_and_name,
    chain_only,
    none,
};

// When to look for what is inside of arrived octets. One arrival may hold many records, so looking once is not enough.
enum class Decoding { all_that_came, one_record_for_each_arrival };

struct Settings {
    std::string server_name; // a name or an address, as the user gave it
    std::string ca_file;     // PEM; empty: those that the system trusts
    Verification verification = Verification::chain_and_name;
    Decoding decoding = Decoding::all_that_came;
};

// Why no certificate can be read from such a file; empty if some can.
std::string trouble_with_ca_file(const std::string& name);

} // namespace refclient::tls
