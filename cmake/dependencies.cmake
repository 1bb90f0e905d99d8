# Everything comes from Debian's packages (./dev setup), but DuckDB (src/engine/README.md)
# and librdkafka (docs/decisions/0011).
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(CURL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(simdjson REQUIRED)
find_package(Boost 1.81 REQUIRED)
# libmariadb comes without a CMake file.
find_path(PINFLOW_MARIADB_INCLUDE mysql.h PATH_SUFFIXES mariadb mysql REQUIRED)
find_library(PINFLOW_MARIADB_LIBRARY mariadb REQUIRED)
add_library(MariaDB::client UNKNOWN IMPORTED)
set_target_properties(MariaDB::client PROPERTIES
    IMPORTED_LOCATION "${PINFLOW_MARIADB_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${PINFLOW_MARIADB_INCLUDE}")
if(PINFLOW_TESTS)
    find_package(GTest REQUIRED)
endif()

set(PINFLOW_DUCKDB_DIR "${CMAKE_SOURCE_DIR}/third_party/duckdb" CACHE PATH
    "Where ./dev setup put duckdb.h and libduckdb.so")

# Static: a shared one would have to be found by whoever runs the program.
set(PINFLOW_RDKAFKA_DIR "${CMAKE_SOURCE_DIR}/third_party/rdkafka" CACHE PATH
    "Where ./dev setup put librdkafka.a and its headers")
if(NOT EXISTS "${PINFLOW_RDKAFKA_DIR}/lib/librdkafka.a")
    message(FATAL_ERROR "There is no ${PINFLOW_RDKAFKA_DIR}/lib/librdkafka.a: ./dev setup builds it")
endif()
find_package(ZLIB REQUIRED)
find_library(PINFLOW_ZSTD_LIBRARY zstd REQUIRED)
add_library(RdKafka::client STATIC IMPORTED)
set_target_properties(RdKafka::client PROPERTIES
    IMPORTED_LOCATION "${PINFLOW_RDKAFKA_DIR}/lib/librdkafka.a"
    INTERFACE_INCLUDE_DIRECTORIES "${PINFLOW_RDKAFKA_DIR}/include"
    INTERFACE_LINK_LIBRARIES "OpenSSL::SSL;OpenSSL::Crypto;ZLIB::ZLIB;${PINFLOW_ZSTD_LIBRARY};Threads::Threads;${CMAKE_DL_LIBS};m")

# Debian's package of cctz brings no file for find_package.
find_library(PINFLOW_CCTZ_LIBRARY cctz REQUIRED)
add_library(cctz::cctz UNKNOWN IMPORTED)
set_target_properties(cctz::cctz PROPERTIES IMPORTED_LOCATION "${PINFLOW_CCTZ_LIBRARY}")
