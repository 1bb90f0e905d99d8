// SPDX-License-Identifier: Apache-2.0
// What retention deletes, and what it must not.
#include "eventlog/files_fixture.h"
#include "eventlog/log_fixture.h"

namespace pinflow::eventlog {
namespace {

constexpr std::int64_t kHourMs = 60LL * 60 * 1'000;
constexpr std::int64_t kDayMs = 24 * kHourMs;
constexpr std::size_t kPerSegment = 3;  // values as below

const TopicPartition kT0{"t", 0};
const std::string kFolder = "log/topics/t-0";

std::string value_of(Offset offset) {
    return std::to_string(offset) + "/" + std::string(1'000, 'v');
}

std::string segment_file(Offset base) { return kFolder + "/" + segment_name(base); }

NativeLogSettings settings_of(std::int64_t retention_ms, std::int64_t retention_bytes) {
    NativeLogSettings settings = small_settings();
    settings.checkpoint_idle_ms = 1'000'000;
    settings.retention_ms = retention_ms;
    settings.retention_bytes = retention_bytes;
    return settings;
}

Hold hold_at(std::optional<Offset> offset) {
    return [offset](Space, const TopicPartition&) { return offset; };
}

class Retention : public ::testing::Test {
protected:
    void open(NativeLogSettings settings) {
        log_ = std::make_unique<LogFixture>(*disk_, std::move(settings));
        ASSERT_TRUE(log_->start().has_value());
        ASSERT_TRUE(log_->create("t").has_value());
    }

    void begin_anew() {
        log_.reset();
        disk_ = std::make_unique<memory::MemoryFiles>();
        next_ = 0;
    }

    // Cleanly, or as after a power cut.
    void open_again(bool is_clean) {
        NativeLogSettings settings = log_->settings();
        Timestamp now_ms = log_->clock().now_ms();
        if (is_clean) log_->stop();
        auto next = disk_->after_power_cut(0);
        log_.reset();
        disk_ = std::move(next);
        log_ = std::make_unique<LogFixture>(*disk_, settings);
        log_->clock().set_now_ms(now_ms);
        auto opened = log_->start();
        ASSERT_TRUE(opened.has_value()) << opened.error().text;
    }

    void append(int count) {
        for (; count > 0; --count) {
            auto stored = log_->append(kT0, {value_of(next_)});
            ASSERT_TRUE(stored.has_value()) << stored.error().text;
            ASSERT_EQ(stored->base_offset, next_++);
        }
    }

    OffsetRange range() { return log_->reactor().run(log_->log().topics().offsets(kT0)).value(); }
    Offset start() { return range().first; }
    void enforce() { ASSERT_TRUE(log_->log().enforce_retention().has_value()); }
    bool is_there(const std::string& path) { return disk_->examine(path).has_value(); }

    // Every record from the log's start to its end, as it was sent.
    void expect_whole() {
        auto values = log_->values(kT0);
        ASSERT_TRUE(values.has_value()) << values.error().text;
        ASSERT_EQ(static_cast<Offset>(values->size()), next_);
        for (Offset offset = start(); offset < next_; ++offset) {
            ASSERT_EQ(values->at(static_cast<std::size_t>(offset)), value_of(offset));
        }
    }

    std::unique_ptr<memory::MemoryFiles> disk_ = std::make_unique<memory::MemoryFiles>();
    std::unique_ptr<LogFixture> log_;
    Offset next_ = 0;
};

TEST_F(Retention, whole_segments_go_when_all_in_them_was_appended_long_ago) {
    open(settings_of(kHourMs, -1));
    log_->log().set_holds({});
    append(2);
    log_->clock().advance_ms(40 * 60'000);
    append(2);  // the third is in the first segment
    log_->clock().advance_ms(40 * 60'000);
    enforce();
    EXPECT_EQ(start(), 0);  // two of three are old: not the whole segment
    log_->clock().advance_ms(20 * 60'000);
    enforce();
    EXPECT_EQ(start(), 0);  // an hour, to the millisecond: not yet older
    log_->clock().advance_ms(1);
    append(1);
    enforce();
    EXPECT_EQ(start(), 3);
    EXPECT_FALSE(is_there(segment_file(0)));
    EXPECT_FALSE(is_there(kFolder + "/00000000000000000000.idx"));
    EXPECT_TRUE(is_there(segment_file(3)));
    expect_whole();
}

TEST_F(Retention, the_growing_segment_goes_too_when_all_in_it_is_old_and_offsets_go_on) {
    open(settings_of(kHourMs, -1));
    log_->log().set_holds({});
    append(4);
    log_->clock().advance_ms(kHourMs + 1);
    enforce();
    EXPECT_EQ(start(), 4);
    EXPECT_FALSE(is_there(segment_file(0)));
    EXPECT_FALSE(is_there(segment_file(3)));
    append(1);
    EXPECT_TRUE(is_there(segment_file(4)));
    expect_whole();
}

TEST_F(Retention, offsets_go_on_after_all_was_deleted_also_across_restarts) {
    for (bool is_clean : {true, false}) {
        for (bool is_checkpointed : {true, false}) {
            begin_anew();
            open(settings_of(kHourMs, -1));
            log_->log().set_holds({});
            append(4);
            log_->clock().advance_ms(kHourMs + 1);
            enforce();
            if (is_checkpointed) ASSERT_TRUE(log_->log().checkpoint().has_value());
            open_again(is_clean);
            EXPECT_EQ(range().first, 4);
            EXPECT_EQ(range().end, 4);
            append(kPerSegment + 1);
            open_again(is_clean);
            EXPECT_EQ(range().first, 4);
            expect_whole();
        }
    }
}

TEST_F(Retention, by_bytes_as_much_stays_as_is_to_be_kept) {
    open(settings_of(-1, 6'000));  // segments of 3.2 KB
    log_->log().set_holds({});
    append(4 * kPerSegment);
    enforce();
    EXPECT_EQ(start(), 6);
    enforce();
    EXPECT_EQ(start(), 6);
    expect_whole();
    open_again(false);
    EXPECT_EQ(start(), 6);
    expect_whole();
}

TEST_F(Retention, by_zero_bytes_everything_goes) {
    open(settings_of(-1, 0));
    log_->log().set_holds({});
    append(4);
    enforce();
    EXPECT_EQ(start(), 4);
}

TEST_F(Retention, nothing_goes_before_the_holds_are_known) {
    open(settings_of(kHourMs, 0));
    append(2 * kPerSegment);
    log_->clock().advance_ms(kDayMs);
    enforce();
    EXPECT_EQ(start(), 0);
    log_->log().set_holds({});
    enforce();
    EXPECT_EQ(start(), 6);
}

TEST_F(Retention, what_a_reader_of_ours_still_needs_stays) {
    open(settings_of(kHourMs, 0));
    append(4 * kPerSegment);
    log_->clock().advance_ms(kDayMs);
    log_->log().set_holds({hold_at(0)});  // one that has yet to begin
    enforce();
    EXPECT_EQ(start(), 0);
    log_->log().set_holds({hold_at(9), hold_at(5), hold_at(std::nullopt)});
    enforce();
    EXPECT_EQ(start(), 3);  // offset 5 is in the second segment
    log_->log().set_holds({hold_at(6)});
    enforce();
    EXPECT_EQ(start(), 6);
    log_->log().set_holds({hold_at(std::nullopt)});  // one that does not read this
    enforce();
    EXPECT_EQ(start(), 12);
}

TEST_F(Retention, a_hold_is_asked_for_each_partition_by_name) {
    open(settings_of(kHourMs, -1));
    ASSERT_TRUE(log_->create("held").has_value());
    append(1);
    ASSERT_TRUE(log_->append({"held", 0}, {"x"}).has_value());
    log_->clock().advance_ms(kDayMs);
    log_->log().set_holds({[](Space space, const TopicPartition& partition) {
        bool is_held = space == Space::topics && partition == TopicPartition{"held", 0};
        return is_held ? std::optional<Offset>(0) : std::nullopt;
    }});
    enforce();
    EXPECT_EQ(start(), 1);
    EXPECT_EQ(log_->values({"held", 0}).value(), std::vector<std::string>{"x"});
}

TEST_F(Retention, the_time_of_events_deletes_and_keeps_nothing) {
    constexpr Timestamp k2009 = 1'230'768'000'000;
    constexpr Timestamp k2099 = 4'070'908'800'000;
    open(settings_of(kHourMs, -1));
    log_->log().set_holds({});
    for (Timestamp stamp : {k2009, k2099, k2009, k2099}) {
        ASSERT_TRUE(log_->append_batch(kT0, batch_of({value_of(next_++)}, stamp)).has_value());
    }
    log_->clock().advance_ms(kHourMs);
    enforce();
    EXPECT_EQ(start(), 0);
    expect_whole();
    log_->clock().advance_ms(1);
    enforce();
    EXPECT_EQ(start(), 4);
}

TEST_F(Retention, a_wall_clock_that_jumps_ahead_deletes_nothing) {
    open(settings_of(7 * kDayMs, -1));
    log_->log().set_holds({});
    append(4);
    log_->clock().set_now_ms(log_->clock().now_ms() + 400 * kDayMs);
    enforce();
    EXPECT_EQ(start(), 0);
    log_->clock().advance_ms(7 * kDayMs);
    enforce();
    EXPECT_EQ(start(), 0);
    log_->clock().advance_ms(1);  // the time that has truly passed counts
    enforce();
    EXPECT_EQ(start(), 4);
}

TEST_F(Retention, a_wall_clock_that_is_put_back_deletes_nothing) {
    open(settings_of(7 * kDayMs, -1));
    log_->log().set_holds({});
    append(4);
    log_->clock().advance_ms(7 * kDayMs + 1);
    log_->clock().set_now_ms(log_->clock().now_ms() - 400 * kDayMs);
    enforce();
    EXPECT_EQ(start(), 0);
}

TEST_F(Retention, a_fetch_before_the_start_names_the_range) {
    open(settings_of(-1, 0));
    log_->log().set_holds({});
    append(kPerSegment);
    enforce();
    append(1);
    auto early = log_->fetch(kT0, 2);
    ASSERT_FALSE(early.has_value());
    EXPECT_EQ(early.error().code, Errc::invalid_argument);
    EXPECT_NE(early.error().text.find("offsets 3 to 4, not 2"), std::string::npos)
        << early.error().text;
    EXPECT_EQ(log_->reactor().run(log_->log().topics().offset_at(kT0, 0)).value(), 3);
}

// The power goes at each operation of it: the start is durable before a file goes, so whatever the
// start is then, all from there on is there.
TEST_F(Retention, a_power_cut_within_it_loses_nothing_that_is_kept) {
    bool is_done = false;
    int cut = 0;
    for (std::int64_t power_off_at = 1; !is_done; ++power_off_at) {
        ASSERT_LT(power_off_at, 100);
        for (std::uint64_t seed = 0; seed < 6; ++seed) {
            begin_anew();
            open(settings_of(-1, 6'000));
            log_->log().set_holds({});
            append(4 * kPerSegment);
            if (seed % 2 == 0) ASSERT_TRUE(log_->log().checkpoint().has_value());
            disk_->set_faults({.power_off_at = power_off_at});
            is_done = log_->log().enforce_retention().has_value();
            cut += !is_done;
            auto found = disk_->after_power_cut(seed);
            log_.reset();
            disk_ = std::move(found);
            log_ = std::make_unique<LogFixture>(*disk_, settings_of(-1, 6'000));
            auto opened = log_->start();
            ASSERT_TRUE(opened.has_value()) << power_off_at << ": " << opened.error().text;
            if (is_done) ASSERT_EQ(start(), 6);
            ASSERT_TRUE(start() == 0 || start() == 6) << start();
            ASSERT_NO_FATAL_FAILURE(expect_whole()) << power_off_at << ", seed " << seed;
            ASSERT_NO_FATAL_FAILURE(append(1));
            log_.reset();
        }
    }
    EXPECT_GT(cut, 20);  // journal, sync, and four files
}

TEST_F(Retention, a_log_start_said_is_exact_and_files_go_whole) {
    open(settings_of(-1, -1));
    append(2 * kPerSegment);
    auto advance = [&](Offset offset) {
        return log_->log().advance_log_start(Space::topics, kT0, offset);
    };
    ASSERT_TRUE(advance(2).has_value());
    EXPECT_EQ(start(), 2);
    EXPECT_TRUE(is_there(segment_file(0)));
    ASSERT_TRUE(advance(1).has_value());  // never back
    EXPECT_EQ(start(), 2);
    ASSERT_TRUE(advance(4).has_value());
    EXPECT_FALSE(is_there(segment_file(0)));
    EXPECT_TRUE(is_there(segment_file(3)));
    EXPECT_EQ(log_->fetch(kT0, 3).error().code, Errc::invalid_argument);
    expect_whole();
    open_again(false);
    EXPECT_EQ(start(), 4);
    expect_whole();
    EXPECT_EQ(log_->log().advance_log_start(Space::streams, kT0, 4).error().code, Errc::not_found);
}

// What is deleted ends at the end: what is appended afterwards was not meant.
TEST_F(Retention, a_log_start_beyond_the_end_deletes_nothing_that_comes_later) {
    for (int checkpoint_at : {0, 1, 2}) {
        begin_anew();
        open(settings_of(-1, -1));
        append(4);
        if (checkpoint_at == 1) ASSERT_TRUE(log_->log().checkpoint().has_value());
        ASSERT_TRUE(log_->log().advance_log_start(Space::topics, kT0, 100).has_value());
        EXPECT_EQ(start(), 4);
        append(4);
        if (checkpoint_at == 2) ASSERT_TRUE(log_->log().checkpoint().has_value());
        open_again(false);
        EXPECT_EQ(range().first, 4);
        EXPECT_EQ(range().end, 8);
        expect_whole();
    }
}

// An append may come between the new start and the deletion of the files.
TEST_F(Retention, a_segment_that_was_begun_for_a_refused_group_is_not_deleted_when_it_grows) {
    std::string path = segment_file(1);
    std::function<void()> when_removed;
    HookedFiles files(*disk_, [&](FileAction action, const std::string& removed) {
        if (action == FileAction::remove && removed == path) when_removed();
    });
    LogFixture log(files, settings_of(-1, -1));
    auto first_append = [&] { return log.append(kT0, {"after"}); };
    when_removed = [&] { EXPECT_TRUE(first_append().has_value()); };
    ASSERT_TRUE(log.start().has_value());
    ASSERT_TRUE(log.create("t").has_value());
    ASSERT_TRUE(log.append(kT0, {std::string(4'000, 'x')}).has_value());
    disk_->set_faults({.bytes_until_full = 0});
    ASSERT_EQ(log.append(kT0, {"before"}).error().code, Errc::no_space);
    disk_->set_faults({});
    ASSERT_TRUE(is_there(path));
    ASSERT_TRUE(log.log().advance_log_start(Space::topics, kT0, 1).has_value());
    ASSERT_TRUE(first_append().has_value());
    log.stop();
    auto opened = log.start();
    ASSERT_TRUE(opened.has_value()) << opened.error().text;
    EXPECT_EQ(log.values(kT0)->at(1), "after");
}

}  // namespace
}  // namespace pinflow::eventlog
