#pragma once

#include "fakeserver/base/diagnostics.hpp"
#include "fakeserver/base/time.hpp"
#include "fakeserver/scenario/scenario.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postfault::client {

// How one operation is asked of a client. All texts are templates (template.hpp).
struct OperationProfile {
    std::vector<std::string> command;              // the words of the command line; no shell is involved
    std::vector<std::string> recipient;            // stands for the word `{recipients}`, once for each
    std::optional<std::vector<std::string>> login; // stands for the word `{login}`; none = it cannot log in
    // Stands for the word `{resolve}` where the server has several addresses; none = it cannot be told of them.
    std::optional<std::vector<std::string>> resolve;
    std::map<scenario::Tls, std::vector<std::string>> tls; // stands for the word `{tls}`; only what it can do
    std::vector<std::string> next; // appended for each further operation of the same process; empty = one process each
    std::vector<std::string> wait; // appended for a wait between two operations of the same process
    std::string stdin_file;        // empty = nothing
    std::string delivered;         // file in which the client leaves what it read, or `stdout`; empty = cannot be seen
};

// How to drive one client and how to read what it says.
struct Profile {
    enum class Limit {
        settable, // the command line sets it to T
        fixed,    // documented, `limit: 10s`; T is that, whatever was asked for
        unknown,
    };

    std::string name;
    std::string about;
    std::string package; // Debian package that has it
    Limit limit = Limit::unknown;
    Duration fixed_limit{0};
    bool ok_means_queued = false;
    std::string returned; // regular expression with one group, the result word; empty = it returns with its end
    std::map<int, scenario::ResultWord> results; // by exit status; 0 is ok unless stated
    scenario::ResultWord other_result = scenario::ResultWord::failure;
    std::map<std::string, std::string> environment;
    std::map<std::string, std::string> files; // below its home
    std::map<scenario::Operation, OperationProfile> operations;
    std::vector<std::string> extra_arguments; // --client-arg

    bool offers(scenario::Operation operation) const { return operations.contains(operation); }

    // Why the scenario cannot be asked of this client; empty if it can.
    std::string why_not(const scenario::Scenario& scenario) const;

    // The words that this client can tell apart.
    std::vector<std::string> result_words() const;
};

// Reads a profile file; all errors at once, the profile is only to be used if there are none.
Profile read_profile(std::string_view text, const std::string& name, const std::string& file, Diagnostics& diagnostics);

// A profile around a command line given by hand: one operation, results by exit status 0 or not. A command without
// {timeout} keeps its own limit, which is unknown unless stated.
Profile profile_of_command(std::vector<std::string> command, scenario::Operation operation);

} // namespace postfault::client
