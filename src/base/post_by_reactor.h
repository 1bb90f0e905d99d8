// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace pinflow {

// Runs run(item) for every item on its own reactor, in order, by one post a reactor: each post
// wakes a thread, and that is what a small append costs most. The posts own the items: should a
// reactor end before it runs them, they are freed with it. An item runs only when its post() has
// returned: it may be the last thing its reactor lives for, and post() still signals when it can
// run already.
template <class Item, class ContextOf, class Run>
void post_by_reactor(std::vector<Item> items, ContextOf context_of, Run run) {
    struct Chunk {
        boost::asio::io_context* context = nullptr;
        std::vector<Item> items;
    };
    std::vector<Chunk> chunks;
    for (Item& item : items) {
        boost::asio::io_context* context = context_of(item);
        auto chunk = std::ranges::find(chunks, context, &Chunk::context);
        if (chunk == chunks.end()) chunk = chunks.insert(chunk, Chunk{.context = context});
        chunk->items.push_back(std::move(item));
    }
    for (Chunk& chunk : chunks) {
        // Shared: the handler may run when this frame has gone already.
        auto posting = std::make_shared<std::mutex>();
        std::scoped_lock lock(*posting);
        boost::asio::post(*chunk.context, [posting, mine = std::move(chunk.items), run]() mutable {
            {
                std::scoped_lock until_posted(*posting);
            }
            for (Item& item : mine) run(item);
        });
    }
}

}  // namespace pinflow
