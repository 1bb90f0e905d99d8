// SPDX-License-Identifier: Apache-2.0
// Records of one partition become objects: a pure function of the records and their ranges.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/kafka/record_batch.h"
#include "record/record.h"
#include "sink/settings.h"

namespace pinflow::sink {

// What a range of offsets comes to. Both bodies may be empty (nothing but tombstones).
struct BuiltObject {
    OffsetRange range;      // [first, end)
    std::string lines;      // one compact JSON document a line
    Offset first_line = 0;  // offset of the first of them: it names the object
    std::int64_t line_count = 0;
    std::string dead;  // what is not JSON, as JSON documents that hold it in base64
    Offset first_dead = 0;
    std::int64_t dead_count = 0;
    std::int64_t null_count = 0;

    std::size_t bytes() const { return lines.size() + dead.size(); }
    bool has_records() const { return line_count + dead_count + null_count > 0; }
};

class ObjectBuilder {
public:
    ObjectBuilder(TopicPartition partition, Offset from, NullValues null_values);

    // Takes whole batches as the log gives them from next() on, and skips what lies before it or
    // from `end` on. Offsets without a record (of a real Kafka) are covered like the others. After
    // each record `is_full` is asked; when it says so the object is given away and the next one
    // begun; when `take` says false the rest is left alone.
    using IsFull = std::function<bool(const BuiltObject&)>;
    using Take = std::function<bool(BuiltObject)>;
    Status add(std::string_view batches, Offset end, const IsFull& is_full, const Take& take);

    Offset next() const { return object_.range.end; }
    const BuiltObject& open_object() const { return object_; }
    BuiltObject close();  // gives away the object begun, and begins the next

private:
    Status cover(Offset end);
    void add_record(const kafka::RecordView& record);
    void add_dead_letter(const kafka::RecordView& record, std::string_view reason);

    TopicPartition partition_;
    NullValues null_values_;
    BuiltObject object_;
};

}  // namespace pinflow::sink
