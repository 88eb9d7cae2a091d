# How every target of this project is built: warnings are errors on both compilers, tools that speed
# up building are used where they are installed and never needed.

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

find_program(TERN_CCACHE ccache)
if(TERN_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${TERN_CCACHE})
endif()

add_library(tern_options INTERFACE)
target_include_directories(tern_options INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
target_compile_options(tern_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # With optimisation g++ 12 sees overlaps in string concatenation and reads of the other members of
  # a std::variant that are not there. clang and the sanitizers watch over both.
  target_compile_options(tern_options INTERFACE -Wno-restrict -Wno-maybe-uninitialized)
endif()
if(TERN_SANITIZE)
  target_compile_options(tern_options INTERFACE
    -fsanitize=${TERN_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(tern_options INTERFACE -fsanitize=${TERN_SANITIZE})
  if(TERN_SANITIZE STREQUAL "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Asio uses fences, which g++'s thread sanitizer warns that it does not follow.
    target_compile_options(tern_options INTERFACE -Wno-tsan)
  endif()
endif()
if(TERN_FUZZ)
  target_compile_options(tern_options INTERFACE -fsanitize=fuzzer-no-link)
endif()

# tern_library(NAME SOURCES... [DEPS ...] [PRIVATE_DEPS ...] [PURE])
# PURE: the sans-I/O parts, compiled without exceptions.
function(tern_library name)
  cmake_parse_arguments(ARG "PURE" "" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC tern_options ${ARG_DEPS} PRIVATE ${ARG_PRIVATE_DEPS})
  if(ARG_PURE)
    target_compile_options(${name} PRIVATE -fno-exceptions)
  endif()
endfunction()

# What the tests labelled unit and model need, and the fuzz targets: enough for a tree that runs
# nothing else.
add_custom_target(unit_tests)
add_custom_target(fuzz_targets)

# Seconds for a unit test. The thread sanitizer makes some of them thirty times as long.
set(TERN_UNIT_TIMEOUT 300)
if(TERN_SANITIZE STREQUAL "thread")
  set(TERN_UNIT_TIMEOUT 900)
endif()

# tern_test(NAME SOURCES... [DEPS ...]): a GoogleTest program, one ctest entry per program.
function(tern_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE tern_options ${ARG_DEPS} GTest::gtest GTest::gtest_main)
  add_dependencies(unit_tests ${name})
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "unit" TIMEOUT ${TERN_UNIT_TIMEOUT})
endfunction()

# tern_fuzz(NAME SOURCES... [DEPS ...]): under TERN_FUZZ a libFuzzer target, else a program that
# replays the committed seeds of fuzz/seeds/NAME, run by ctest.
function(tern_fuzz name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  if(TERN_FUZZ)
    add_executable(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE tern_options ${ARG_DEPS})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    add_dependencies(fuzz_targets ${name})
  else()
    add_executable(${name} ${ARG_SOURCES} ${PROJECT_SOURCE_DIR}/fuzz/replay_main.cc)
    target_link_libraries(${name} PRIVATE tern_options ${ARG_DEPS})
    add_dependencies(unit_tests ${name})
    add_test(NAME ${name} COMMAND ${name} ${PROJECT_SOURCE_DIR}/fuzz/seeds/${name})
    set_tests_properties(${name} PROPERTIES LABELS "unit" TIMEOUT ${TERN_UNIT_TIMEOUT})
  endif()
endfunction()
