/* visq_measure THREADS COMMAND...: what one run of a command takes.
 *
 * Pins the command to the last THREADS cores and prints wall seconds, user and system seconds, peak
 * memory in KiB and the exit status. A program of its own, because the peak memory of a process
 * counts what its parent had when it was started: of Python that is 10 MB and more. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void become(int threads, char** command) {
  cpu_set_t set;
  const int cores = (int)sysconf(_SC_NPROCESSORS_ONLN);
  CPU_ZERO(&set);
  for (int i = 0; i < threads && i < cores; ++i) CPU_SET((size_t)(cores - 1 - i), &set);
  sched_setaffinity(0, sizeof set, &set);
  const int nowhere = open("/dev/null", O_WRONLY);
  if (nowhere >= 0) dup2(nowhere, STDOUT_FILENO);
  execv(command[0], command);
  perror(command[0]);
  _exit(127);
}

static double seconds_of(struct timeval time) {
  return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

int main(int argc, char** argv) {
  if (argc < 3) return 1;
  const int threads = atoi(argv[1]);
  struct timespec start, end;
  struct rusage usage;
  int status = 0;
  clock_gettime(CLOCK_MONOTONIC, &start);
  const pid_t child = fork();
  if (child == 0) become(threads, argv + 2);
  if (child < 0 || wait4(child, &status, 0, &usage) != child) return 1;
  clock_gettime(CLOCK_MONOTONIC, &end);
  const double wall =
      (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9;
  printf("%.6f %.6f %ld %d\n", wall, seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime),
         usage.ru_maxrss, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  return 0;
}
