#include "fakeserver/transport/asio.hpp"

#include <boost/asio/impl/src.hpp>
