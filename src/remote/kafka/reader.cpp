// SPDX-License-Identifier: Apache-2.0
#include "remote/kafka/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>

#include "base/post_by_reactor.h"
#include "base/resumption.h"
#include "codec/kafka/record_batch.h"
#include "remote/kafka/message_batches.h"

namespace pinflow::kafka {
namespace {

constexpr std::size_t kDrainedAtOnce = 256;
constexpr std::size_t kKeptBytesMax = 1 << 20;  // of what has been given already

}  // namespace

Result<std::shared_ptr<Reader>> Reader::open(Handle& handle, TopicPartition partition,
                                             Offset from) {
    std::shared_ptr<Reader> reader(new Reader(handle, std::move(partition), from));
    TRY_STATUS(reader->start(from));
    return reader;
}

Status Reader::start(Offset from) {
    TopicConfPtr conf(rd_kafka_topic_conf_new());
    char text[512];
    // An offset that is not there is an error, and no reason to go on anywhere else.
    rd_kafka_topic_conf_set(conf.get(), "auto.offset.reset", "error", text, sizeof text);
    topic_.reset(rd_kafka_topic_new(handle_.get(), partition_.topic.c_str(), conf.release()));
    if (!topic_) return std::unexpected(handle_.failure(rd_kafka_last_error()));
    queue_.reset(rd_kafka_queue_new(handle_.get()));
    rd_kafka_queue_cb_event_enable(queue_.get(), on_event, this);
    if (rd_kafka_consume_start_queue(topic_.get(), partition_.partition, from, queue_.get()) == 0)
        return {};
    auto code = rd_kafka_last_error();
    topic_.reset();
    return std::unexpected(handle_.failure(code));
}

Reader::~Reader() { close({Errc::cancelled, "the log is closed"}); }

void Reader::close(Error error) {
    QueuePtr queue;
    TopicPtr topic;
    {
        std::scoped_lock lock(mutex_);
        if (!error_) error_ = std::move(error);
        queue = std::move(queue_);
        topic = std::move(topic_);
        messages_.clear();  // before their queue and handle
        bytes_ = 0;
    }
    if (topic) {
        rd_kafka_queue_cb_event_enable(queue.get(), nullptr, nullptr);
        rd_kafka_consume_stop(topic.get(), partition_.partition);
    }
    wake();
}

Status Reader::seek(Offset from) {
    std::scoped_lock lock(mutex_);
    if (error_ || !topic_) return fail(Errc::unavailable, "the reader has ended");
    auto code = rd_kafka_seek(topic_.get(), partition_.partition, from, 0);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(handle_.failure(code));
    messages_.clear();
    bytes_ = 0;
    begin_ = position_ = from;
    end_seen_ = -1;
    return {};
}

bool Reader::reads(Offset from) const {
    std::scoped_lock lock(mutex_);
    return !error_ && from >= begin_ && from <= position_;
}

// --- taking -------------------------------------------------------------------------------------

Result<Reader::Taken> Reader::take(Offset from, std::size_t bytes_max) {
    std::scoped_lock lock(mutex_);
    Taken taken{.batches = {}, .next = from};
    if (!error_ && (from < begin_ || from > position_)) {
        taken.has_moved = true;
        return taken;
    }
    drain(from, bytes_max);
    build(from, bytes_max, taken);
    if (!taken.batches.empty()) {
        let_go_before(from);
        return taken;
    }
    if (error_) return std::unexpected(*error_);
    taken.is_at_end = end_seen_ == from;
    return taken;
}

// Until there is as much as is wanted, or nothing more has been fetched.
void Reader::drain(Offset from, std::size_t bytes_max) {
    auto first = std::ranges::lower_bound(messages_, from, {}, &rd_kafka_message_t::offset);
    std::size_t there = 0;
    for (; first != messages_.end(); ++first) there += bytes_of(**first);
    while (there < bytes_max && !error_ && queue_) {
        std::array<rd_kafka_message_t*, kDrainedAtOnce> some;
        ssize_t count = rd_kafka_consume_batch_queue(queue_.get(), 0, some.data(), some.size());
        if (count <= 0) return;
        std::size_t before = bytes_;
        for (ssize_t i = 0; i < count; ++i) absorb(MessagePtr(some[static_cast<std::size_t>(i)]));
        there += bytes_ - before;
    }
}

void Reader::absorb(MessagePtr message) {
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        if (message->offset < position_) return;  // from before a seek
        position_ = end_seen_ = message->offset;
        return;
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        if (!error_) {
            error_ = handle_.failure(
                message->err,
                fmt::format("{}/{} from offset {}: {}", partition_.topic, partition_.partition,
                            position_, rd_kafka_message_errstr(message.get())));
        }
        return;
    }
    if (message->offset < position_) return;
    position_ = message->offset + 1;
    bytes_ += bytes_of(*message);
    messages_.push_back(std::move(message));
}

void Reader::build(Offset from, std::size_t bytes_max, Taken& taken) {
    auto first = std::ranges::lower_bound(messages_, from, {}, &rd_kafka_message_t::offset);
    MessageBatches batches;
    auto message = first;
    for (; message != messages_.end(); ++message) {
        if (message != first && batches.bytes() + bytes_of(**message) > bytes_max) break;
        batches.add(**message);
        taken.next = (*message)->offset + 1;
    }
    taken.batches = batches.take();
    if (message != messages_.end() || taken.next >= position_) return;
    // No record is left up to the position: transaction markers, or what compaction has taken. Who
    // reads must get past it, as a control batch of Kafka's own would bring him.
    taken.next = position_;
    std::string gap = build_filler(1, 0);
    set_base_offset(gap, position_ - 1);
    taken.batches += gap;
}

void Reader::let_go_before(Offset from) {
    while (bytes_ > kKeptBytesMax && !messages_.empty() && messages_.front()->offset < from) {
        bytes_ -= bytes_of(*messages_.front());
        begin_ = messages_.front()->offset + 1;
        messages_.pop_front();
    }
}

// --- waiting ------------------------------------------------------------------------------------

std::uint64_t Reader::events() const {
    std::scoped_lock lock(waiters_mutex_);
    return events_;
}

bool Reader::has_waiters() const {
    std::scoped_lock lock(waiters_mutex_);
    return !waiters_.empty();
}

void Reader::on_event(rd_kafka_t*, void* self) { static_cast<Reader*>(self)->wake(); }

void Reader::wake() {
    std::vector<std::shared_ptr<Waiter>> woken;
    {
        std::scoped_lock lock(waiters_mutex_);
        ++events_;
        woken = waiters_;
    }
    post_by_reactor(
        std::move(woken), [](const auto& waiter) { return waiter->context; },
        [](const auto& waiter) {
            if (waiter->timer != nullptr) waiter->timer->cancel();
        });
}

// On the list from its making to its end, which is that of the coroutine's waiting.
class Reader::ListedWaiter {
public:
    ListedWaiter(Reader& reader, boost::asio::io_context& context, Timer& timer)
        : reader_(reader), waiter_(std::make_shared<Waiter>(&context, &timer)) {}
    ListedWaiter(const ListedWaiter&) = delete;
    ListedWaiter& operator=(const ListedWaiter&) = delete;
    ~ListedWaiter() {
        waiter_->timer = nullptr;
        std::scoped_lock lock(reader_.waiters_mutex_);
        std::erase(reader_.waiters_, waiter_);
    }
    bool waits_since(std::uint64_t seen) {
        std::scoped_lock lock(reader_.waiters_mutex_);
        if (reader_.events_ != seen) return false;
        reader_.waiters_.push_back(waiter_);
        return true;
    }

private:
    Reader& reader_;
    std::shared_ptr<Waiter> waiter_;
};

Task<void> Reader::wait(std::uint64_t seen, std::chrono::steady_clock::time_point until) {
    auto executor = co_await boost::asio::this_coro::executor;
    Timer timer(executor, until);
    ListedWaiter waiter(*this, executor.context(), timer);
    if (!waiter.waits_since(seen)) co_return;
    boost::system::error_code ignored;  // woken or timed out: the caller looks again
    co_await timer.async_wait(boost::asio::redirect_error(kUseTask, ignored));
}

}  // namespace pinflow::kafka
