#pragma once

#include "client_under_test/conversation/result.hpp"

namespace refclient {

// What a refusal of a news server means (RFC 3977 3.2.1 and the lists of responses at each command). In NNTP the first
// digit alone does not tell temporary from permanent: 430 will not get better, 503 may. Unknown codes are temp, so that
// nothing is given up because of a code that we do not understand.
Outcome classify_nntp(int code);

} // namespace refclient
