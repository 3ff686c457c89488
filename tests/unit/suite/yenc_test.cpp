#include "fakeserver/base/rng.hpp"
#include "fakeserver/base/text.hpp"
#include "harness/suite/yenc.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace postfault;
using namespace postfault::suite;

namespace {

// As a reader would undo it.
std::string decoded(std::string_view block) {
    std::string bytes;
    bool inside = false;
    for (std::size_t at = 0; at < block.size();) {
        const std::size_t end = block.find("\r\n", at);
        REQUIRE(end != std::string_view::npos);
        const std::string_view line = block.substr(at, end - at);
        at = end + 2;
        if (line.starts_with("=ybegin ") || line.starts_with("=yend ")) {
            inside = line.starts_with("=ybegin ");
            continue;
        }
        REQUIRE(inside);
        CHECK(line.size() <= 129);
        for (std::size_t i = 0; i < line.size(); ++i) {
            auto octet = static_cast<unsigned char>(line[i]);
            CHECK((octet != 0 && octet != '\r' && octet != '\n'));
            if (octet == '=')
                octet = static_cast<unsigned char>(static_cast<unsigned char>(line.at(++i)) - 64);
            bytes += static_cast<char>(octet - 42);
        }
    }
    return bytes;
}

} // namespace

TEST_CASE("the checksum is that of zlib", "[suite][yenc]") {
    CHECK(crc32_of("") == 0);
    CHECK(crc32_of("123456789") == 0xcbf43926U);
}

TEST_CASE("a yEnc block can be undone, whatever is in it", "[suite][yenc][property]") {
    std::string every;
    for (int octet = 0; octet < 256; ++octet)
        every += std::string(3, static_cast<char>(octet));
    for (const std::string& bytes : {std::string(), std::string("x"), every, std::string(1000, '\xd6'),
                                     std::string(130, '\xf6'), Rng(7).bytes(100'000)}) {
        const std::string block = as_yenc(bytes, "a.bin");
        CHECK(decoded(block) == bytes);
        CHECK(block.starts_with("=ybegin line=128 size=" + std::to_string(bytes.size()) + " name=a.bin\r\n"));
        CHECK(block.find("\r\n=yend size=" + std::to_string(bytes.size()) + " crc32=") != std::string::npos);
    }
    CHECK(as_yenc("123456789", "n").ends_with("=yend size=9 crc32=cbf43926\r\n"));
}
