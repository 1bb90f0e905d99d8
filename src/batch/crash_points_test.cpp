// SPDX-License-Identifier: Apache-2.0
// A process that dies at each crash point of this folder and of the lake, in a daily load of each
// kind: every table stays whole, and the next run makes what a run without the death makes.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

#include "base/crash_point.h"
#include "batch/notes_fixture_test.h"
#include "batch/table_marks.h"
#include "crash_point_names.h"

namespace pinflow::batch {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kLifeSecondsMax = 60;  // a child that has not died by then never will
constexpr int kPassingsMax = 4;           // commits of a run, and one

std::set<std::string> points() {
    std::set<std::string> named = named_crash_points("batch");
    named.merge(named_crash_points("lake"));
    return named;
}

class CrashPointsTest : public NotesFixture {
protected:
    // The day's objects are sunk. A run in a child that dies at the point's passing, or ends.
    enum class End { died, finished };
    End run_and_die(const std::string& folder, Load mode, const std::string& point, int passing) {
        pid_t child = ::fork();
        if (child == 0) {
            ::alarm(kLifeSecondsMax);
            arm_crash_point(point, passing);
            bool ran = run_day(folder, mode).has_value();
            ::_exit(ran ? 0 : 1);
        }
        int status = 0;
        EXPECT_EQ(::waitpid(child, &status, 0), child);
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) return End::died;
        EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << point << " " << status;
        return End::finished;
    }
    Result<KindReport> run_day(const std::string& folder, Load mode) {
        engine::DuckDbEngine own;
        auto bucket = *store::FolderStore::open(files, clock, root + "/" + folder, "tables");
        auto own_lake =
            *lake::DeltaLake::open(*bucket, clock, own, root + "/" + folder + "/staging");
        BatchPorts over{sunk, *own_lake, own, clock, nullptr};
        BatchSettings settings{.kind = {.sql = {.threads = 1}, .window = window}};
        Result<BatchReport> report = run_here(run_batch(over, notes_pipeline(mode), settings));
        if (!report) return std::unexpected(report.error());
        return report->kinds.at(0);
    }
    std::vector<std::string> tables_of(const std::string& folder) {
        auto bucket = *store::FolderStore::open(files, clock, root + "/" + folder, "tables");
        auto own = *lake::DeltaLake::open(*bucket, clock, engine, root + "/" + folder + "/look");
        std::swap(lake, own);
        auto rows = table_rows("note", notes_pipeline(Load::all).kinds[0].cleaned);
        auto refused = table_rows("note_quarantine", quarantine_schema());
        std::swap(lake, own);
        rows.insert(rows.end(), refused.begin(), refused.end());
        return rows;
    }
    void sink_day(int number) {
        sink(object_key("ab.note", 0, 4 * number),
             note(1, fmt::format("day {}", number)) + "\n" + note(number, "own") + "\nbad\n" +
                 note(1, fmt::format("day {} again", number)) + "\n");
    }

    std::optional<DateWindow> window = DateWindow{.date = "d", .from_ms = 0, .to_ms = INT64_MAX};
};

TEST_F(CrashPointsTest, a_death_at_any_point_leaves_tables_whole_and_the_next_run_makes_it_good) {
    std::set<std::string> died_at;
    for (Load mode : {Load::all, Load::only_new, Load::by_date}) {
        for (const auto& left : *run_here(sunk.list("")))
            ASSERT_TRUE(run_here(sunk.remove(left.key)));
        sink_day(10);
        std::string base = fmt::format("base-{}", name_of(mode));
        ASSERT_TRUE(run_day(base, mode));
        sink_day(11);
        std::string expected = base + "-expected";
        fs::copy(root + "/" + base, root + "/" + expected, fs::copy_options::recursive);
        ASSERT_TRUE(run_day(expected, mode));
        std::vector<std::string> after = tables_of(expected);
        for (const std::string& point : points()) {
            for (int passing = 1; passing <= kPassingsMax; ++passing) {
                std::string folder = fmt::format("{}-{}-{}", base, point, passing);
                fs::copy(root + "/" + base, root + "/" + folder, fs::copy_options::recursive);
                if (run_and_die(folder, mode, point, passing) == End::finished) break;
                died_at.insert(point);
                auto again = run_day(folder, mode);
                ASSERT_TRUE(again) << point << ": " << again.error().text;
                EXPECT_EQ(tables_of(folder), after) << point << ", passing " << passing;
                fs::remove_all(root + "/" + folder);
            }
        }
    }
    EXPECT_EQ(died_at, points());
}

}  // namespace
}  // namespace pinflow::batch
