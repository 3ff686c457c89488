#pragma once

namespace refclient {

// How a connection is protected. With anything but `none` it is TLS or nothing (RFC 3207 6): no log-in and no message
// ever goes over a connection that is not.
enum class TlsMode {
    none,
    starttls, // begins in the clear and is upgraded by a command (RFC 3207, RFC 4642)
    implicit, // TLS from the first octet (RFC 8314 3.3)
};

} // namespace refclient
