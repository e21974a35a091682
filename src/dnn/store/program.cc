#include "dnn/store/program.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <thread>

#include <fmt/format.h>

extern char** environ;

namespace visq {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kKeptBytes = 4096;

// Both ends of a pipe, closed when they go.
class Pipe {
 public:
  Pipe() {
    if (::pipe2(ends_, O_CLOEXEC) != 0) ends_[0] = ends_[1] = -1;
  }
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  bool is_open() const { return ends_[0] >= 0; }
  int reader() const { return ends_[0]; }
  int writer() const { return ends_[1]; }
  void close_writer() { close_end(1); }

 private:
  void close_end(int end) {
    if (ends_[end] >= 0) ::close(ends_[end]);
    ends_[end] = -1;
  }
  int ends_[2] = {-1, -1};
};

// In a group of its own, so that all of it can be killed.
int spawn(std::vector<std::string>& words, int output, pid_t& child) {
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  if (const int error = posix_spawn_file_actions_init(&files); error != 0) return error;
  if (const int error = posix_spawnattr_init(&attributes); error != 0) return error;
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, output, 1);
  posix_spawn_file_actions_adddup2(&files, output, 2);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  const int error =
      ::posix_spawn(&child, words[0].c_str(), &files, &attributes, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  return error;
}

// Reads until the other side is closed; false when the time is up before.
bool drain(int reader, Clock::time_point end, std::string& words) {
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) return false;
    pollfd readable{reader, POLLIN, 0};
    if (::poll(&readable, 1, static_cast<int>(std::min<long long>(left, 1000))) <= 0) continue;
    char block[1024];
    const ssize_t count = ::read(reader, block, sizeof block);
    if (count == 0 || (count < 0 && errno != EINTR)) return true;
    if (count > 0)
      words.append(block, std::min(static_cast<std::size_t>(count), kKeptBytes - words.size()));
  }
}

// False when the time is up before it ended.
bool await(pid_t child, Clock::time_point end, int& status) {
  for (;;) {
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child) return true;
    if (ended < 0 && errno != EINTR) return status = 0xff00, true;  // somebody else waited for it
    if (Clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

void stop(pid_t child) {
  ::kill(-child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

Result<std::string> find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::string folders = path == nullptr ? "" : path;
  for (std::size_t from = 0; from <= folders.size();) {
    const std::size_t colon = std::min(folders.find(':', from), folders.size());
    const fs::path file = fs::path(folders.substr(from, colon - from)) / name;
    std::error_code error;
    if (file.is_absolute() && fs::is_regular_file(file, error) && ::access(file.c_str(), X_OK) == 0)
      return file.string();
    from = colon + 1;
  }
  return fail(EACCES, fmt::format("no folder of PATH has a program {}", name));
}

Result<ProgramEnd> run_program(std::vector<std::string> words, std::chrono::milliseconds patience) {
  const auto end = Clock::now() + patience;
  Pipe pipe;
  if (!pipe.is_open())
    return fail(errno, fmt::format("{} cannot be started: {}", words[0], std::strerror(errno)));
  pid_t child = 0;
  if (const int error = spawn(words, pipe.writer(), child); error != 0)
    return fail(EACCES, fmt::format("{} cannot be started: {}", words[0], std::strerror(error)));
  pipe.close_writer();
  ProgramEnd result;
  int status = 0;
  if (!drain(pipe.reader(), end, result.words) || !await(child, end, status)) {
    stop(child);
    return fail(ETIMEDOUT, fmt::format("{} did not end within {} ms and was stopped", words[0],
                                       patience.count()));
  }
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

}  // namespace visq
