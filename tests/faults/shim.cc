// Preloaded, or linked before the C library: stands before the calls that can fail. A program that
// does not know it is told by the environment, and counted from the first line of its main:
//   VISQ_FAULTS=KINDS:NTH[+]     what visq_faults_arm takes; + is `all`
//   VISQ_FAULTS_COUNT=FILE       where the number of calls goes at the end of main, or at exit
#include "tests/faults/shim.h"

#include <dirent.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <utility>

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* block, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* block);
}

namespace {

using namespace visq::test;

std::atomic<unsigned> kinds{0};
std::atomic<long> failing{-1}, counted{0}, failed{0}, live{0};
std::atomic<bool> all_that_follow{false};

// Where the code of a module lies.
struct Code {
  const char* module;
  std::uintptr_t from = 0, to = 0;
};

int find_code(dl_phdr_info* info, std::size_t, void* data) {
  auto* const code = static_cast<Code*>(data);
  if (std::strstr(info->dlpi_name, code->module) == nullptr) return 0;
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0) continue;
    code->from = info->dlpi_addr + segment.p_vaddr;
    code->to = code->from + segment.p_memsz;
  }
  return 1;
}

// ONNX Runtime has places that end the process where something fails, and so do the loader and what
// libraries do when they are loaded. Nobody can mend that from outside: what they ask for succeeds,
// and is not counted.
Code runtime{"libonnxruntime"}, only{nullptr};
thread_local bool looking_or_loading = false;  // looking asks for memory, too

bool is_spared() {
  if (looking_or_loading) return true;
  if (runtime.to == 0 && only.to == 0) return false;
  looking_or_loading = true;
  void* callers[64];
  const std::span found(callers, static_cast<std::size_t>(backtrace(callers, 64)));
  looking_or_loading = false;
  const auto takes_part = [&](const Code& code) {
    return std::any_of(found.begin(), found.end(), [&](const void* caller) {
      const auto address = reinterpret_cast<std::uintptr_t>(caller);
      return address >= code.from && address < code.to;
    });
  };
  return takes_part(runtime) || (only.to != 0 && !takes_part(only));
}

bool fails(Fault fault, int code) {
  if ((kinds.load(std::memory_order_relaxed) & fault) == 0 || is_spared()) return false;
  const long number = counted.fetch_add(1);
  const long nth = failing;
  if (nth < 0 || number < nth || (number > nth && !all_that_follow)) return false;
  failed.fetch_add(1);
  errno = code;
  return true;
}

void* owned(void* block) {
  if (block != nullptr) live.fetch_add(1, std::memory_order_relaxed);
  return block;
}

// The C library's own function. Looked up when it is first called: before that nothing is ready.
template <typename F>
F next(const char* name) {
  return reinterpret_cast<F>(dlsym(RTLD_NEXT, name));
}

void write_count() {
  const char* const path = std::getenv("VISQ_FAULTS_COUNT");
  const long count = visq_faults_disarm();
  if (path == nullptr) return;
  const long file = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  char text[32];
  const int size = std::snprintf(text, sizeof text, "%ld %ld\n", count, failed.load());
  syscall(SYS_write, file, text, size);
  syscall(SYS_close, file);
}

void arm_as_told() {
  const char* const told = std::getenv("VISQ_FAULTS");
  if (told == nullptr) return;
  char* end = nullptr;
  const auto wanted = static_cast<unsigned>(std::strtoul(told, &end, 10));
  const long nth = *end == ':' ? std::strtol(end + 1, &end, 10) : -1;
  std::atexit(write_count);
  visq_faults_arm(wanted, nth, *end == '+');
}

using Main = int (*)(int, char**, char**);
Main told_main = nullptr;

int armed_main(int argc, char** argv, char** environment) {
  arm_as_told();
  return told_main(argc, argv, environment);
}

}  // namespace

extern "C" {

void visq_faults_arm(unsigned wanted, long nth, int all) {
  kinds = 0;
  counted = 0;
  failed = 0;
  failing = nth;
  all_that_follow = all != 0;
  kinds = wanted;
}

long visq_faults_disarm(void) {
  kinds = 0;
  return counted;
}

void visq_faults_only(const char* module) {
  only.module = module;
  dl_iterate_phdr(find_code, &only);
}

long visq_faults_failed(void) { return failed; }
long visq_faults_live(void) { return live; }

// Behind them come functions that the loader has, and the end of the stack.
int __libc_start_main(Main main, int argc, char** argv, ...) {
  using Start = int (*)(Main, int, char**, void*, void*, void*, void*);
  void* rest[4];
  std::va_list more;
  va_start(more, argv);
  for (void*& each : rest) each = va_arg(more, void*);
  va_end(more);
  told_main = main;
  return next<Start>("__libc_start_main")(armed_main, argc, argv, rest[0], rest[1], rest[2],
                                          rest[3]);
}

// Libraries that are loaded.
void* dlopen(const char* name, int flags) {
  static const auto real = next<decltype(&dlopen)>("dlopen");
  const bool before = std::exchange(looking_or_loading, true);
  void* const library = real(name, flags);
  if (runtime.to == 0) dl_iterate_phdr(find_code, &runtime);
  looking_or_loading = before;
  return library;
}

// Memory.
void* malloc(std::size_t size) {
  return fails(kMemory, ENOMEM) ? nullptr : owned(__libc_malloc(size));
}
void* calloc(std::size_t count, std::size_t size) {
  return fails(kMemory, ENOMEM) ? nullptr : owned(__libc_calloc(count, size));
}
void* realloc(void* block, std::size_t size) {
  if (block == nullptr) return malloc(size);
  if (size == 0) {
    free(block);
    return nullptr;
  }
  return fails(kMemory, ENOMEM) ? nullptr : __libc_realloc(block, size);
}
void free(void* block) {
  if (block == nullptr) return;
  live.fetch_sub(1, std::memory_order_relaxed);
  __libc_free(block);
}
void* memalign(std::size_t alignment, std::size_t size) {
  return fails(kMemory, ENOMEM) ? nullptr : owned(__libc_memalign(alignment, size));
}
void* aligned_alloc(std::size_t alignment, std::size_t size) { return memalign(alignment, size); }
int posix_memalign(void** block, std::size_t alignment, std::size_t size) {
  const int before = errno;
  void* const made = memalign(alignment, size);
  errno = before;
  if (made == nullptr) return ENOMEM;
  *block = made;
  return 0;
}

// Threads.
int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*),
                   void* argument) {
  static const auto real = next<decltype(&pthread_create)>("pthread_create");
  return fails(kThread, EAGAIN) ? EAGAIN : real(thread, attributes, start, argument);
}

// Files.
ssize_t read(int file, void* to, std::size_t size) {
  static const auto real = next<decltype(&read)>("read");
  return fails(kSignal, EINTR) || fails(kRead, EIO) ? -1 : real(file, to, size);
}
ssize_t pread64(int file, void* to, std::size_t size, off64_t at) {
  static const auto real = next<decltype(&pread64)>("pread64");
  return fails(kRead, EIO) ? -1 : real(file, to, size, at);
}
std::size_t fread(void* to, std::size_t size, std::size_t count, std::FILE* file) {
  static const auto real = next<decltype(&fread)>("fread");
  return fails(kRead, EIO) ? 0 : real(to, size, count, file);
}
ssize_t write(int file, const void* from, std::size_t size) {
  static const auto real = next<decltype(&write)>("write");
  return fails(kSignal, EINTR) || fails(kWrite, ENOSPC) ? -1 : real(file, from, size);
}
ssize_t writev(int file, const struct iovec* blocks, int count) {
  static const auto real = next<decltype(&writev)>("writev");
  return fails(kWrite, ENOSPC) ? -1 : real(file, blocks, count);
}
std::size_t fwrite(const void* from, std::size_t size, std::size_t count, std::FILE* file) {
  static const auto real = next<decltype(&fwrite)>("fwrite");
  return fails(kWrite, ENOSPC) ? 0 : real(from, size, count, file);
}
int fflush(std::FILE* file) {
  static const auto real = next<decltype(&fflush)>("fflush");
  return fails(kWrite, ENOSPC) ? EOF : real(file);
}
int open64(const char* path, int flags, ...) {
  static const auto real = next<decltype(&open64)>("open64");
  std::va_list more;
  va_start(more, flags);
  const auto mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return fails(kSignal, EINTR) || fails(kOpen, EMFILE) ? -1 : real(path, flags, mode);
}
int openat64(int folder, const char* path, int flags, ...) {
  static const auto real = next<decltype(&openat64)>("openat64");
  std::va_list more;
  va_start(more, flags);
  const auto mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, mode_t) : 0;
  va_end(more);
  return fails(kSignal, EINTR) || fails(kOpen, EMFILE) ? -1 : real(folder, path, flags, mode);
}
int open(const char* path, int flags, ...) __attribute__((alias("open64")));
int openat(int folder, const char* path, int flags, ...) __attribute__((alias("openat64")));
std::FILE* fopen64(const char* path, const char* mode) {
  static const auto real = next<decltype(&fopen64)>("fopen64");
  return fails(kOpen, EMFILE) ? nullptr : real(path, mode);
}
std::FILE* fopen(const char* path, const char* mode) { return fopen64(path, mode); }
DIR* opendir(const char* path) {
  static const auto real = next<decltype(&opendir)>("opendir");
  return fails(kOpen, EMFILE) ? nullptr : real(path);
}
void* mmap64(void* at, std::size_t size, int protection, int flags, int file, off64_t offset) {
  static const auto real = next<decltype(&mmap64)>("mmap64");
  return fails(kMap, ENOMEM) ? MAP_FAILED : real(at, size, protection, flags, file, offset);
}
void* mmap(void* at, std::size_t size, int protection, int flags, int file, off_t offset) {
  return mmap64(at, size, protection, flags, file, offset);
}
int fsync(int file) {
  static const auto real = next<decltype(&fsync)>("fsync");
  return fails(kSignal, EINTR) || fails(kFinish, EIO) ? -1 : real(file);
}
int rename(const char* from, const char* to) {
  static const auto real = next<decltype(&rename)>("rename");
  return fails(kFinish, EACCES) ? -1 : real(from, to);
}
}
