// A process that was taken over tries what it may not.
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <thread>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/output_file.h"
#include "cli/confine.h"
#include "tests/support/command_fixture.h"
#include "tests/support/shared.h"

namespace visq::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// In a process of its own, confined: the exit code of `attack`; 77 where the kernel cannot.
int confined(const Confinement& confinement, const std::function<int()>& attack) {
  const pid_t child = fork();
  if (child == 0) _exit(confine(confinement) ? attack() : 77);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 100 + WTERMSIG(status);
}

class Confined : public test::WithClips {
 protected:
  void SetUp() override {
    WithClips::SetUp();
    // Its search for leaks traces the process, which confinement forbids.
    setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
    secret_ = write("secret/key", "secret");
    write("in/clip", "clip");
    fs::create_directories(folder_ / "into");
    const int able = confined(allowed(), [] { return 0; });
#ifdef VISQ_SECCOMP
    const bool possible = able == 0;
#else
    const bool possible = false;
#endif
    if (!possible) GTEST_SKIP() << "this kernel has no Landlock, or this build no libseccomp";
  }
  Confinement allowed() const {
    return {{(folder_ / "in").string()}, {(folder_ / "into").string()}};
  }
  static int errno_of_open(const std::string& path, int flags) {
    return ::open(path.c_str(), flags, 0600) >= 0 ? 0 : errno;
  }

  std::string secret_;
};

TEST_F(Confined, WhatIsNamedCanBeReadAndWritten) {
  const std::string in = (folder_ / "in/clip").string(), out = (folder_ / "into/s.json").string();
  EXPECT_EQ(confined(allowed(), [&] { return errno_of_open(in, O_RDONLY); }), 0);
  EXPECT_EQ(confined(allowed(), [&] { return write_output(out, "scores", "it") ? 0 : 1; }), 0);
  EXPECT_EQ(confined(allowed(), [&] { return write_output(out, "again", "it") ? 0 : 1; }), 0);
  EXPECT_EQ(read("into/s.json"), "again");
}

TEST_F(Confined, NothingElseIsOpened) {
  for (const std::string& path :
       {secret_, std::string("/etc/passwd"), (folder_ / "in/../secret/key").string(),
        std::string("/proc/1/mem")})
    EXPECT_EQ(confined(allowed(), [&] { return errno_of_open(path, O_RDONLY); }), EACCES) << path;
  fs::create_symlink(secret_, folder_ / "in/link");
  const std::string link = (folder_ / "in/link").string(), in = (folder_ / "in/clip").string(),
                    made = (folder_ / "in/made").string(), away = (folder_ / "made").string();
  EXPECT_EQ(confined(allowed(), [&] { return errno_of_open(link, O_RDONLY); }), EACCES);
  EXPECT_EQ(confined(allowed(), [&] { return errno_of_open(in, O_WRONLY); }), EACCES);
  for (const std::string& path : {made, away})
    EXPECT_EQ(confined(allowed(), [&] { return errno_of_open(path, O_WRONLY | O_CREAT); }), EACCES);
  EXPECT_EQ(confined(allowed(), [&] { return ::unlink(in.c_str()) == 0 ? 0 : errno; }), EACCES);
}

TEST_F(Confined, NothingIsConnectedOrStarted) {
  for (const int family : {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK})
    EXPECT_EQ(
        confined(allowed(), [&] { return ::socket(family, SOCK_STREAM, 0) >= 0 ? 0 : errno; }),
        EPERM);
  EXPECT_EQ(confined(allowed(),
                     [] {
                       char program[] = "/bin/true", *const arguments[] = {program, nullptr};
                       ::execv(program, arguments);
                       return errno;
                     }),
            EPERM);
  EXPECT_EQ(confined(allowed(), [] { return std::system("true") == 0 ? 0 : 1; }), 1);
}

TEST_F(Confined, SoAreTheThreadsThatStartLater) {
  EXPECT_EQ(confined(allowed(),
                     [&] {
                       int code = 0;
                       std::thread([&] { code = errno_of_open(secret_, O_RDONLY); }).join();
                       return code;
                     }),
            EACCES);
}

// ---- the command ----

TEST_F(Confined, TheCommandScoresTheSame) {
  ASSERT_EQ(shell("ffmpeg -nostdin -loglevel error -i b.y4m -c:v ffv1 b.mkv"), 0);
  const std::string job = "-r a.y4m -d b.mkv --feature psnr --precision max -q";
  const Outcome plain = run(job + " -o plain.json"),
                held = run(job + " --confine -o into/held.json --threads 2");
  ASSERT_EQ(plain.code, 0) << plain.err;
  ASSERT_EQ(held.code, 0) << held.err;
  EXPECT_EQ(report("plain.json")["frames"], report("into/held.json")["frames"]);
  EXPECT_EQ(report("plain.json")["environment"], report("into/held.json")["environment"]);
}

TEST_F(Confined, AHostilePlaylistGetsNothing) {
  ASSERT_EQ(shell("ffmpeg -nostdin -loglevel error -i b.y4m -c:v mpeg2video -r 25 secret/s.ts"), 0);
  write("in/live.mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://" +
                           (folder_ / "secret/s.ts").string() + "\n#EXT-X-ENDLIST\n");
  for (const char* allow : {"", " --allow_playlists"}) {
    const Outcome o =
        run(std::string("-r a.y4m -d in/live.mp4 -n --feature psnr --confine") + allow);
    EXPECT_EQ(o.code, 2) << o.err;
    EXPECT_THAT(o.err, HasSubstr("live.mp4"));
  }
}

}  // namespace
}  // namespace visq::cli
