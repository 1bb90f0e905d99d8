// SPDX-License-Identifier: Apache-2.0
// What may go wrong is a Result; what must not is a CHECK (base/check.h). Nothing of ours throws.
#pragma once

#include <cstdint>
#include <expected>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>

namespace pinflow {

// One list for the whole program. Each protocol maps it to its own codes in one table of its own.
enum class Errc : std::uint8_t {
    not_found,         // the named topic, object, table, row or file is not there
    already_exists,    // create-only met something of that name
    invalid_argument,  // the caller's value is outside its grammar or range
    unsupported,       // understood, and deliberately not done here
    too_large,         // over a stated limit
    conflict,          // somebody else changed it first; read again and decide
    out_of_order,      // a producer's sequence number leaves a gap: what was before it is missing
    fenced,            // a producer's epoch is over: another took its place
    unavailable,       // try again later: overloaded, starting, or a peer is down
    timed_out,         // no answer within the stated time; the effect is unknown
    no_space,          // the disk is full or under its floor; reads go on
    busy,              // held by another process
    permission,        // the system or the peer said no
    corrupt,           // stored bytes do not check; never served
    io,                // the system call failed; errno's text is in the message
    cancelled,         // asked to stop
    failed_check,      // a test or expectation of the user did not hold
    internal,          // a library failed in a way it should not
};

// The enum's own name ("not_found"), for logs and JSON.
std::string_view name_of(Errc code);

// An error says what failed, on what, and what to try. `where` is for logs, not for users.
struct [[nodiscard]] Error {
    Errc code = Errc::internal;
    std::string text;
    std::source_location where = std::source_location::current();
};

template <class T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

inline std::unexpected<Error> fail(Errc code, std::string text,
                                   std::source_location where = std::source_location::current()) {
    return std::unexpected(Error{code, std::move(text), where});
}

// The same error with what only the caller knows in front: "topic u.pin: disk full".
std::unexpected<Error> with_context(Error error, std::string_view context);

}  // namespace pinflow

#define PINFLOW_JOIN_INNER(a, b) a##b
#define PINFLOW_JOIN(a, b) PINFLOW_JOIN_INNER(a, b)
#define PINFLOW_TRY(declaration, expression, temporary, leave)           \
    auto temporary = (expression);                                       \
    if (!temporary) leave std::unexpected(std::move(temporary).error()); \
    declaration = *std::move(temporary)
#define PINFLOW_TRY_STATUS(expression, temporary, leave) \
    if (auto temporary = (expression); !temporary)       \
    leave std::unexpected(std::move(temporary).error())

// TRY(auto x, f()) declares x or returns f's error; TRY_STATUS(f()) returns f's error.
// The CO_ forms do the same inside coroutines.
#define TRY(declaration, expression) \
    PINFLOW_TRY(declaration, expression, PINFLOW_JOIN(try_result_, __LINE__), return)
#define CO_TRY(declaration, expression) \
    PINFLOW_TRY(declaration, expression, PINFLOW_JOIN(try_result_, __LINE__), co_return)
#define TRY_STATUS(expression) \
    PINFLOW_TRY_STATUS(expression, PINFLOW_JOIN(try_status_, __LINE__), return)
#define CO_TRY_STATUS(expression) \
    PINFLOW_TRY_STATUS(expression, PINFLOW_JOIN(try_status_, __LINE__), co_return)
