// What the machine lends this process. A container, or a service's unit, may have a share of it.
#pragma once

#include <cstdint>
#include <string>

namespace visq {

// Threads that can run at once: the CPUs that the process may use (taskset), at most as many as its
// control groups have time for, rounded up. At least 1.
unsigned usable_cpus();

// Bytes of memory that the process can have: the machine's, or what its control groups allow.
std::uint64_t usable_memory();

// Bytes of it that the process has now.
std::uint64_t resident_memory();

// Whether the system shows a graphics or a neural processor.
bool shows_accelerator();

// The same of a file system that lies in a folder, for tests. 0: without a limit.
double cpus_of_groups(const std::string& root);
std::uint64_t memory_of_groups(const std::string& root);
bool shows_accelerator(const std::string& root);

}  // namespace visq
