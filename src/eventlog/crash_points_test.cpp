// SPDX-License-Identifier: Apache-2.0
// A process that dies at each crash point named in this folder's sources, under a mixed load and in
// recovery: what it had acknowledged is there, once, and nothing that was never sent.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <random>

#include "base/crash_point.h"
#include "base/hash.h"
#include "crash_point_names.h"
#include "eventlog/log_fixture.h"
#include "posix/posix_files.h"

namespace pinflow::eventlog {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kLifeSecondsMax = 30;  // a child that has not died by then never will
constexpr int kPlainWorkers = 4;          // 0 to 3
constexpr int kKeyed = 4, kProducer = 5, kAged = 6, kTopics = 7;
constexpr std::int64_t kProducerId = 7;

enum class Kind : std::int32_t {
    appended,  // number, offset; for the keyed worker also `second`, in the other partition
    will_create,
    created,
    will_remove,
    removed,
    will_start,  // offset: the log start asked for
    started,
    opened,  // in recovery: the armed point was not passed
};

// What a child tells, by one write, which is atomic below PIPE_BUF.
struct Note {
    Kind kind = Kind::opened;
    std::int32_t worker = 0;
    std::int32_t number = 0;
    std::int32_t reserved = 0;
    Offset offset = 0;
    Offset second = 0;
};

// Everything happens often: rolls, checkpoints, journal files used again.
NativeLogSettings busy_settings(const fs::path& directory) {
    NativeLogSettings settings = small_settings(directory.string());
    settings.journal_file_bytes = 64 << 10;
    settings.checkpoint_bytes = 64 << 10;
    settings.checkpoint_idle_ms = 20;
    settings.scrub_bytes_per_second = 0;
    return settings;
}

std::string value_of(int worker, int number, int part = 0) {
    return fmt::format(
        "{}/{}/{}/{}", worker, number, part,
        std::string(static_cast<std::size_t>((number * 37 + worker * 101) % 900), 'x'));
}

PartitionBatch batch_for(std::int32_t partition, int worker, int number, int part = 0) {
    return {{"t", partition}, batch_of({value_of(worker, number, part)}), 1};
}

std::vector<PartitionBatch> keyed_request(int number) {
    return {batch_for(0, kKeyed, number, 0), batch_for(1, kKeyed, number, 1)};
}
IdempotencyKey key_of(int number) { return {"key " + std::to_string(number), 1}; }

std::vector<PartitionBatch> producer_request(int number) {
    return {{{"t", 1}, batch_of_producer({value_of(kProducer, number)}, kProducerId, number), 1}};
}

// --- the child: nothing of the parent's threads exists here ---

class Load {
public:
    Load(LogFixture& log, int pipe) : log_(log), pipe_(pipe) {}

    void start() {
        for (int worker = 0; worker < kPlainWorkers; ++worker) {
            log_.reactor().start(append_plain(worker));
        }
        log_.reactor().start(append_keyed());
        log_.reactor().start(append_idempotent());
        log_.reactor().start(make_and_remove());
    }

    // On the calling thread, for it waits: five records, and a later start.
    void age(int round) {
        for (int i = 0; i < 5; ++i) {
            int number = round * 5 + i;
            auto stored = log_.append({"aged", 0}, {value_of(kAged, number)});
            if (!stored) ::_exit(3);
            tell({Kind::appended, kAged, number, 0, stored->base_offset});
        }
        Offset start = round * 5 + 3;
        tell({Kind::will_start, kAged, round, 0, start});
        if (!log_.log().advance_log_start(Space::topics, {"aged", 0}, start)) ::_exit(3);
        tell({Kind::started, kAged, round, 0, start});
    }

    void tell(const Note& note) const {
        if (::write(pipe_, &note, sizeof note) != sizeof note) ::_exit(4);
    }

private:
    Task<void> append_plain(int worker) {
        for (int number = 0;; ++number) {
            std::vector one{batch_for(worker % 2, worker, number)};
            auto outcomes = co_await log_.log().topics().append(one);
            if (!outcomes[0]) ::_exit(3);
            tell({Kind::appended, worker, number, 0, outcomes[0]->base_offset});
        }
    }

    Task<void> append_keyed() {
        for (int number = 0;; ++number) {
            auto both = keyed_request(number);
            IdempotencyKey key = key_of(number);
            auto outcomes = co_await log_.log().topics().append(both, std::move(key));
            if (!outcomes[0] || !outcomes[1]) ::_exit(3);
            tell({Kind::appended, kKeyed, number, 0, outcomes[0]->base_offset,
                  outcomes[1]->base_offset});
        }
    }

    Task<void> append_idempotent() {
        for (int number = 0;; ++number) {
            auto one = producer_request(number);
            auto outcomes = co_await log_.log().topics().append(one);
            if (!outcomes[0]) ::_exit(3);
            tell({Kind::appended, kProducer, number, 0, outcomes[0]->base_offset});
        }
    }

    Task<void> make_and_remove() {
        EventLog& topics = log_.log().topics();
        for (int number = 0;; ++number) {
            tell({Kind::will_create, kTopics, number});
            if (!co_await topics.create_topic("come", 2)) ::_exit(3);
            tell({Kind::created, kTopics, number});
            std::vector<PartitionBatch> one(1);
            one[0] = {{"come", 1}, batch_of({value_of(kTopics, number)}), 1};
            auto outcomes = co_await topics.append(one);
            if (!outcomes[0]) ::_exit(3);
            tell({Kind::appended, kTopics, number, 0, outcomes[0]->base_offset});
            tell({Kind::will_remove, kTopics, number});
            if (!co_await topics.remove_topic("come")) ::_exit(3);
            tell({Kind::removed, kTopics, number});
        }
    }

    LogFixture& log_;
    int pipe_;
};

// Under load until the armed point is passed.
[[noreturn]] void work_until(const std::string& point, std::int64_t count,
                             NativeLogSettings settings, int pipe) {
    posix::PosixFiles files;
    LogFixture log(files, std::move(settings));
    if (!log.start() || !log.create("t", 2) || !log.create("aged")) ::_exit(2);
    arm_crash_point(point, count);
    Load load(log, pipe);
    load.start();
    for (int round = 0;; ++round) load.age(round);
}

// Some of everything before a checkpoint, and again behind it.
[[noreturn]] void leave_much_to_recover(NativeLogSettings settings, int pipe) {
    posix::PosixFiles files;
    settings.checkpoint_bytes = 64 << 20;
    settings.checkpoint_idle_ms = 1'000'000;
    LogFixture log(files, std::move(settings));
    if (!log.start() || !log.create("t", 2) || !log.create("aged")) ::_exit(2);
    Load load(log, pipe);
    load.start();
    for (int round = 0; round < 3; ++round) load.age(round);
    if (!log.log().checkpoint()) ::_exit(3);
    for (int round = 3; round < 8; ++round) load.age(round);
    ::kill(::getpid(), SIGKILL);
    for (;;) ::pause();
}

[[noreturn]] void recover_until(const std::string& point, std::int64_t count,
                                NativeLogSettings settings, int pipe) {
    posix::PosixFiles files;
    arm_crash_point(point, count);
    LogFixture log(files, std::move(settings));
    if (!log.start()) ::_exit(2);
    arm_crash_point("");
    Load(log, pipe).tell({Kind::opened});
    ::kill(::getpid(), SIGKILL);
    for (;;) ::pause();
}

// --- the parent ---

// What one child told before it died. Fails the test unless it died by SIGKILL.
template <class Child>
std::vector<Note> run_child(Child child) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    pid_t id = ::fork();
    EXPECT_GE(id, 0);
    if (id == 0) {
        ::close(ends[0]);
        ::alarm(kLifeSecondsMax);
        child(ends[1]);
    }
    ::close(ends[1]);
    std::vector<Note> notes;
    Note note;
    while (::read(ends[0], &note, sizeof note) == sizeof note) notes.push_back(note);
    ::close(ends[0]);
    int status = 0;
    EXPECT_EQ(::waitpid(id, &status, 0), id);
    EXPECT_TRUE(WIFSIGNALED(status)) << "it ended by itself, with " << WEXITSTATUS(status);
    EXPECT_EQ(WTERMSIG(status), SIGKILL) << "the point was never reached";
    return notes;
}

// Compares an opened log with what one process told.
class Check {
public:
    Check(LogFixture& log, const std::vector<Note>& notes) : log_(log), notes_(notes) {}

    void run() {
        ASSERT_NO_FATAL_FAILURE(check_records());
        ASSERT_NO_FATAL_FAILURE(check_workers());
        ASSERT_NO_FATAL_FAILURE(check_aged());
        ASSERT_NO_FATAL_FAILURE(check_topic());
        ASSERT_NO_FATAL_FAILURE(check_keys());
        ASSERT_NO_FATAL_FAILURE(check_producer());
        ASSERT_TRUE(log_.append({"t", 0}, {"after"}).has_value());
    }

private:
    static std::int32_t partition_of(const Note& note) {
        return note.worker == kProducer ? 1 : note.worker == kKeyed ? 0 : note.worker % 2;
    }

    int last_acknowledged(int worker) const {
        int last = -1;
        for (const Note& note : notes_) {
            if (note.kind == Kind::appended && note.worker == worker) last = note.number;
        }
        return last;
    }

    void expect_at(std::int32_t partition, Offset offset, const std::string& value) {
        const auto& values = records_[static_cast<std::size_t>(partition)];
        ASSERT_LT(offset, static_cast<Offset>(values.size())) << "lost " << value;
        ASSERT_EQ(values[static_cast<std::size_t>(offset)], value);
    }

    void check_records() {
        for (std::int32_t partition : {0, 1}) {
            auto values = log_.values({"t", partition});
            ASSERT_TRUE(values.has_value()) << values.error().text;
            records_[static_cast<std::size_t>(partition)] = *std::move(values);
        }
        for (const Note& note : notes_) {
            if (note.kind != Kind::appended || note.worker >= kAged) continue;
            ASSERT_NO_FATAL_FAILURE(
                expect_at(partition_of(note), note.offset, value_of(note.worker, note.number)));
            if (note.worker != kKeyed) continue;
            ASSERT_NO_FATAL_FAILURE(
                expect_at(1, note.second, value_of(note.worker, note.number, 1)));
        }
    }

    // Each worker's records from the first to the last, once, and at most the one that was under
    // way when the process died beyond those acknowledged.
    void check_workers() {
        for (const auto& values : records_) {
            for (const std::string& value : values) {
                int worker = -1, number = -1, part = -1;
                ASSERT_EQ(std::sscanf(value.c_str(), "%d/%d/%d/", &worker, &number, &part), 3);
                ASSERT_EQ(value, value_of(worker, number, part)) << "never sent";
                bool is_first = seen_[{worker, part}].insert(number).second;
                ASSERT_TRUE(is_first) << "doubled " << value;
            }
        }
        for (const auto& [source, numbers] : seen_) {
            ASSERT_EQ(*numbers.rbegin() + 1, static_cast<int>(numbers.size())) << "a gap";
            ASSERT_LE(*numbers.rbegin(), last_acknowledged(source.first) + 1) << "never sent";
        }
        ASSERT_EQ((seen_[{kKeyed, 0}]), (seen_[{kKeyed, 1}])) << "a keyed request half stored";
    }

    void check_aged() {
        Offset said = 0, asked = 0;
        for (const Note& note : notes_) {
            if (note.kind == Kind::started) said = note.offset;
            if (note.kind == Kind::will_start) asked = note.offset;
        }
        auto range = log_.reactor().run(log_.log().topics().offsets({"aged", 0}));
        ASSERT_TRUE(range.has_value()) << range.error().text;
        ASSERT_GE(range->first, said) << "a log start was lost";
        ASSERT_LE(range->first, asked);
        int last = last_acknowledged(kAged);
        ASSERT_TRUE(range->end == last + 1 || range->end == last + 2) << range->end;
        auto values = log_.values({"aged", 0});
        ASSERT_TRUE(values.has_value()) << values.error().text;
        for (Offset offset = range->first; offset < range->end; ++offset) {
            ASSERT_EQ(values->at(static_cast<std::size_t>(offset)),
                      value_of(kAged, static_cast<int>(offset)));
        }
    }

    void check_topic() {
        const Note* last = nullptr;
        for (const Note& note : notes_) {
            if (note.worker == kTopics) last = &note;
        }
        auto values = log_.values({"come", 1});
        bool is_there = values.has_value();
        if (!is_there) ASSERT_EQ(values.error().code, Errc::not_found);
        Kind kind = last == nullptr ? Kind::removed : last->kind;
        if (kind == Kind::created || kind == Kind::appended) ASSERT_TRUE(is_there);
        if (kind == Kind::removed) ASSERT_FALSE(is_there);
        if (!is_there) return;
        std::vector<std::string> sent{value_of(kTopics, last->number)};
        if (kind == Kind::will_create) ASSERT_EQ(values->size(), 0u) << "of the last life";
        else if (kind == Kind::created) ASSERT_TRUE(values->empty() || *values == sent);
        else ASSERT_EQ(*values, sent);
    }

    std::vector<Result<Appended>> append(std::vector<PartitionBatch> batches,
                                         IdempotencyKey key = {}) {
        return log_.reactor().run(log_.log().topics().append(batches, std::move(key)));
    }

    void check_keys() {
        for (const Note& note : notes_) {
            if (note.kind != Kind::appended || note.worker != kKeyed) continue;
            auto again = append(keyed_request(note.number), key_of(note.number));
            ASSERT_TRUE(again[0].has_value() && again[1].has_value());
            ASSERT_TRUE(again[0]->is_repeat && again[1]->is_repeat) << "key " << note.number;
            ASSERT_EQ(again[0]->base_offset, note.offset);
            ASSERT_EQ(again[1]->base_offset, note.second);
        }
        int next = last_acknowledged(kKeyed) + 1;
        auto again = append(keyed_request(next), key_of(next));
        ASSERT_TRUE(again[0].has_value() && again[1].has_value());
        ASSERT_EQ(again[0]->is_repeat, (seen_[{kKeyed, 0}].contains(next)));
        ASSERT_EQ(again[1]->is_repeat, again[0]->is_repeat);
    }

    void check_producer() {
        int last = last_acknowledged(kProducer);
        bool is_next_there = seen_[{kProducer, 0}].contains(last + 1);
        for (const Note& note : notes_) {
            // The last five batches are remembered.
            if (note.worker != kProducer || note.number <= last + is_next_there - 5) continue;
            auto again = append(producer_request(note.number));
            ASSERT_TRUE(again[0].has_value()) << again[0].error().text;
            ASSERT_TRUE(again[0]->is_repeat);
            ASSERT_EQ(again[0]->base_offset, note.offset);
        }
        auto next = append(producer_request(last + 1));
        ASSERT_TRUE(next[0].has_value()) << next[0].error().text;
        ASSERT_EQ(next[0]->is_repeat, is_next_there);
    }

    LogFixture& log_;
    const std::vector<Note>& notes_;
    std::array<std::vector<std::string>, 2> records_;    // of t's partitions, by offset
    std::map<std::pair<int, int>, std::set<int>> seen_;  // by worker and part
};

void recover_and_check(const fs::path& directory, const std::vector<Note>& notes) {
    posix::PosixFiles files;
    LogFixture log(files, busy_settings(directory));
    auto opened = log.start();
    ASSERT_TRUE(opened.has_value()) << opened.error().text;
    Check(log, notes).run();
}

// A kill takes nothing from the page cache, so a file system in memory shows the same, and sooner.
fs::path temporary_root() {
    fs::path memory = "/dev/shm";
    bool is_usable = ::access(memory.c_str(), W_OK) == 0 && fs::space(memory).available > 1 << 28;
    return (is_usable ? memory : fs::temp_directory_path()) / ("pinflow-" + random_uuid());
}

class CrashPoints : public ::testing::Test {
protected:
    ~CrashPoints() override { fs::remove_all(root_); }

    const fs::path root_ = temporary_root();
    const unsigned seed_ = std::random_device{}();
    std::mt19937_64 dice_{seed_};
};

TEST_F(CrashPoints, a_process_that_dies_at_any_of_them_under_load_keeps_its_word) {
    auto names = named_crash_points("eventlog");
    ASSERT_GE(names.size(), 30u);
    for (const std::string& name : names) {
        if (name.starts_with("recovery.")) continue;
        SCOPED_TRACE(fmt::format("{}, seed {}", name, seed_));
        NativeLogSettings settings = busy_settings(root_ / name);
        auto count = static_cast<std::int64_t>(1 + dice_() % 5);
        if (name == "journal.zeros_written") {  // of files that are not written wholly at once
            settings.journal_file_bytes = 1'088 << 10;
            count = 1;
        }
        auto notes = run_child([&](int pipe) { work_until(name, count, settings, pipe); });
        ASSERT_FALSE(HasFailure());
        ASSERT_NO_FATAL_FAILURE(recover_and_check(root_ / name, notes));
        fs::remove_all(root_ / name);
    }
}

// What a process left that was killed with much in its journal, and copies of it.
class KilledLog {
public:
    explicit KilledLog(fs::path directory) : directory_(std::move(directory)) { make(); }

    void make() {
        fs::remove_all(directory_);
        notes_ =
            run_child([&](int pipe) { leave_much_to_recover(busy_settings(directory_), pipe); });
    }
    void copy_to(const fs::path& directory) const {
        fs::remove_all(directory);
        fs::copy(directory_, directory, fs::copy_options::recursive);
    }
    const std::vector<Note>& notes() const { return notes_; }

private:
    fs::path directory_;
    std::vector<Note> notes_;
};

// Recovery dies up to three times in a row. What there is to recover is a matter of chance, so
// another killed log is tried where a point was not reached.
TEST_F(CrashPoints, a_recovery_that_dies_at_any_of_them_is_done_again) {
    auto names = named_crash_points("eventlog");
    std::vector<std::string> list(names.begin(), names.end());
    KilledLog killed(root_ / "killed");
    fs::path directory = root_ / "copy";
    auto dies = [&](const std::string& point, std::int64_t count) {
        auto told = run_child(
            [&](int pipe) { recover_until(point, count, busy_settings(directory), pipe); });
        return told.empty();
    };
    int reached = 0;
    for (const std::string& name : names) {
        SCOPED_TRACE(fmt::format("{}, seed {}", name, seed_));
        killed.copy_to(directory);
        bool is_reached = dies(name, 1);
        for (int more = 20; more > 0 && !is_reached && name.starts_with("recovery."); --more) {
            killed.make();
            killed.copy_to(directory);
            is_reached = dies(name, 1);
        }
        ASSERT_TRUE(is_reached || !name.starts_with("recovery.")) << "never reached";
        if (!is_reached) continue;
        ++reached;
        for (auto more = dice_() % 3; more > 0; --more) {
            dies(list[dice_() % list.size()], static_cast<std::int64_t>(1 + dice_() % 2));
        }
        ASSERT_FALSE(HasFailure());
        ASSERT_NO_FATAL_FAILURE(recover_and_check(directory, killed.notes()));
    }
    EXPECT_GE(reached, 25);
}

}  // namespace
}  // namespace pinflow::eventlog
