// What the shim does to a program: calls into the C library fail, each in its turn.
#pragma once

namespace visq::test {

enum Fault : unsigned {
  kMemory = 1,   // malloc and its kin
  kThread = 2,   // pthread_create
  kRead = 4,     // read, pread, fread
  kWrite = 8,    // write, writev, fwrite, fflush
  kOpen = 16,    // open, openat, fopen, opendir
  kMap = 32,     // mmap
  kFinish = 64,  // fsync and rename, with which a file is finished
  kSignal = 128  // a signal interrupts open, openat, read, write or fsync: EINTR
};

}  // namespace visq::test

extern "C" {

// From now on the call number `nth` (0 is the next one) of these kinds fails, and with `all` those
// that follow, too. Below 0: none does; they are counted.
void visq_faults_arm(unsigned kinds, long nth, int all);

// No call fails any more. How many were counted since visq_faults_arm.
long visq_faults_disarm(void);

// How many of them failed.
long visq_faults_failed(void);

// From now on only what code of this module asks for, or what it calls, can fail: "libvmaf".
void visq_faults_only(const char* module);

// Blocks of memory that the program has not given back.
long visq_faults_live(void);
}
