// SPDX-License-Identifier: Apache-2.0
#include "batch/load_whole.h"
#include "batch/notes_fixture_test.h"
#include "batch/survey.h"

namespace pinflow::batch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr Timestamp kDayMs = 24LL * 3600 * 1000;

class LoadByDateTest : public NotesFixture {
protected:
    static DateWindow day(int number) {
        return {.date = fmt::format("day {}", number),
                .from_ms = number * kDayMs,
                .to_ms = (number + 1) * kDayMs};
    }
    void sink_at(Timestamp time_ms, const std::string& key, const std::string& bytes) {
        sunk_clock.set_now_ms(time_ms);
        sink(key, bytes);
    }
    const Pipeline dated = notes_pipeline(Load::by_date);
};

TEST_F(LoadByDateTest, a_date_reads_its_own_objects_and_replaces_its_own_rows_alone) {
    Place place(*this, "dated");
    sink_at(kDayMs, object_key("ab.note", 0, 0), note(1, "a") + "\n" + note(1, "b") + "\n");
    sink_at(2 * kDayMs - 1, object_key("ab.note", 0, 2), note(2, "c") + "\nbad\n");
    sink_at(2 * kDayMs, object_key("ab.note", 0, 4), note(1, "next day") + "\n");
    Ledger first{.read = 4, .written = 2, .quarantined = 1, .duplicates = 1};
    EXPECT_EQ(ledger_of(place, dated, day(1)), first);
    EXPECT_EQ(ledger_of(place, dated, day(2)), (Ledger{.read = 1, .written = 1}));
    auto expected = ElementsAre(R"({"ind":1,"text":"b"})", R"({"ind":1,"text":"next day"})",
                                R"({"ind":2,"text":"c"})");
    EXPECT_THAT(notes(place), expected);
    EXPECT_EQ(refused(place).size(), 1u);
    // Again, and once more: the same rows and the same ledger.
    EXPECT_EQ(ledger_of(place, dated, day(1)), first);
    EXPECT_THAT(notes(place), expected);
    sink_at(kDayMs + 5, object_key("ab.note", 0, 5), note(3, "late") + "\n");
    EXPECT_EQ(ledger_of(place, dated, day(1)).read, 5);
    EXPECT_EQ(notes(place).size(), 4u);
    EXPECT_EQ(refused(place).size(), 1u);
}

TEST_F(LoadByDateTest, a_date_without_objects_empties_its_rows) {
    Place place(*this, "dated");
    sink_at(kDayMs, object_key("ab.note", 0, 0), note(1, "a") + "\n");
    ledger_of(place, dated, day(1));
    ASSERT_TRUE(run_here(sunk.remove(object_key("ab.note", 0, 0))));
    EXPECT_EQ(ledger_of(place, dated, day(1)), Ledger{});
    EXPECT_TRUE(notes(place).empty());
}

TEST_F(LoadByDateTest, a_table_that_was_loaded_whole_is_refused_with_what_to_do) {
    Place place(*this, "dated");
    sink_at(kDayMs, object_key("ab.note", 0, 0), note(1, "a") + "\n");
    ledger_of(place, notes_pipeline(Load::all));
    auto refusal = load(place, dated, day(1));
    ASSERT_FALSE(refusal);
    EXPECT_EQ(refusal.error().code, Errc::conflict);
    EXPECT_THAT(refusal.error().text, HasSubstr("name another `table:`"));
    EXPECT_EQ(notes(place).size(), 1u);
}

TEST_F(LoadByDateTest, no_date_is_asked_for) {
    Place place(*this, "dated");
    auto refusal = load(place, dated);
    ASSERT_FALSE(refusal);
    EXPECT_THAT(refusal.error().text, HasSubstr("--date"));
}

}  // namespace
}  // namespace pinflow::batch
