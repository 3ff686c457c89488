#pragma once

#include <string>

namespace refclient {

// Who we say that we are, and how we prove it.
struct Login {
    std::string user;
    std::string password; // or a token
};

} // namespace refclient
