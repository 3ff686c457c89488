#pragma once

#include "fakeserver/base/check.hpp"

#include <optional>
#include <string>
#include <utility>

namespace postfault::process {

// As Result, for things that have one owner and so must be moved out: `Child child = made.take();`.
template <class T>
class [[nodiscard]] Made {
public:
    Made(T value) : value_(std::move(value)) {} // NOLINT(google-explicit-constructor): a value is a result

    static Made failed(std::string problem) {
        Made made;
        made.problem_ = std::move(problem);
        return made;
    }

    explicit operator bool() const { return value_.has_value(); }

    T& operator*() {
        POSTFAULT_CHECK(value_.has_value(), "what could not be made was looked at");
        return *value_;
    }

    T* operator->() { return &**this; }

    T take() { return std::move(**this); }

    // Empty if there is a value.
    const std::string& problem() const { return problem_; }

private:
    Made() = default;

    std::optional<T> value_;
    std::string problem_;
};

} // namespace postfault::process
