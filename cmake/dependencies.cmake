# Third-party libraries, all from the distribution's packages. Their headers are system headers: their warnings are not ours.

find_package(Threads REQUIRED)
find_package(Boost 1.74 REQUIRED) # headers only: Asio
find_package(yaml-cpp REQUIRED)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(pugixml REQUIRED)
if(POSTFAULT_TESTS)
  find_package(Catch2 2.13 REQUIRED)
endif()

# yaml-cpp 0.7 names its target without a namespace, 0.8 with one.
if(NOT TARGET yaml-cpp::yaml-cpp)
  add_library(yaml-cpp::yaml-cpp ALIAS yaml-cpp)
endif()
