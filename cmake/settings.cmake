# Language, warnings and build options. Everything here holds for all of postfault's own code.

# The repository, also when postfault is part of a larger build.
cmake_path(GET CMAKE_CURRENT_LIST_DIR PARENT_PATH POSTFAULT_ROOT)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

option(POSTFAULT_TESTS "Build the tests" ON)
option(POSTFAULT_FUZZ "Build the fuzz targets (clang only)" OFF)
option(POSTFAULT_WERROR "Treat warnings as errors" OFF)
set(POSTFAULT_SANITIZE "" CACHE STRING "Sanitizers to build with, e.g. address,undefined")

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

add_library(postfault_settings INTERFACE)
target_compile_options(
  postfault_settings
  INTERFACE -Wall
            -Wextra
            -Wpedantic
            -Wshadow
            -Wconversion
            -Wold-style-cast
            -Wnon-virtual-dtor
            -Woverloaded-virtual
            -Wnull-dereference
            -Wundef)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
  # Wrong about variants and coroutines from -O1 on.
  target_compile_options(postfault_settings INTERFACE -Wno-maybe-uninitialized -Wno-mismatched-new-delete)
  # And about the standard library's own vectors, strings and streams from -O2 on.
  target_compile_options(
    postfault_settings
    INTERFACE $<$<CONFIG:Release>:-Wno-null-dereference>
              $<$<CONFIG:Release>:-Wno-restrict>
              $<$<CONFIG:Release>:-Wno-array-bounds>
              $<$<CONFIG:Release>:-Wno-stringop-overflow>
              $<$<CONFIG:Release>:-Wno-stringop-overread>)
endif()
if(POSTFAULT_WERROR)
  target_compile_options(postfault_settings INTERFACE -Werror)
endif()
if(POSTFAULT_FUZZ)
  target_compile_options(postfault_settings INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(POSTFAULT_SANITIZE)
  target_compile_options(postfault_settings INTERFACE -fsanitize=${POSTFAULT_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(postfault_settings INTERFACE -fsanitize=${POSTFAULT_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    # Coroutine frames have no type information; clang 14 reports every resume otherwise.
    target_compile_options(postfault_settings INTERFACE -fno-sanitize=function)
  endif()
endif()
