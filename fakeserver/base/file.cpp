#include "fakeserver/base/file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace postfault {

Result<std::string> read_file(const std::string& path, std::size_t most) {
    const auto failed = [] { return Result<std::string>::failed(std::strerror(errno)); };
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), &std::fclose);
    if (!file)
        return failed();
    std::string bytes;
    std::array<char, 64 * 1024> buffer;
    while (bytes.size() < most) {
        const std::size_t count =
            std::fread(buffer.data(), 1, std::min(buffer.size(), most - bytes.size()), file.get());
        if (count == 0)
            break;
        bytes.append(buffer.data(), count);
    }
    if (std::ferror(file.get()) != 0)
        return failed();
    return bytes;
}

} // namespace postfault
