// SPDX-License-Identifier: Apache-2.0
#include "batch/load_new.h"

#include <random>

#include "batch/loaded_offsets.h"
#include "batch/notes_fixture_test.h"
#include "batch/survey.h"
#include "batch/table_marks.h"
#include "memory/mortal_ports.h"

namespace pinflow::batch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class LoadNewTest : public NotesFixture {
protected:
    TableSnapshot snapshot_of(Place& place, const std::string& name) {
        return *run_here((*place.lake->table(name))->read(std::nullopt));
    }
    Ledger totals_of(Place& place) {
        return read_marks(snapshot_of(place, "note").properties)->totals;
    }

    const Pipeline fresh = notes_pipeline(Load::only_new);
    const Pipeline whole = notes_pipeline(Load::all);
};

TEST_F(LoadNewTest, a_run_reads_only_what_is_new_and_the_last_of_a_key_wins_over_all_runs) {
    Place place(*this, "new");
    sink(object_key("ab.note", 0, 0), note(1, "a") + "\n" + note(2, "b") + "\ngarbage\n");
    EXPECT_EQ(ledger_of(place, fresh), (Ledger{.read = 3, .written = 2, .quarantined = 1}));
    EXPECT_EQ(ledger_of(place, fresh), Ledger{});
    sink(object_key("ab.note", 0, 3), note(2, "c") + "\n" + note(3, "d") + "\n");
    auto report = load(place, fresh);
    ASSERT_TRUE(report) << report.error().text;
    EXPECT_EQ(report->ledger, (Ledger{.read = 2, .written = 1, .duplicates = 1}));
    EXPECT_EQ(report->objects, 1);
    EXPECT_THAT(notes(place), ElementsAre(R"({"ind":1,"text":"a"})", R"({"ind":2,"text":"c"})",
                                          R"({"ind":3,"text":"d"})"));
    EXPECT_EQ(refused(place).size(), 1u);
}

TEST_F(LoadNewTest, an_object_that_arrives_late_is_read_and_does_not_overrule_what_came_after_it) {
    Place place(*this, "new");
    sink(object_key("ab.note", 0, 10), note(1, "later") + "\n");
    EXPECT_EQ(ledger_of(place, fresh), (Ledger{.read = 1, .written = 1}));
    sink(object_key("ab.note", 0, 0), note(1, "earlier") + "\n" + note(2, "b") + "\n");
    EXPECT_EQ(ledger_of(place, fresh), (Ledger{.read = 2, .written = 1, .duplicates = 1}));
    EXPECT_THAT(notes(place),
                ElementsAre(R"({"ind":1,"text":"later"})", R"({"ind":2,"text":"b"})"));
}

TEST_F(LoadNewTest, a_run_with_nothing_new_commits_nothing) {
    Place place(*this, "new");
    sink(object_key("ab.note", 0, 0), note(1, "a") + "\n");
    ledger_of(place, fresh);
    std::int64_t clean = snapshot_of(place, "note").version;
    std::int64_t raw = snapshot_of(place, "note_raw").version;
    sink(object_key("ab.note", 0, 1), "");  // holds no offset
    ledger_of(place, fresh);
    EXPECT_EQ(snapshot_of(place, "note").version, clean);
    EXPECT_EQ(snapshot_of(place, "note_raw").version, raw);
}

TEST_F(LoadNewTest, a_changed_cleaning_is_run_over_what_was_read_before) {
    Place place(*this, "new");
    sink(object_key("ab.note", 0, 0), note(1, "a") + "\n" + note(1, "b") + "\n");
    ledger_of(place, fresh);
    ASSERT_TRUE(run_here(sunk.remove(object_key("ab.note", 0, 0))));
    Pipeline other = fresh;
    other.kinds[0].clean_sql = "select index as ind, upper(text) as text from raw";
    EXPECT_EQ(ledger_of(place, other), Ledger{});
    EXPECT_THAT(notes(place), ElementsAre(R"({"ind":1,"text":"B"})"));
}

TEST_F(LoadNewTest, a_cleaning_that_fails_is_made_good_by_the_next_run_with_a_whole_ledger) {
    Place place(*this, "new");
    sink(object_key("ab.note", 0, 0), note(1, "a") + "\n{}\n");
    Pipeline broken = fresh;
    broken.kinds[0].clean_sql = "select index as ind, text from raw where false";
    auto failed = load(place, broken);
    ASSERT_FALSE(failed);
    EXPECT_THAT(failed.error().text, HasSubstr("clean/note.sql: gives 0 rows for 1 records"));
    for (const auto& entry : std::filesystem::directory_iterator(place.staging))
        EXPECT_NE(entry.path().extension(), ".parquet") << entry.path() << " stays behind";
    auto report = load(place, fresh);
    ASSERT_TRUE(report) << report.error().text;
    EXPECT_EQ(report->ledger, (Ledger{.read = 2, .written = 1, .quarantined = 1}));
    EXPECT_EQ(report->reasons, (std::map<std::string, std::int64_t>{{"key missing", 1}}));
}

TEST_F(LoadNewTest, a_changed_way_to_load_or_record_begins_anew_from_all_objects) {
    Place place(*this, "new");
    sink(object_key("ab.note", 0, 0), note(1, "a") + "\n" + note(1, "b") + "\n");
    Ledger all{.read = 2, .written = 1, .duplicates = 1};
    EXPECT_EQ(ledger_of(place, fresh), all);
    EXPECT_EQ(ledger_of(place, whole), all);
    EXPECT_EQ(ledger_of(place, fresh), all);
    EXPECT_EQ(ledger_of(place, fresh), Ledger{});
    Pipeline wider = fresh;
    wider.kinds[0].shape.columns.push_back({"more", ColumnType::text});
    EXPECT_EQ(ledger_of(place, wider), all);
    EXPECT_EQ(snapshot_of(place, "note_raw").row_count(), 2);
    EXPECT_EQ(totals_of(place), all);
}

TEST_F(LoadNewTest, what_is_loaded_is_one_range_a_partition_when_there_are_no_holes) {
    Place place(*this, "new");
    for (int at : {3, 0, 2, 1})
        sink(object_key("ab.note", 0, at), note(at, "x") + "\n"), ledger_of(place, fresh);
    EXPECT_EQ(snapshot_of(place, "note_raw").properties.at("pinflow.loaded.ab.note-0"), "0-3");
}

// ---- any way to cut the days, with deaths ----

struct Sunk {
    std::string key;
    std::string bytes;
};

// Two users, three partitions: few keys, arrays, garbage; cut into objects anyhow.
std::vector<Sunk> random_objects(std::mt19937& dice) {
    auto draw = [&](int max) { return std::uniform_int_distribution<int>(0, max)(dice); };
    std::vector<Sunk> objects;
    for (std::string topic : {"ab.note", "zz.note"}) {
        for (int partition = 0; partition < 3; ++partition) {
            int offset = 0;
            for (int object = draw(6); object > 0; --object) {
                std::string name = fmt::format("topics/{0}/partition={1}/{0}+{1}+{2:010}.json",
                                               topic, partition, offset);
                std::string bytes;
                for (int line = draw(5); line >= 0; --line, ++offset) {
                    std::string text = fmt::format("{} {} {}", topic, partition, offset);
                    int form = draw(9);
                    if (form == 0) bytes += "garbage " + text + "\n";
                    else if (form == 1)
                        bytes += "[" + note(draw(8), text + " i") + "," +
                                 note(draw(8), text + " ii") + ",{}]\n";
                    else bytes += note(draw(8), text) + "\n";
                }
                objects.push_back({name, bytes});
            }
        }
    }
    std::ranges::shuffle(objects, dice);
    return objects;
}

TEST_F(LoadNewTest, any_series_of_runs_with_deaths_adds_up_to_one_run_over_everything) {
    for (unsigned seed = 1; seed <= 8; ++seed) {
        std::mt19937 dice(seed);
        auto draw = [&](int max) { return std::uniform_int_distribution<int>(0, max)(dice); };
        for (const auto& left : *run_here(sunk.list("")))
            ASSERT_TRUE(run_here(sunk.remove(left.key)));
        std::vector<Sunk> objects = random_objects(dice);
        Place place(*this, fmt::format("new-{}", seed));
        memory::Death death;
        memory::MortalStore mortal(place.store, death);
        place.reopen(*this, mortal);

        Ledger sum, lost;
        std::size_t shown = 0;
        int deaths = 0;
        while (shown < objects.size() || draw(1) == 0) {
            for (int more = draw(5); more > 0 && shown < objects.size(); --more, ++shown)
                sink(objects[shown].key, objects[shown].bytes);
            Ledger before;
            if (auto table = run_here((*place.lake->table("note"))->read(std::nullopt)))
                before = read_marks(table->properties)->totals;
            bool dies = draw(1) == 0;
            if (dies) death.set(1 + draw(9), draw(1) == 0);
            auto report = load(place, fresh);
            bool died = death.is_dead();
            death.revive();
            if (report) sum += report->ledger;
            else EXPECT_TRUE(died) << report.error().text;
            if (!report) {
                ++deaths;
                place.reopen(*this, mortal);
                // It may have died right after its last commit: then its ledger stands in the
                // table, and nobody was told.
                auto table = run_here((*place.lake->table("note"))->read(std::nullopt));
                Ledger after = table ? read_marks(table->properties)->totals : before;
                if (after != before) {
                    lost += {.read = after.read - before.read,
                             .written = after.written - before.written,
                             .quarantined = after.quarantined - before.quarantined,
                             .duplicates = after.duplicates - before.duplicates};
                }
            }
        }
        sum += ledger_of(place, fresh);
        sum += lost;

        Place full(*this, fmt::format("all-{}", seed));
        Ledger expected = ledger_of(full, whole);
        EXPECT_EQ(sum, expected) << "seed " << seed << ", " << deaths << " deaths";
        EXPECT_EQ(totals_of(place), expected) << "seed " << seed;
        EXPECT_EQ(notes(place), notes(full)) << "seed " << seed;
        EXPECT_EQ(refused(place), refused(full)) << "seed " << seed;
    }
}

// ---- the set of offsets ----

TEST(LoadedOffsets, ranges_that_meet_become_one_and_holes_stay) {
    LoadedOffsets loaded;
    loaded.add("t", 0, 10, 20);
    loaded.add("t", 0, 30, 40);
    loaded.add("t", 1, 0, 5);
    EXPECT_FALSE(loaded.contains("t", 0, 9));
    EXPECT_TRUE(loaded.contains("t", 0, 10));
    EXPECT_TRUE(loaded.contains("t", 0, 19));
    EXPECT_FALSE(loaded.contains("t", 0, 20));
    EXPECT_FALSE(loaded.contains("u", 0, 10));
    EXPECT_EQ(loaded.properties()->at("pinflow.loaded.t-0"), "10-19,30-39");
    loaded.add("t", 0, 20, 30);
    EXPECT_EQ(loaded.properties()->at("pinflow.loaded.t-0"), "10-39");
    auto again = LoadedOffsets::read(*loaded.properties());
    ASSERT_TRUE(again);
    EXPECT_EQ(*again->properties(), *loaded.properties());
}

TEST(LoadedOffsets, what_does_not_parse_is_named_and_too_many_holes_are_refused) {
    auto broken = LoadedOffsets::read({{"pinflow.loaded.t-0", "0-5,x"}});
    ASSERT_FALSE(broken);
    EXPECT_THAT(broken.error().text, HasSubstr("pinflow.loaded.t-0"));
    LoadedOffsets loaded;
    for (std::size_t hole = 0; hole <= kLoadedRangesMax; ++hole)
        loaded.add("t", 0, static_cast<Offset>(2 * hole), static_cast<Offset>(2 * hole + 1));
    ASSERT_FALSE(loaded.properties());
    EXPECT_THAT(loaded.properties().error().text, HasSubstr("load: all"));
}

}  // namespace
}  // namespace pinflow::batch
