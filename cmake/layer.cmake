# postfault_layer(NAME DEPENDS targets… [PRECOMPILE headers…])
#
# One folder of sources is one static library, and DEPENDS names every layer below it that it may include from. ci/check_layers.py
# compares the includes with these lines, so the picture in DESIGN.md stays true.
function(postfault_layer name)
  cmake_parse_arguments(LAYER "" "" "DEPENDS;PRECOMPILE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.hpp)
  add_library(${name} STATIC ${sources})
  target_sources(${name} PUBLIC FILE_SET HEADERS BASE_DIRS ${POSTFAULT_ROOT} FILES ${headers})
  target_include_directories(${name} PUBLIC ${POSTFAULT_ROOT})
  target_link_libraries(${name} PUBLIC postfault_settings ${LAYER_DEPENDS})
  postfault_precompile(${name} ${LAYER_PRECOMPILE})
endfunction()
