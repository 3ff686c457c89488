# Headers that nearly every source includes are compiled once, and the heavy ones once for the few targets that need them: they
# were more than a third of a build. Every source still names what it uses; clang builds without any of this and would notice.
#
# postfault_precompile(TARGET [HEADERS…])    with HEADERS a precompiled header of its own, else the common one
set(POSTFAULT_COMMON_HEADERS <algorithm> <cstdint> <functional> <map> <memory> <optional> <string> <string_view> <utility> <variant>
                             <vector> <fmt/format.h>)

add_library(postfault_common OBJECT ${CMAKE_CURRENT_LIST_DIR}/precompiled.cpp)
target_link_libraries(postfault_common PRIVATE postfault_settings fmt::fmt)

function(postfault_precompile target)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    return()
  endif()
  if(ARGN)
    target_precompile_headers(${target} PRIVATE ${POSTFAULT_COMMON_HEADERS} ${ARGN})
  elseif(target STREQUAL "postfault_common")
    target_precompile_headers(${target} PRIVATE ${POSTFAULT_COMMON_HEADERS})
  else()
    target_precompile_headers(${target} REUSE_FROM postfault_common)
  endif()
endfunction()

postfault_precompile(postfault_common)
