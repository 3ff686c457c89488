#include "tests/support/source_dir.hpp"

// Only this file knows where the repository lies, so that everything else compiles to the same in any clone and comes
// out of the compiler's cache.
std::filesystem::path source_dir() { return POSTFAULT_SOURCE_DIR; }
