#include "base/machine.h"

#include <sched.h>

#include <gtest/gtest.h>

#include "tests/support/temp_folder.h"

namespace visq {
namespace {

class Machine : public test::InTempFolder {
 protected:
  double cpus() const { return cpus_of_groups(folder_.string()); }
  std::uint64_t memory() const { return memory_of_groups(folder_.string()); }
};

TEST_F(Machine, WithoutControlGroupsHasNoLimit) {
  EXPECT_EQ(cpus(), 0);
  EXPECT_EQ(memory(), 0u);
  write("proc/self/cgroup", "no such line\n");
  EXPECT_EQ(cpus(), 0);
}

TEST_F(Machine, TheSmallestOfAllGroupsAboveCounts) {
  write("proc/self/cgroup", "0::/a/b\n");
  write("sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
  write("sys/fs/cgroup/a/b/memory.max", "3000000\n");
  EXPECT_EQ(cpus(), 0);
  EXPECT_EQ(memory(), 3000000u);
  write("sys/fs/cgroup/a/cpu.max", "150000 100000\n");
  write("sys/fs/cgroup/a/memory.max", "2000000\n");
  EXPECT_EQ(cpus(), 1.5);
  EXPECT_EQ(memory(), 2000000u);
  write("sys/fs/cgroup/cpu.max", "50000 100000\n");
  write("sys/fs/cgroup/memory.max", "max\n");
  EXPECT_EQ(cpus(), 0.5);
  EXPECT_EQ(memory(), 2000000u);
}

TEST_F(Machine, AContainerSeesTheTopAlone) {
  write("proc/self/cgroup", "0::/not/here\n");
  write("sys/fs/cgroup/cpu.max", "200000 100000\n");
  EXPECT_EQ(cpus(), 2);
}

TEST_F(Machine, TheFirstVersionHasAFolderForEachController) {
  write("proc/self/cgroup", "5:cpu,cpuacct:/x\n3:memory:/x\n2:cpuset:/x\n");
  write("sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_quota_us", "300000\n");
  write("sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_period_us", "100000\n");
  write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
  write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  write("sys/fs/cgroup/memory/x/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(cpus(), 3);
  EXPECT_EQ(memory(), 0u);
}

TEST_F(Machine, ShowsAnAcceleratorByItsDevice) {
  write("dev/null", "");
  EXPECT_FALSE(shows_accelerator(folder_.string()));
  write("dev/dri/renderD128", "");
  EXPECT_TRUE(shows_accelerator(folder_.string()));
}

TEST(UsableCpus, FollowTheAffinity) {
  cpu_set_t before, one;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  CPU_ZERO(&one);
  for (int cpu = 0; CPU_COUNT(&one) == 0; ++cpu)
    if (CPU_ISSET(cpu, &before)) CPU_SET(cpu, &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(usable_cpus(), 1u);
  sched_setaffinity(0, sizeof before, &before);
  EXPECT_LE(usable_cpus(), static_cast<unsigned>(CPU_COUNT(&before)));
}

TEST(UsableMemory, IsMoreThanWhatIsUsed) {
  EXPECT_GT(resident_memory(), 1u << 20);
  EXPECT_GT(usable_memory(), resident_memory());
}

}  // namespace
}  // namespace visq
