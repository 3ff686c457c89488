#pragma once

#include <string>

namespace refclient {

// What makes an article unique. The only place of the client that knows the date and draws random numbers.
std::string host_name(); // as a mail or news name; "localhost" if the system's is unfit
std::string new_message_id();
std::string date_now(); // RFC 5322 3.3, in UTC

} // namespace refclient
