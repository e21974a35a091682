// Memory that the system does not give, as a caller of the C API sees it.
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "libvmaf/visq.h"
#include "tests/support/sanitized.h"

namespace {

// In a process of its own, whose address space may grow by so much.
void limit_memory(rlim_t more) {
  std::FILE* const file = std::fopen("/proc/self/statm", "r");
  unsigned long pages = 0;
  if (file == nullptr || std::fscanf(file, "%lu", &pages) != 1) std::exit(2);
  std::fclose(file);
  const rlim_t limit = pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + more;
  const rlimit limits{limit, limit};
  if (setrlimit(RLIMIT_AS, &limits) != 0) std::exit(3);
}

[[noreturn]] void allocate_more_than_there_is() {
  limit_memory(rlim_t{256} << 20);
  VmafPicture large, small;
  if (vmaf_picture_alloc(&large, VMAF_PIX_FMT_YUV444P, 16, 32768, 32768) != -ENOMEM) std::exit(4);
  if (std::string(vmaf_last_error()) != "out of memory") std::exit(5);
  VmafPicturePool* pool = nullptr;
  if (vmaf_picture_pool_open(&pool, VMAF_PIX_FMT_YUV444P, 16, 32768, 32768) != 0) std::exit(6);
  if (vmaf_picture_pool_fetch(pool, &large) != -ENOMEM) std::exit(7);
  vmaf_picture_pool_close(pool);
  if (vmaf_picture_alloc(&small, VMAF_PIX_FMT_YUV420P, 8, 64, 64) != 0) std::exit(8);
  vmaf_picture_unref(&small);
  std::exit(0);
}

TEST(PictureMemory, ThatCannotBeHadIsEnomem) {
  if (visq::test::kSanitized)
    GTEST_SKIP() << "a sanitizer's shadow memory is larger than the limit";
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(allocate_more_than_there_is(), testing::ExitedWithCode(0), "");
}

}  // namespace
