#pragma once

#include <filesystem>

// The repository that this test was built from: the corpus, the golden records and the pages of docs/ lie there.
std::filesystem::path source_dir();
