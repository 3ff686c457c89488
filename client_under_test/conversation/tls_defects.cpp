#include "client_under_test/conversation/defects.hpp"

#include <array>
#include <limits>

namespace refclient {

namespace {

// In mail the server asks within the log-in, in news by refusing what comes after it.
void auth_loop(Policy& policy) {
    policy.challenges = sasl::Challenges::are_answered_for_ever;
    policy.news.log_ins = std::numeric_limits<unsigned>::max();
}

constexpr std::array table{
    Defect{"auth_loop", "logs in, and answers the challenges of a log-in, as often as the server asks",
           "bpo-27820, leafnode 1.9.53", auth_loop},
    Defect{"auth_repeats_refused", "says the same log-in again and again after it was refused",
           "vaultwarden#1127, Nyuu#17", [](Policy& policy) { policy.repeats_of_refused_log_in = 20; }},
    Defect{"certificate_unchecked", "takes any certificate for the server's", "CVE-2019-8337",
           [](Policy& policy) { policy.channel.verification = tls::Verification::none; }},
    Defect{"host_name_unchecked", "takes any certificate that a trusted authority has made for the server's",
           "CVE-2020-13645", [](Policy& policy) { policy.channel.verification = tls::Verification::chain_only; }},
    Defect{"no_ehlo_after_tls", "goes by what the server offered before TLS", "mailio#214",
           [](Policy& policy) { policy.after_tls = AfterTls::go_on; }},
    Defect{"scram_proof_unchecked", "believes a server that does not prove that it knows the password",
           "class of RFC 5802 9",
           [](Policy& policy) { policy.server_proof = sasl::ServerProof::is_taken_for_granted; }},
    Defect{"starttls_buffer_kept", "reads what came in the clear behind the reply to STARTTLS as if it came inside TLS",
           "CVE-2021-22947, CVE-2020-14954, nodemailer#1835",
           [](Policy& policy) { policy.clear_behind_tls = ClearBehindTls::read_as_if_secure; }},
    Defect{"starttls_downgrade", "goes on in the clear if there is no TLS to be had",
           "CVE-2016-0772, CVE-2021-22946, emailjs-smtp-client#20",
           [](Policy& policy) { policy.tls_refused = TlsRefused::go_on_in_the_clear; }},
    Defect{"tls_handshake_unbounded", "waits for ever for the TLS handshake", "CVE-2011-1947, kumomta#542, pynab#171",
           [](Policy& policy) { policy.limits[Wait::handshake] = std::nullopt; }},
    Defect{"tls_pending_ignored", "waits for the socket while decoded text waits in the TLS library",
           "suck 4.3.2, curl#17596, inn#269, KB Q239082",
           [](Policy& policy) { policy.channel.decoding = tls::Decoding::one_record_for_each_arrival; }},
    Defect{"tls_truncation_accepted", "takes the end of the connection for the end of what the server had to say",
           "class of RFC 8446 6.1", [](Policy& policy) { policy.cut = TlsCut::is_an_end; }},
    Defect{"tls_waits_for_peer_close", "waits for ever for the server to close TLS too",
           "Exim 2864, Postfix 2019-06-15", [](Policy& policy) { policy.tls_close = TlsClose::waits_for_the_server; }},
};

} // namespace

std::span<const Defect> tls_defects() { return table; }

} // namespace refclient
