// SPDX-License-Identifier: Apache-2.0
// A shell script stands for spark-submit: what is handed over, and how each way to fail is told.
#include "remote/spark/submit.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "base/text.h"

namespace pinflow::spark {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

class SparkSubmit : public testing::Test {
protected:
    void SetUp() override {
        std::string pattern = fs::temp_directory_path() / "pinflow-submit-XXXXXX";
        folder_ = mkdtemp(pattern.data());
        settings_.program = folder_ / "spark-submit";
        submission_ = {
            .script = "batch.py", .arguments = {"--objects", "o"}, .log = folder_ / "log"};
    }
    void TearDown() override { fs::remove_all(folder_); }

    void script(const std::string& body) {
        std::ofstream(settings_.program) << "#!/bin/sh\n" << body << "\n";
        chmod(settings_.program.c_str(), 0755);
    }
    std::string file(const char* name) {
        std::ostringstream text;
        text << std::ifstream(folder_ / name).rdbuf();
        return text.str();
    }
    Error failure() {
        Status done = run_submit(settings_, submission_);
        return done ? Error{Errc::internal, "it did not fail"} : done.error();
    }

    fs::path folder_;
    SubmitSettings settings_;
    Submission submission_;
};

TEST_F(SparkSubmit, the_line_has_packages_jars_and_properties_and_no_variable_of_ours) {
    fs::create_directory(folder_ / "jars");
    std::ofstream(folder_ / "jars/b.jar");
    std::ofstream(folder_ / "jars/a.jar");
    std::ofstream(folder_ / "jars/notes.txt");
    std::ofstream(folder_ / "python3");
    settings_.jars = folder_ / "jars";
    settings_.packages = "a:b:1";
    settings_.properties = {"spark.executor.memory=4g"};
    script("echo \"$@\"; env; exit 0");
    setenv("PINFLOW_SPARK__DATABRICKS_TOKEN", "canary", 1);
    Status done = run_submit(settings_, submission_);
    unsetenv("PINFLOW_SPARK__DATABRICKS_TOKEN");
    ASSERT_TRUE(done) << done.error().text;
    std::string log = file("log");
    EXPECT_THAT(log, HasSubstr("--master local[*] --packages a:b:1 --jars " +
                               (folder_ / "jars/a.jar").string() + "," +
                               (folder_ / "jars/b.jar").string() + " --conf "));
    EXPECT_THAT(log, HasSubstr("--conf spark.executor.memory=4g batch.py --objects o\n"));
    EXPECT_THAT(log, HasSubstr("PYSPARK_PYTHON=" + (folder_ / "python3").string()));
    EXPECT_THAT(log, Not(HasSubstr("canary")));
}

TEST_F(SparkSubmit, keys_go_by_the_environment_and_stale_ones_do_not) {
    settings_.environment = {{"AWS_SECRET_ACCESS_KEY", "canary"}, {"AWS_SESSION_TOKEN", ""}};
    settings_.packages = "a:b:1";
    settings_.packages_left_out = "c:d";
    for (const std::string& word : submit_arguments(settings_, submission_))
        EXPECT_THAT(word, Not(HasSubstr("canary")));
    script("echo \"$@\"; env; exit 0");
    setenv("AWS_SECRET_ACCESS_KEY", "of another account", 1);
    setenv("AWS_SESSION_TOKEN", "of another account", 1);
    Status done = run_submit(settings_, submission_);
    unsetenv("AWS_SECRET_ACCESS_KEY");
    unsetenv("AWS_SESSION_TOKEN");
    ASSERT_TRUE(done) << done.error().text;
    EXPECT_THAT(file("log"), HasSubstr("--packages a:b:1 --exclude-packages c:d "));
    EXPECT_THAT(file("log"), HasSubstr("AWS_SECRET_ACCESS_KEY=canary\n"));
    EXPECT_THAT(file("log"), Not(HasSubstr("of another account")));
    EXPECT_THAT(file("log"), Not(HasSubstr("AWS_SESSION_TOKEN")));
}

TEST_F(SparkSubmit, what_is_missing_is_named_with_what_to_do) {
    EXPECT_EQ(failure().code, Errc::not_found);
    EXPECT_THAT(failure().text, HasSubstr("spark.submit"));
    struct Case {
        const char* says;
        const char* told;
    };
    for (auto [says, told] :
         {Case{"JAVA_HOME is not set", "Java was not found"},
          {"java.lang.ClassNotFoundException: org.apache.spark.sql.delta.catalog.DeltaCatalog",
           "spark.jars"},
          {":: unresolved dependency: io.delta#x;1: not found", "spark.packages"},
          {"ModuleNotFoundError: No module named 'pyarrow'", "pip install"}}) {
        script(std::string("echo \"") + says + "\" >&2; exit 1");
        Error error = failure();
        EXPECT_EQ(error.code, Errc::not_found) << says;
        EXPECT_THAT(error.text, HasSubstr(told));
        EXPECT_THAT(error.text, HasSubstr(submission_.log));
    }
}

TEST_F(SparkSubmit, another_failure_shows_the_logs_end_and_where_it_is) {
    script("for i in 1 2 3 4 5 6 7 8; do echo line $i; echo; done; exit 3");
    Error error = failure();
    EXPECT_EQ(error.code, Errc::unavailable);
    EXPECT_THAT(error.text, HasSubstr("ended with 3"));
    EXPECT_THAT(error.text, HasSubstr(submission_.log));
    EXPECT_THAT(error.text, HasSubstr("line 4\n  line 5\n  line 6\n  line 7\n  line 8"));
    EXPECT_THAT(error.text, Not(HasSubstr("line 3")));
}

// The script starts a child, as spark-submit does; both must be gone.
TEST_F(SparkSubmit, a_stop_and_the_timeout_end_all_that_was_started) {
    for (bool is_stop : {true, false}) {
        fs::remove(folder_ / "child");
        script("sleep 1000 & echo $! > \"" + (folder_ / "child.new").string() + "\"; mv \"" +
               (folder_ / "child.new").string() + "\" \"" + (folder_ / "child").string() +
               "\"; wait");
        std::stop_source stop;
        settings_.timeout_ms = is_stop ? 60'000 : 1'000;
        std::thread stopper([&] {
            while (!fs::exists(folder_ / "child")) std::this_thread::yield();
            if (is_stop) stop.request_stop();
        });
        Status done = run_submit(settings_, submission_, stop.get_token());
        stopper.join();
        ASSERT_FALSE(done);
        EXPECT_EQ(done.error().code, is_stop ? Errc::cancelled : Errc::timed_out);
        auto child = parse_int(trim(file("child")));
        ASSERT_TRUE(child);
        auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        auto is_gone = [&] {
            std::ifstream stat("/proc/" + std::to_string(*child) + "/stat");
            std::string text((std::istreambuf_iterator<char>(stat)), {});
            return text.empty() || text.find(") Z ") != std::string::npos;
        };
        while (!is_gone() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
        EXPECT_TRUE(is_gone()) << "the child still runs";
    }
}

}  // namespace
}  // namespace pinflow::spark
