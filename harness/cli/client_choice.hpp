#pragma once

#include "fakeserver/scenario/scenario.hpp"
#include "harness/client/profile.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace postfault::cli {

// How a person names the client to test.
struct ClientChoice {
    std::string client;                 // --client: a bundled profile's name, a profile file, or a command line
    std::vector<std::string> command;   // behind `--`
    std::vector<std::string> arguments; // --client-arg
    scenario::Operation operation = scenario::Operation::send; // what a bare command line does
};

// The chosen profile, or nothing after a complaint that says what is wrong: no such profile, an error in it, a program
// that is not installed.
std::optional<client::Profile> choose_client(const ClientChoice& choice);

// All profiles that came with this program, by name.
std::vector<client::Profile> bundled_clients();

// Where the program of this command line is, as a shell would find it, the folder of this program first; empty =
// nowhere.
std::optional<std::filesystem::path> find_program(const std::string& name);

} // namespace postfault::cli
