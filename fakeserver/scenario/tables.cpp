#include "fakeserver/scenario/tables.hpp"

#include <algorithm>
#include <array>
#include <variant>

namespace postfault::scenario {

namespace {

constexpr std::array point_table{
    PointRow{Place::connect, "connect", "the client's SYN, or an accepted connection that has not seen an octet"},
    PointRow{Place::greeting, "greeting", "the greeting is due, nothing of it is sent"},
    PointRow{Place::verb, "VERB", "that command was received, its reply is unsent; MODE READER is the verb MODE"},
    PointRow{Place::reply, "VERB reply@OFFSET, greeting reply@OFFSET, accepted reply@OFFSET",
             "inside our reply, at that offset"},
    PointRow{Place::done, "VERB done, greeting done, accepted done", "our reply is sent in full"},
    PointRow{Place::body, "body@OFFSET", "inside the client's upload, after that many octets"},
    PointRow{Place::dot, "dot", "the end of the upload was received, nothing is stored"},
    PointRow{Place::accepted, "accepted", "the message is stored, the reply that says so is unsent"},
    PointRow{Place::tls_hello, "tls client-hello", "the client's first TLS message has come, our answer is unsent"},
    PointRow{Place::tls_reply, "tls client-hello reply@OFFSET", "inside our answer to it, counted on the wire"},
    PointRow{Place::tls_done, "tls done", "the handshake is over, nothing was said under TLS"},
    PointRow{Place::record, "VERB record@OFFSET, greeting record@OFFSET, accepted record@OFFSET",
             "inside the TLS records of our reply, counted on the wire"},
    PointRow{Place::idle, "idle D", "the client has said nothing for that time, and no reply is due"},
};

constexpr Places anywhere{Place::connect,  Place::greeting, Place::verb,     Place::reply,     Place::done,
                          Place::body,     Place::dot,      Place::accepted, Place::tls_hello, Place::tls_reply,
                          Place::tls_done, Place::record,   Place::idle};
constexpr Places outside_uploads{Place::connect,   Place::greeting, Place::verb,     Place::reply,
                                 Place::done,      Place::dot,      Place::accepted, Place::tls_hello,
                                 Place::tls_reply, Place::tls_done, Place::record};
constexpr Places beside_a_reply{Place::connect, Place::greeting, Place::verb,
                                Place::reply,   Place::done,     Place::accepted};
constexpr Places with_a_flow{Place::greeting, Place::verb,      Place::reply,     Place::body,
                             Place::accepted, Place::tls_hello, Place::tls_reply, Place::record};
constexpr Places with_output{Place::greeting,  Place::verb,      Place::reply, Place::accepted,
                             Place::tls_hello, Place::tls_reply, Place::record};
constexpr Places before_a_reply{Place::greeting, Place::verb, Place::body, Place::dot, Place::accepted};
constexpr Places with_a_correct_reply{Place::greeting, Place::verb, Place::accepted};
constexpr Places with_something_correct{Place::greeting, Place::verb, Place::accepted, Place::tls_hello};
constexpr Places at_connect{Place::connect};
constexpr Places at_client_hello{Place::tls_hello};
constexpr Places with_keys{Place::greeting, Place::verb,     Place::reply,     Place::done,    Place::body,
                           Place::dot,      Place::accepted, Place::tls_hello, Place::tls_done};
constexpr Places between_replies{Place::connect, Place::greeting, Place::verb, Place::done};

constexpr std::array action_table{
    ActionRow{"stall", "stall, stall D", "stall", "stops sending, for good without a time; input is still read",
              anywhere},
    ActionRow{"deaf", "deaf, deaf D", "deaf", "stops reading, for good without a time", anywhere},
    ActionRow{"freeze", "freeze, freeze D", "freeze", "stops sending and reading, for good without a time", anywhere},
    ActionRow{"delay", "delay D", "delay 0.8T", "goes on correctly, but later", outside_uploads},
    ActionRow{"drip", "drip N/D", "drip 1B/200ms",
              "sends (at body@ points: reads) that many octets at a time, with a pause between two", with_a_flow},
    ActionRow{"throttle", "throttle N/s", "throttle 2KiB/s", "sends (at body@ points: reads) at that rate",
              with_a_flow},
    ActionRow{"split", "split N, split lines", "split 1",
              "sends every N octets, or every line, as a TCP segment of its own", with_output},
    ActionRow{"reply", "reply CODE, reply CODE TEXT", "reply 451 4.3.0 try later",
              "answers with this instead of the correct reply; CRLF is added", before_a_reply},
    ActionRow{"edit", "edit + LINE, edit - WORD, edit s/A/B/", "edit - PIPELINING",
              "changes the correct reply: adds a line, drops a word or the line that holds it, replaces text",
              with_a_correct_reply},
    ActionRow{"inject", "inject LINE", "inject 250 surplus", "sends a line that nobody asked for; CRLF is added",
              anywhere},
    ActionRow{"garbage", "garbage N", "garbage 64", "sends that many random octets, drawn from the run's seed",
              anywhere},
    ActionRow{"flood", "flood N, flood N lines, flood N line", "flood 64MiB lines",
              "sends that many octets of valid-looking lines, or of one line without an end", beside_a_reply},
    ActionRow{"flip", "flip @N", "flip @3", "turns over the lowest bit of one octet of the reply, counted from 0",
              with_something_correct},
    ActionRow{"refuse", "refuse", "refuse", "the kernel answers the SYN with RST", at_connect},
    ActionRow{"blackhole", "blackhole", "blackhole", "the SYN is never answered", at_connect},
    ActionRow{"accept-late", "accept-late D", "accept-late 0.8T",
              "the kernel accepts the connection at once, the server only later", at_connect},
    ActionRow{"fin", "fin", "fin", "ends our side, reads on, and closes when the client has closed", anywhere},
    ActionRow{"half-close", "half-close", "half-close", "ends our side, reads on and keeps the connection", anywhere},
    ActionRow{"reset", "reset", "reset", "sends RST at once", anywhere},
    ActionRow{"cut", "cut", "cut", "TLS: FIN without close_notify; else as fin", anywhere},
    ActionRow{"alert", "alert NAME", "alert internal_error",
              "TLS: sends that alert, and FIN if nothing else follows; NAME as in RFC 8446", with_keys},
    ActionRow{"cert", "cert KIND", "cert expired", "TLS: shows a certificate of that kind", at_client_hello},
    ActionRow{"tls", "tls", "tls", "takes what comes for TLS from here on, although nobody has asked for it",
              between_replies},
};

constexpr std::size_t supported_actions() {
    std::size_t count = 0;
    while (count < action_table.size() && action_table[count].supported)
        ++count;
    return count;
}

static_assert(supported_actions() == std::variant_size_v<Action>, "one row for each action, in the variant's order");

constexpr std::array<std::string_view, 14> smtp_verbs{"EHLO", "HELO", "MAIL", "RCPT", "DATA", "RSET",     "NOOP",
                                                      "VRFY", "EXPN", "HELP", "QUIT", "AUTH", "STARTTLS", "BDAT"};
constexpr std::array<std::string_view, 27> nntp_verbs{
    "CAPABILITIES", "MODE", "GROUP", "LISTGROUP", "LIST",     "ARTICLE",  "HEAD",      "BODY",     "STAT",
    "NEXT",         "LAST", "OVER",  "XOVER",     "HDR",      "XHDR",     "NEWGROUPS", "NEWNEWS",  "POST",
    "IHAVE",        "DATE", "HELP",  "QUIT",      "AUTHINFO", "STARTTLS", "CHECK",     "TAKETHIS", "COMPRESS"};

// RFC 2033 4.1: LHLO instead of EHLO and HELO.
constexpr std::array<std::string_view, 13> lmtp_verbs{"LHLO", "MAIL", "RCPT", "DATA", "RSET",     "NOOP", "VRFY",
                                                      "EXPN", "HELP", "QUIT", "AUTH", "STARTTLS", "BDAT"};

constexpr std::array protocol_table{ProtocolRow{Protocol::smtp, "smtp", smtp_verbs},
                                    ProtocolRow{Protocol::nntp, "nntp", nntp_verbs},
                                    ProtocolRow{Protocol::lmtp, "lmtp", lmtp_verbs}};

constexpr std::array operation_table{
    OperationRow{Operation::send, "send", Protocol::smtp, true, false,
                 "hands one message over, as a program that submits mail does"},
    OperationRow{Operation::post, "post", Protocol::nntp, true, false, "posts one article"},
    OperationRow{Operation::read, "read", Protocol::nntp, false, false, "reads one article"},
    OperationRow{
        Operation::relay, "relay", Protocol::smtp, true, true,
        "passes one message on, as a server with a queue does: it keeps its connections, and tries again after a "
        "failure that may pass"},
    OperationRow{Operation::deliver, "deliver", Protocol::lmtp, true, false, "hands one message over by LMTP"},
    OperationRow{Operation::feed, "feed", Protocol::nntp, true, true,
                 "offers one article to another server, by IHAVE or TAKETHIS"},
};

constexpr std::array<std::string_view, 1> later_operation_names{"fetch"};

constexpr std::array log_in_table{
    LogInRow{LogIn::user, "USER", false, "AUTHINFO USER and AUTHINFO PASS (RFC 4643)"},
    LogInRow{LogIn::plain, "PLAIN", true, "AUTH PLAIN (RFC 4616)"},
    LogInRow{LogIn::login, "LOGIN", true, "AUTH LOGIN, user and password asked for one after the other"},
    LogInRow{LogIn::cram_md5, "CRAM-MD5", true, "AUTH CRAM-MD5 (RFC 2195)"},
    LogInRow{LogIn::scram_sha_256, "SCRAM-SHA-256", true, "AUTH SCRAM-SHA-256 (RFC 7677)"},
    LogInRow{LogIn::xoauth2, "XOAUTH2", true, "AUTH XOAUTH2, with the password as the token"},
};

constexpr std::array result_table{
    WordRow<ResultWord>{ResultWord::ok, "ok", "the client says that it worked"},
    WordRow<ResultWord>{ResultWord::temp, "temp", "it failed for now, a later try may work"},
    WordRow<ResultWord>{ResultWord::perm, "perm", "it failed for good"},
    WordRow<ResultWord>{ResultWord::uncertain, "uncertain", "the final reply was lost, so nobody knows"},
    WordRow<ResultWord>{ResultWord::failure, "failure", "any of temp, perm and uncertain"},
};

constexpr std::array close_table{
    WordRow<CloseKind>{CloseKind::quit, "quit", "QUIT, then the end of the connection"},
    WordRow<CloseKind>{CloseKind::fin, "fin", "FIN without QUIT"},
    WordRow<CloseKind>{CloseKind::reset, "reset", "RST"},
    WordRow<CloseKind>{CloseKind::notify, "notify", "TLS close_notify, with or without QUIT before it"},
};

constexpr std::array stored_table{
    WordRow<StoredWord>{StoredWord::once, "once", "the server has stored the message exactly once"},
    WordRow<StoredWord>{StoredWord::never, "never", "the server has never stored it"},
    WordRow<StoredWord>{StoredWord::at_most_once, "at most once", "the server has stored it once or not at all"},
};

constexpr std::array received_table{
    WordRow<ReceivedWord>{ReceivedWord::intact, "intact", "the client has the article as it is on the server"},
    WordRow<ReceivedWord>{ReceivedWord::never, "never", "the client has taken no article as received"},
};

constexpr std::array tls_table{
    WordRow<Tls>{Tls::none, "none", "the server speaks no TLS"},
    WordRow<Tls>{Tls::starttls, "starttls", "the server offers STARTTLS; what it can do without, it still does"},
    WordRow<Tls>{Tls::implicit, "implicit", "the connection begins with TLS"},
};

constexpr std::array cert_table{
    WordRow<CertificateKind>{CertificateKind::good, "good", "for `localhost` and the loopback addresses, as always"},
    WordRow<CertificateKind>{CertificateKind::expired, "expired", "its time was over yesterday"},
    WordRow<CertificateKind>{CertificateKind::not_yet_valid, "not-yet-valid", "its time begins tomorrow"},
    WordRow<CertificateKind>{CertificateKind::wrong_host, "wrong-host", "for `other.example.test`"},
    WordRow<CertificateKind>{CertificateKind::self_signed, "self-signed", "nobody but itself has signed it"},
    WordRow<CertificateKind>{CertificateKind::unknown_ca, "unknown-ca",
                             "signed by a root that the client was not told of"},
    WordRow<CertificateKind>{CertificateKind::weak_key, "weak-key", "an RSA key of 1024 bits"},
    WordRow<CertificateKind>{CertificateKind::missing_intermediate, "missing-intermediate",
                             "signed by an intermediate that the server does not send along"},
};

constexpr std::array encoding_table{
    WordRow<Encoding>{Encoding::text, "text", "lines of text"},
    WordRow<Encoding>{Encoding::yenc, "yenc", "random octets as a yEnc block with its checksum"},
};

constexpr std::array line_ends_table{
    WordRow<LineEnds>{LineEnds::crlf, "crlf", "CRLF everywhere"},
    WordRow<LineEnds>{LineEnds::lf, "lf", "LF everywhere, as files of this system have it"},
    WordRow<LineEnds>{LineEnds::mixed, "mixed", "CRLF and LF in turn"},
    WordRow<LineEnds>{LineEnds::cr, "cr", "CRLF in the header, CR alone in the body"},
    WordRow<LineEnds>{LineEnds::unfinished, "unfinished", "CRLF, but nothing behind the last line"},
};

constexpr std::array smuggle_table{
    WordRow<std::string_view>{"\r\n.\r\n", "CRLF.CRLF", "the true end, unless its dot is doubled"},
    WordRow<std::string_view>{"\n.\n", "LF.LF", "the end for servers that take LF for a line end"},
    WordRow<std::string_view>{"\n.\r\n", "LF.CRLF", "the same, with a true line end behind the dot"},
    WordRow<std::string_view>{"\r\n.\n", "CRLF.LF", "the same, with a true line end before the dot"},
    WordRow<std::string_view>{"\r.\r", "CR.CR", "the end for servers that take CR for a line end"},
    WordRow<std::string_view>{"\r.\r\n", "CR.CRLF", "the same, with a true line end behind the dot"},
    WordRow<std::string_view>{"\r\n.\r", "CRLF.CR", "the same, with a true line end before the dot"},
    WordRow<std::string_view>{"\r.\n", "CR.LF", "both alone"},
    WordRow<std::string_view>{"\n.\r", "LF.CR", "both alone"},
};

// The file may say all that a scenario may say; `scenarios` comes first, so that the rest is one span.
constexpr std::array file_keys{
    KeyRow{"scenarios", "{NAME: {…}, …}", "the scenarios by name"},
    KeyRow{"proto", "smtp, nntp, lmtp", "the protocol"},
    KeyRow{"operation", "send, post, read, relay, deliver, feed",
           "what the client is asked to do; without it smtp sends and lmtp delivers"},
    KeyRow{"why", "TEXT", "the reason, for people"},
    KeyRow{"refs", "TEXT, [TEXT, …]", "RFC sections, bug reports, labels"},
    KeyRow{"fault", "{at: …, do: …}, none", "the one fault; `none` is a healthy run"},
    KeyRow{"faults", "[{at: …, do: …}, …]", "several faults"},
    KeyRow{"expect", "{result: …, …}", "what a correct client does"},
    KeyRow{"steps", "[OPERATION, OPERATION xN, wait D, …]",
           "several operations in one client process; faults act on the first step"},
    KeyRow{"message", "{size: N, recipients: N, line_ends: KIND, smuggle: END}", "the message to send or post"},
    KeyRow{"articles", "N, {count: N, size: N, encoding: yenc}", "the articles in the server's group, for read"},
    KeyRow{"groups", "[NAME, …], {NAME: N, …}", "the server's newsgroups, and how many articles are in each"},
    KeyRow{"server", "{capabilities: […], auth: […], …}", "what the server offers and wants"},
    KeyRow{"xfail", "{client: NAME, why: TEXT}, […]", "a client that is known to fail here"},
    KeyRow{"matrix", "{NAME: [VALUE, …], …}", "one scenario for each combination of values"},
    KeyRow{"script", "TEXT", "a dialogue written by hand, instead of server and faults"},
};

constexpr std::array fault_keys{
    KeyRow{"at", "POINT", "where"},
    KeyRow{"do", "ACTION, [ACTION, …]", "what, in this order"},
    KeyRow{"conn", "3, 1..2, 3+, 3+2", "on which connections, counted from 1; without it on every one"},
    KeyRow{"nth", "3, 1..2, 3+, 3+2", "at which occurrences on a connection; without it at every one"},
    KeyRow{"address", "N", "on which of the server's addresses, counted from 1; without it on every one"},
    KeyRow{"p", "N%", "how probable, drawn from the run's seed; without it certain"},
    KeyRow{"optional", "true, false",
           "whether a correct client may never come there; without it the fault has to happen"},
    KeyRow{"if", "{recipient: GLOB, …}", "only where all of this holds"},
};

constexpr std::array condition_keys{
    KeyRow{"recipient", "GLOB", "a recipient of the message; at RCPT the one that it names"},
    KeyRow{"message-id", "GLOB", "of the message or article, announced, asked for or uploaded"},
    KeyRow{"hello", "GLOB", "the name in EHLO, HELO or LHLO"},
};

constexpr std::array expect_keys{
    KeyRow{"result", "ok, temp, perm, uncertain, failure, WORD or WORD, [WORD, …]", "what the client says"},
    KeyRow{"exit", "N", "the exit status of its process"},
    KeyRow{"gives_up", "FROM..TO", "from the fault to the client's QUIT, FIN or RST"},
    KeyRow{"ends", "FROM..TO", "from the start of the client's process to its end"},
    KeyRow{"close", "quit, fin, reset, notify, WORD or WORD, [WORD, …]", "how the client ends its connection"},
    KeyRow{"connects", "3, 1..2, 1+", "how many connections it opens"},
    KeyRow{"addresses", "N, [N, …]", "which addresses of the server it tries, in this order, and no others"},
    KeyRow{"backoff", "FROM..TO", "from the end of a connection to the next connect"},
    KeyRow{"stored", "once, never, at most once", "what the server has stored; not for read"},
    KeyRow{"received", "intact, never", "what the client has received; for read"},
    KeyRow{"never", "VERB, [VERB, …]", "commands that must not be seen"},
    KeyRow{"rss", "N, ..N", "the most memory that the client may use"},
    KeyRow{"log", "/REGEX/", "the client's output holds this; ECMAScript"},
};

constexpr std::array message_keys{
    KeyRow{"size", "N", "octets of the body at least; without it a short text"},
    KeyRow{"recipients", "N", "how many; 1 without it"},
    KeyRow{"line_ends", "crlf, lf, mixed, cr, unfinished", "of the file that the client is given; crlf without it"},
    KeyRow{"smuggle", "LF.LF, LF.CRLF, CR.CR, …",
           "the body holds that end of a message, true or false, and behind it commands with another message"},
};

constexpr std::array articles_keys{
    KeyRow{"count", "N", "how many; 3 without it"},
    KeyRow{"size", "N", "octets of each body at least, of yEnc before it is encoded; without it a short text"},
    KeyRow{"encoding", "text, yenc", "what the bodies are made of; text without it"},
};

constexpr std::array server_keys{
    KeyRow{"capabilities", "[TEXT, …]", "replaces the extensions that the server offers"},
    KeyRow{"auth", "[METHOD, …]", "how clients can log in; the server then wants them to"},
    KeyRow{"tls", "none, starttls, implicit", "how the server offers TLS; without it not at all"},
    KeyRow{"addresses", "N", "how many addresses the server's name has, up to 4; 1 without it"},
    KeyRow{"buffer", "N", "octets that it keeps of what comes; it reads no more until its replies are taken"},
};

constexpr std::array xfail_keys{
    KeyRow{"client", "NAME", "the client's profile; without it every client"},
    KeyRow{"why", "TEXT", "the reason"},
};

} // namespace

Place place_of(const Point& point) {
    switch (point.kind) {
    case Point::Kind::connect:
        return Place::connect;
    case Point::Kind::reply:
        return point.subject == client_hello ? Place::tls_reply : Place::reply;
    case Point::Kind::done:
        return point.subject == "tls" ? Place::tls_done : Place::done;
    case Point::Kind::record:
        return Place::record;
    case Point::Kind::body:
        return Place::body;
    case Point::Kind::idle:
        return Place::idle;
    case Point::Kind::received:
        break;
    }
    if (point.subject == client_hello)
        return Place::tls_hello;
    if (point.subject == "greeting")
        return Place::greeting;
    if (point.subject == "dot")
        return Place::dot;
    if (point.subject == "accepted")
        return Place::accepted;
    return Place::verb;
}

std::span<const PointRow> point_rows() { return point_table; }

std::span<const ActionRow> action_rows() { return action_table; }

const ActionRow& row_of(const Action& action) { return action_table[action.index()]; }

std::span<const ProtocolRow> protocol_rows() { return protocol_table; }

const ProtocolRow& row_of(Protocol protocol) { return protocol_table[static_cast<std::size_t>(protocol)]; }

std::span<const OperationRow> operation_rows() { return operation_table; }

const OperationRow& row_of(Operation operation) { return operation_table[static_cast<std::size_t>(operation)]; }

std::span<const std::string_view> later_operations() { return later_operation_names; }

std::optional<Operation> usual_operation(Protocol protocol) {
    switch (protocol) {
    case Protocol::smtp:
        return Operation::send;
    case Protocol::lmtp:
        return Operation::deliver;
    case Protocol::nntp:
        break;
    }
    return std::nullopt;
}

std::span<const LogInRow> log_in_rows() { return log_in_table; }

const LogInRow& row_of(LogIn method) { return log_in_table[static_cast<std::size_t>(method)]; }

std::span<const WordRow<ResultWord>> result_rows() { return result_table; }

std::span<const WordRow<CloseKind>> close_rows() { return close_table; }

std::span<const WordRow<StoredWord>> stored_rows() { return stored_table; }

std::span<const WordRow<ReceivedWord>> received_rows() { return received_table; }

std::span<const WordRow<Tls>> tls_rows() { return tls_table; }

std::span<const WordRow<CertificateKind>> cert_rows() { return cert_table; }

std::span<const WordRow<Encoding>> encoding_rows() { return encoding_table; }

std::span<const WordRow<LineEnds>> line_ends_rows() { return line_ends_table; }

std::span<const WordRow<std::string_view>> smuggle_rows() { return smuggle_table; }

std::span<const KeyRow> key_rows(Object object) {
    switch (object) {
    case Object::file:
        return file_keys;
    case Object::scenario:
        return std::span{file_keys}.subspan(1);
    case Object::fault:
        return fault_keys;
    case Object::condition:
        return condition_keys;
    case Object::expect:
        return expect_keys;
    case Object::message:
        return message_keys;
    case Object::articles:
        return articles_keys;
    case Object::server:
        return server_keys;
    case Object::xfail:
        return xfail_keys;
    }
    return {};
}

std::vector<std::string_view> key_names(Object object) {
    std::vector<std::string_view> names;
    for (const KeyRow& row : key_rows(object))
        names.push_back(row.name);
    return names;
}

} // namespace postfault::scenario
