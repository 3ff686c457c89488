#include "fakeserver/base/glob.hpp"

#include "fakeserver/base/text.hpp"

namespace postfault {

bool matches_glob(std::string_view text, std::string_view glob, Letters letters) {
    const auto same = [letters](char left, char right) {
        return left == right || (letters == Letters::either_case &&
                                 equals_ignoring_case(std::string_view(&left, 1), std::string_view(&right, 1)));
    };
    std::size_t at = 0;
    std::size_t in_glob = 0;
    // Where to go on if the last star has to take one octet more. Earlier stars need not be tried again.
    std::size_t star = std::string_view::npos;
    std::size_t taken_to = 0;
    while (at < text.size()) {
        if (in_glob < glob.size() && glob[in_glob] == '*') {
            star = in_glob++;
            taken_to = at;
        } else if (in_glob < glob.size() && (glob[in_glob] == '?' || same(glob[in_glob], text[at]))) {
            ++in_glob;
            ++at;
        } else if (star != std::string_view::npos) {
            in_glob = star + 1;
            at = ++taken_to;
        } else {
            return false;
        }
    }
    while (in_glob < glob.size() && glob[in_glob] == '*')
        ++in_glob;
    return in_glob == glob.size();
}

} // namespace postfault
