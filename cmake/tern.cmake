# How every target of this project is built: warnings are errors on both compilers, tools that speed
# up building are used where they are installed and never needed.

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

find_program(TERN_CCACHE ccache)
if(TERN_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${TERN_CCACHE})
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
# Sanitizers and hardening, also for code that is not ours.
add_library(tern_sanitizers INTERFACE)
target_link_libraries(tern_options INTERFACE tern_sanitizers)
if(TERN_SANITIZE)
  target_compile_options(tern_sanitizers INTERFACE
    -fsanitize=${TERN_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  if(TERN_SANITIZE MATCHES "address")
    # The address sanitizer sees such accesses itself. To look twice is a fifth of the build.
    target_compile_options(tern_sanitizers INTERFACE -fno-sanitize=null,object-size,vptr)
  endif()
  target_link_options(tern_sanitizers INTERFACE -fsanitize=${TERN_SANITIZE})
  if(TERN_SANITIZE STREQUAL "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Asio uses fences, which g++'s thread sanitizer warns that it does not follow.
    target_compile_options(tern_sanitizers INTERFACE -Wno-tsan)
  endif()
endif()
# Counters that show libFuzzer which code an input reached: in the code that reads a stranger's
# octets, and in no other.
add_library(tern_counters INTERFACE)
if(TERN_FUZZ)
  target_compile_options(tern_counters INTERFACE -fsanitize=fuzzer-no-link)
endif()
# Options of tests, of generated code, and of code that is not on the way of an UPDATE, in trees of
# the type Debug. With optimisation such code takes up to three times as long to compile, and runs
# seldom.
add_library(tern_unoptimised INTERFACE)
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_options(tern_unoptimised INTERFACE -O0)
endif()
# Code that is for people and for starts, in releases: small rather than fast, because a megabyte of
# code is a megabyte of memory.
add_library(tern_small INTERFACE)
if(CMAKE_BUILD_TYPE MATCHES "^Rel")
  target_compile_options(tern_small INTERFACE -Os)
endif()
# Of the sanitizers only that of addresses, or of threads: for tests, and for code that is neither
# on the way of an UPDATE nor fuzzed. The other checks are a fifth of the build.
add_library(tern_less_sanitized INTERFACE)
if(TERN_SANITIZE MATCHES "undefined")
  target_compile_options(tern_less_sanitized INTERFACE -fno-sanitize=undefined)
endif()
if(TERN_CCACHE AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # What ccache needs to know a precompiled header again.
  target_compile_options(tern_options INTERFACE "SHELL:-Xclang -fno-pch-timestamp")
elseif(TERN_CCACHE)
  target_compile_options(tern_options INTERFACE -fpch-preprocess)
endif()

# Hardens shipped programs against their own faults: fortified calls of the C library, canaries on
# the stack and probes of the stack, landing pads for jumps, no writable tables of addresses, and no
# fixed addresses. tests/hardening_test.py checks the linked program for them.
add_library(tern_hardened INTERFACE)
target_compile_options(tern_hardened INTERFACE
  -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -fPIE)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_compile_options(tern_hardened INTERFACE -fcf-protection=full)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # In fortified calls, g++ 12 reports the same overlaps (above) as accesses out of bounds.
  target_compile_options(tern_hardened INTERFACE -Wno-array-bounds -Wno-stringop-overflow)
endif()
target_link_options(tern_hardened INTERFACE -pie -Wl,-z,relro,-z,now,-z,noexecstack)
string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
if(build_type MATCHES "^REL" AND NOT TERN_SANITIZE AND NOT TERN_FUZZ)
  set(shipped ON)
else()
  set(shipped OFF)  # fortified calls need optimisation; sanitizers see more
endif()
option(TERN_HARDEN "Harden the programs" ${shipped})
if(TERN_HARDEN)
  target_link_libraries(tern_sanitizers INTERFACE tern_hardened)
endif()

# tern_program(NAME): an installed program, in the build folder. With TERN_HARDEN, the build fails
# when the program is not hardened. Without TERN_FAULT_POINTS, it fails when the program has some.
function(tern_program name)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
  if(TERN_HARDEN)
    find_package(Python3 COMPONENTS Interpreter REQUIRED)
    add_custom_command(TARGET ${name} POST_BUILD VERBATIM
      COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/hardening_test.py
        $<TARGET_FILE:${name}>)
  endif()
  if(NOT TERN_FAULT_POINTS)
    find_package(Python3 COMPONENTS Interpreter REQUIRED)
    add_custom_command(TARGET ${name} POST_BUILD VERBATIM
      COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/tests/fault_points_test.py
        $<TARGET_FILE:${name}> absent)
  endif()
endfunction()

# Shipped programs are optimised as a whole when they are linked: a third less code, and so a
# megabyte less memory.
function(tern_optimise_whole_programs)
  if(NOT shipped)
    return()
  endif()
  include(CheckIPOSupported)
  check_ipo_supported(RESULT supported OUTPUT why LANGUAGES CXX)
  if(NOT supported)
    message(STATUS "No optimisation of whole programs: ${why}")
  endif()
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ${supported} PARENT_SCOPE)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # Over a whole program g++ 12 thinks that a size that was checked can be the greatest of all.
    add_link_options(-Wno-alloc-size-larger-than)
  endif()
endfunction()

# The parts of Boost.Asio and Beast that need not be compiled again with every file that uses them.
function(tern_asio_library)
  add_library(tern_asio STATIC ${PROJECT_SOURCE_DIR}/cmake/asio.cc)
  target_link_libraries(tern_asio PUBLIC tern_sanitizers Boost::headers Threads::Threads
    PRIVATE tern_unoptimised tern_less_sanitized)
  target_compile_definitions(tern_asio
    PUBLIC BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION)
  # With TLS, for the few that use it.
  add_library(tern_asio_ssl STATIC ${PROJECT_SOURCE_DIR}/cmake/asio_ssl.cc)
  target_link_libraries(tern_asio_ssl PUBLIC tern_asio OpenSSL::SSL OpenSSL::Crypto
    PRIVATE tern_unoptimised tern_small tern_less_sanitized)
endfunction()

# Precompiled headers, one for each way in which files are compiled. Most of the time of a small
# file goes into the headers of the standard library, Asio, Protobuf and GoogleTest.
set(TERN_STD_HEADERS <algorithm> <array> <atomic> <bit> <cassert> <charconv> <chrono> <compare>
  <cstddef> <cstdint> <cstring> <deque> <functional> <limits> <map> <memory> <optional> <set> <span>
  <string> <string_view> <unordered_map> <utility> <variant> <vector>)

# tern_precompiled(NAME HEADERS... LINK...) [PURE]
function(tern_precompiled name)
  cmake_parse_arguments(ARG "PURE" "" "HEADERS;LINK" ${ARGN})
  file(GENERATE OUTPUT ${PROJECT_BINARY_DIR}/precompiled/${name}.cc CONTENT "")
  add_library(${name} OBJECT ${PROJECT_BINARY_DIR}/precompiled/${name}.cc)
  target_link_libraries(${name} PRIVATE tern_options ${ARG_LINK})
  if(ARG_PURE)
    target_compile_options(${name} PRIVATE -fno-exceptions)
  endif()
  target_precompile_headers(${name} PRIVATE ${ARG_HEADERS})
endfunction()

# tern_use_headers(TARGET [PURE] [ASIO] LINK...): the precompiled header of all targets that are
# compiled in this way.
function(tern_use_headers target)
  cmake_parse_arguments(ARG "PURE;ASIO" "" "LINK" ${ARGN})
  set(headers ${TERN_STD_HEADERS})
  set(name tern_headers)
  set(pure "")
  if(ARG_PURE)
    set(pure PURE)
    string(APPEND name _pure)
  endif()
  foreach(way IN LISTS ARG_LINK)
    string(REPLACE tern_ _ way ${way})
    string(APPEND name ${way})
  endforeach()
  if(ARG_ASIO)
    list(APPEND headers <boost/asio.hpp> <spdlog/spdlog.h>)
    list(APPEND ARG_LINK tern_asio spdlog::spdlog)
    string(APPEND name _asio)
  endif()
  if(NOT TARGET ${name})
    tern_precompiled(${name} ${pure} HEADERS ${headers} LINK ${ARG_LINK})
  endif()
  target_precompile_headers(${target} REUSE_FROM ${name})
endfunction()

# The compiler reads TERN_TOGETHER source files of a target as one, so that it reads their headers
# and instantiates their templates once: two files of ten take 66 s with g++, one of twenty takes
# 52. Names in their anonymous namespaces must differ. With 1, each file is compiled on its own.
set(TERN_TOGETHER 20 CACHE STRING "Source files of a target that are compiled as one")
function(tern_compile_together name)
  set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${TERN_TOGETHER})
  # To g++ the types of an anonymous namespace seem to be those of a header.
  target_compile_options(${name} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endfunction()

# tern_library(NAME SOURCES... [DEPS ...] [PRIVATE_DEPS ...] [PURE] [ASIO] [SELDOM] [SMALL]
#              [FUZZED] [OWN_HEADERS] [APART])
# PURE: the sans-I/O parts, compiled without exceptions.
# ASIO: uses Boost.Asio and spdlog.
# SELDOM: not on the way of an UPDATE. Unoptimised in trees of the type Debug, except for what is
# FUZZED in a tree that only fuzzes.
# SMALL: for people and for starts, so that size counts: small in releases.
# FUZZED: fuzz targets run the code, as they run PURE code.
# OWN_HEADERS: the caller names precompiled headers itself.
# APART: each file is compiled on its own, for small files that share names.
function(tern_library name)
  cmake_parse_arguments(ARG "PURE;ASIO;SELDOM;SMALL;FUZZED;OWN_HEADERS;APART" ""
    "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  set(ways "")
  if(TERN_FUZZ AND (ARG_PURE OR ARG_FUZZED))
    list(APPEND ways tern_counters)
  endif()
  if(ARG_SELDOM AND CMAKE_BUILD_TYPE STREQUAL "Debug" AND (TERN_TESTS OR NOT ARG_FUZZED))
    list(APPEND ways tern_unoptimised)
    if(NOT ARG_FUZZED)
      list(APPEND ways tern_less_sanitized)
    endif()
  endif()
  if(ARG_SMALL AND CMAKE_BUILD_TYPE MATCHES "^Rel")
    list(APPEND ways tern_small)
  endif()
  set(kind "")
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name}
    PUBLIC tern_options ${ARG_DEPS} PRIVATE ${ways} ${ARG_PRIVATE_DEPS})
  if(ARG_PURE)
    target_compile_options(${name} PRIVATE -fno-exceptions)
    list(APPEND kind PURE)
  endif()
  if(ARG_ASIO)
    target_link_libraries(${name} PRIVATE tern_asio spdlog::spdlog)
    list(APPEND kind ASIO)
  endif()
  if(NOT ARG_OWN_HEADERS)
    tern_use_headers(${name} ${kind} LINK ${ways})
  endif()
  if(NOT ARG_APART)
    tern_compile_together(${name})
  endif()
endfunction()

# tern_generated(NAME): a library of code that protoc wrote, without our warnings.
function(tern_generated name)
  target_include_directories(${name} SYSTEM PUBLIC ${PROJECT_BINARY_DIR})
  target_link_libraries(${name} PUBLIC protobuf::libprotobuf
    PRIVATE tern_unoptimised tern_small tern_less_sanitized)
  if(TERN_SANITIZE)
    target_compile_options(${name} PRIVATE -fsanitize=${TERN_SANITIZE} -fno-omit-frame-pointer)
  endif()
endfunction()

# What the tests labelled unit and model need, and the fuzz targets: enough for a tree that runs
# nothing else.
add_custom_target(unit_tests)
add_custom_target(fuzz_targets)

# Seconds for a unit test. The thread sanitizer makes some of them fifty times as long.
set(TERN_UNIT_TIMEOUT 300)
if(TERN_SANITIZE)
  set(TERN_UNIT_TIMEOUT 1200)
endif()

# tern_test(NAME SOURCES... [DEPS ...] [ASIO] [APART] [OPTIMISED]): a GoogleTest program, one ctest
# entry per program. ASIO: uses Boost.Asio or spdlog. APART: each file is compiled on its own.
# OPTIMISED: as the code under test, for programs that compute much themselves.
function(tern_test name)
  cmake_parse_arguments(ARG "ASIO;APART;OPTIMISED" "" "SOURCES;DEPS" ${ARGN})
  set(headers ${TERN_STD_HEADERS} <gtest/gtest.h>)
  set(precompiled tern_headers_test)
  set(link GTest::gtest)
  if(ARG_OPTIMISED)
    string(APPEND precompiled _optimised)
  else()
    list(APPEND link tern_unoptimised tern_less_sanitized)
  endif()
  if(ARG_ASIO)
    string(APPEND precompiled _asio)
    list(APPEND headers <boost/asio.hpp> <spdlog/spdlog.h>)
    list(APPEND link tern_asio spdlog::spdlog)
  endif()
  if(NOT TARGET ${precompiled})
    tern_precompiled(${precompiled} HEADERS ${headers} LINK ${link})
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE tern_options ${ARG_DEPS} ${link} GTest::gtest_main)
  target_precompile_headers(${name} REUSE_FROM ${precompiled})
  if(NOT ARG_APART)
    tern_compile_together(${name})
  endif()
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
    target_link_libraries(${name} PRIVATE tern_options tern_counters ${ARG_DEPS})
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
