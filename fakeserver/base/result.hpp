#pragma once

#include "fakeserver/base/check.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace postfault {

// What a reader of text returns: the value, or a sentence for people that says what was found and what was expected.
template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : value_(std::move(value)) {} // NOLINT(google-explicit-constructor): a value is a result

    // `where` counts octets from the start of the text that was read, so that a remark can point into it.
    static Result failed(std::string problem, std::size_t where = 0) {
        Result result;
        result.problem_ = std::move(problem);
        result.where_ = where;
        return result;
    }

    explicit operator bool() const { return value_.has_value(); }

    const T& operator*() const {
        POSTFAULT_CHECK(value_.has_value(), "the result was looked at before it was taken");
        return *value_;
    }

    const T* operator->() const { return &**this; }

    // Empty if there is a value.
    const std::string& problem() const { return problem_; }

    std::size_t where() const { return where_; }

private:
    Result() = default;

    std::optional<T> value_;
    std::string problem_;
    std::size_t where_ = 0;
};

} // namespace postfault
