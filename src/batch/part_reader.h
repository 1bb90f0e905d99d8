// SPDX-License-Identifier: Apache-2.0
// Reads objects ahead of whoever decodes them, with several gets in flight: thousands of tiny
// objects cost their bytes, not their waiting times. Memory: a part for each reader, and
// kPartsWaitingMax more.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/task.h"
#include "batch/part.h"
#include "batch/sink_object.h"
#include "ports/object_store.h"

namespace pinflow::batch {

inline constexpr std::size_t kPartBytes = 1 << 20;  // a part's text, give or take a line
inline constexpr std::size_t kPartObjectsMax = 512;
inline constexpr std::size_t kPartsWaitingMax = 8;
inline constexpr std::size_t kReadersMax = 8;           // gets in flight
inline constexpr std::size_t kLineBytesMax = 64 << 20;  // four times what the decoder takes

// Parts of many tiny objects, which the second reading takes from here: they are the dear ones to
// read, and few bytes. Any thread.
class KeptParts final {
public:
    static constexpr std::size_t kObjectsMin = 16;  // of a part that is worth keeping
    static constexpr std::size_t kBytesMax = 64 << 20;

    void keep(const PartPointer& part);
    PartPointer find(std::int64_t number) const;  // null: was not kept

private:
    mutable std::mutex mutex_;
    std::map<std::int64_t, PartPointer> parts_;
    std::size_t bytes_ = 0;
};

class PartReader final : public PartStream {
public:
    // Starts reading. The objects are in arrival order; what is named outlives the reader.
    PartReader(ObjectStore& objects, const std::vector<SinkObject>& list, KeptParts& kept);
    ~PartReader() override;  // gives up what was not read
    PartReader(const PartReader&) = delete;
    PartReader& operator=(const PartReader&) = delete;

    Result<PartPointer> next() override;

private:
    void read_on();
    Result<PartPointer> read_part();
    void claim_objects(Part& part);
    Task<Status> fetch(Part& part);
    Result<Piece> cut_piece();
    bool wait_for_room();
    void hand_over(PartPointer part);
    void end_reading(Status status);

    ObjectStore& objects_;
    const std::vector<SinkObject>& list_;
    KeptParts& kept_;

    std::mutex claiming_;  // held while a reader takes its part out of the list
    std::int64_t next_part_ = 0;
    std::size_t next_object_ = 0;
    std::uint64_t next_byte_ = 0;  // of a large object, which goes by several parts
    std::int64_t next_line_ = 1;
    std::string begun_;  // of it, a line whose end has not been read

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<PartPointer> waiting_;
    std::size_t readers_ = 0;  // still reading
    bool is_dropped_ = false;
    Status failure_;

    std::vector<std::thread> threads_;
};

}  // namespace pinflow::batch
