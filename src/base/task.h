// SPDX-License-Identifier: Apache-2.0
// Task is the one coroutine type. Its executor is io_context's own: measurably cheaper than
// asio's type-erased default. A Task runs on the io_context that awaits it and never blocks there,
// unless that io_context belongs to a background station (one thread of its own).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

namespace pinflow {

template <class T>
using Task = boost::asio::awaitable<T, boost::asio::io_context::executor_type>;

}  // namespace pinflow
