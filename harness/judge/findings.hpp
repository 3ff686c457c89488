#pragma once

#include "harness/judge/verdict.hpp"

#include <string>
#include <utility>
#include <vector>

namespace postfault::judge {

// What the checks of one run say. A check may say several things, or nothing, which is good.
struct Findings {
    std::vector<Reason> broken;
    std::vector<Reason> busy; // would be broken, but by less than what the machine may have added
    std::vector<Reason> not_observable;
    std::vector<std::string> notes;

    // `late` is how far a measured time lies outside its bounds, `noise` what the machine may have added to it.
    void broken_by(Duration late, Duration noise, Reason reason) {
        (late <= noise ? busy : broken).push_back(std::move(reason));
    }

    bool has(std::string_view code) const {
        for (const Reason& reason : broken)
            if (reason.code == code)
                return true;
        return false;
    }
};

} // namespace postfault::judge
