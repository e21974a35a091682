#include "cli/text/progress.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/text/messages.h"

namespace visq::cli {
namespace {

using Json = nlohmann::json;

// What was said on standard error.
template <typename Say>
std::string said(const Say& say) {
  testing::internal::CaptureStderr();
  say();
  return testing::internal::GetCapturedStderr();
}

TEST(ProgressText, OfNoStyleIsSilent) {
  Progress progress(ProgressStyle::none, Phase::scoring, 10);
  EXPECT_EQ(said([&] {
              progress.show(1);
              progress.close(2);
              progress.finish(10, false);
            }),
            "");
}

TEST(ProgressText, IsALineThatIsWrittenOver) {
  Progress scoring(ProgressStyle::line, Phase::scoring, 10);
  const std::string line = said([&] { scoring.show(10); });
  EXPECT_EQ(line.substr(0, 14), "\r10/10 frames ");
  EXPECT_NE(line.find(" fps  0:00 left"), std::string::npos) << line;
  EXPECT_GE(line.size(), 61u) << "what stood there is covered";
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(said([&] { scoring.show(10); }), "") << "it is too soon for another";
  EXPECT_EQ(said([&] { scoring.close(10); }), "\r" + std::string(60, ' ') + "\r");
  EXPECT_EQ(said([&] { scoring.finish(10, true); }), "\r" + std::string(60, ' ') + "\r");
}

TEST(ProgressText, OfUnknownLengthsTellsNoEnd) {
  Progress sync(ProgressStyle::line, Phase::sync, std::nullopt);
  const std::string line = said([&] { sync.show(7); });
  EXPECT_EQ(line.substr(0, 16), "\rsync: 7 frames ");
  EXPECT_EQ(line.find("left"), std::string::npos) << line;
  Progress report(ProgressStyle::line, Phase::report, 3);
  EXPECT_EQ(said([&] { report.show(0); }).find("left"), std::string::npos) << "nothing is done";
  Progress longer(ProgressStyle::line, Phase::report, 3);
  const std::string more = said([&] { longer.show(4); });
  EXPECT_EQ(more.substr(0, 20), "\rreport: 4/3 frames ");
  EXPECT_EQ(more.find("left"), std::string::npos) << "the container told too few";
}

TEST(ProgressText, ForProgramsIsAnObjectALine) {
  Progress progress(ProgressStyle::json, Phase::report, 8);
  const std::string line = said([&] { progress.close(4); });
  ASSERT_EQ(line.back(), '\n');
  const Json event = Json::parse(line);
  EXPECT_EQ(event["event"], "progress");
  EXPECT_EQ(event["phase"], "report");
  EXPECT_EQ(event["frames"], 4);
  EXPECT_EQ(event["total"], 8);
  EXPECT_GT(event["fps"], 0);
  EXPECT_NEAR(event["seconds_left"], progress.seconds(), 0.5) << "half is done";
  Progress unknown(ProgressStyle::json, Phase::sync, std::nullopt);
  const Json without = Json::parse(said([&] { unknown.show(4); }));
  EXPECT_TRUE(without["total"].is_null());
  EXPECT_TRUE(without["seconds_left"].is_null());
  const Json done = Json::parse(said([&] { progress.finish(8, true); }));
  EXPECT_EQ(done["event"], "done");
  EXPECT_EQ(done["frames"], 8);
  EXPECT_EQ(done["partial"], true);
  EXPECT_GE(done["seconds"], 0);
}

TEST(ProgressText, IsJsonEvenWhereTheCommandIsQuiet) {
  Settings settings;
  settings.quiet = settings.progress_json = true;
  EXPECT_EQ(progress_style(settings), ProgressStyle::json);
  settings.progress_json = false;
  EXPECT_EQ(progress_style(settings), ProgressStyle::none);
}

TEST(MessagesText, ForPeopleBeginWithTheProgram) {
  const Messages messages(Program::vmaf, false);
  EXPECT_FALSE(messages.json());
  EXPECT_EQ(said([&] { messages.error(2, "a is \"b\""); }), "vmaf: error: a is \"b\"\n");
  EXPECT_EQ(said([&] { messages.warning("w"); }), "vmaf: warning: w\n");
  EXPECT_EQ(said([&] { messages.note("n"); }), "vmaf: note: n\n");
  EXPECT_EQ(said([&] { messages.begin("job 2 of 5"); }), "");
}

TEST(MessagesText, ForProgramsAreObjectsWithTheirKeysInOrder) {
  const Messages messages(Program::vmaf, true);
  EXPECT_EQ(said([&] { messages.error(2, "a is \"b\"\n"); }),
            "{\"event\":\"error\",\"exit_code\":2,\"message\":\"a is \\\"b\\\"\\n\"}\n");
  EXPECT_EQ(said([&] { messages.warning("w"); }), "{\"event\":\"warning\",\"message\":\"w\"}\n");
  EXPECT_EQ(said([&] { messages.note("n"); }), "{\"event\":\"note\",\"message\":\"n\"}\n");
  EXPECT_EQ(said([&] { messages.begin("job 2 of 5"); }),
            "{\"event\":\"job\",\"name\":\"job 2 of 5\"}\n");
  EXPECT_EQ(said([&] { messages.begin(""); }), "") << "the only job has no name";
}

// Names of files may be no UTF-8; what programs read has to be.
TEST(MessagesText, ForProgramsAreUtf8) {
  const std::string line = said([] { Messages(Program::vmaf, true).error(4, "no \xff here"); });
  EXPECT_EQ(Json::parse(line)["message"], "no \xef\xbf\xbd here");
  EXPECT_EQ(said([] { Messages(Program::visq, false).note("no \xff here"); }),
            "visq: note: no \\xff here\n");
}

}  // namespace
}  // namespace visq::cli
