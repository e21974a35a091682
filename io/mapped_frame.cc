#include "io/mapped_frame.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <mutex>
#include <set>

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

namespace visq::io {

// What is mapped, for the handler, which may neither wait nor allocate.
struct MappedEntry {
  std::atomic<bool> taken = false, lost = false;  // what was lost stays taken
  std::atomic<std::uintptr_t> begin = 0, end = 0;
  std::atomic<const char*> name = nullptr;
  std::atomic<std::uint64_t> frame = 0;
};

namespace {

std::array<MappedEntry, 1024> entries;

std::atomic<bool> allowed = false, any_lost = false;

std::size_t page_size() {
  static const auto size = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  return size;
}

// Zeros in the place of the page at that address, where a frame is.
bool replace_page(std::uintptr_t address) {
  const auto holds = [=](const MappedEntry& e) { return address >= e.begin && address < e.end; };
  const auto entry = std::find_if(entries.begin(), entries.end(), holds);
  if (entry == entries.end()) return false;
  void* const page = reinterpret_cast<void*>(address / page_size() * page_size());
  constexpr int kZeros = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
  if (::mmap(page, page_size(), PROT_READ, kZeros, -1, 0) == MAP_FAILED) return false;
  entry->lost = true;
  any_lost = true;
  return true;
}

void on_lost_page(int signal, siginfo_t* info, void*) {
  const int code = errno;
  if (!replace_page(reinterpret_cast<std::uintptr_t>(info->si_addr)))
    std::signal(signal, SIG_DFL);  // the access is tried again, and ends the process
  errno = code;
}

// A copy that stays.
const char* kept(const std::string& name) {
  static std::mutex mutex;
  static std::set<std::string> names;
  const std::scoped_lock lock(mutex);
  return names.insert(name).first->c_str();
}

MappedEntry* take_entry() {
  for (MappedEntry& entry : entries)
    if (!entry.taken.exchange(true)) return &entry;
  return nullptr;
}

}  // namespace

void allow_mapping() {
  page_size();  // the handler does not ask the system
  struct sigaction action{};
  action.sa_sigaction = on_lost_page;
  action.sa_flags = SA_SIGINFO;
  allowed = ::sigaction(SIGBUS, &action, nullptr) == 0;
}

Status nothing_lost() {
  if (!any_lost) return {};
  const MappedEntry* first = nullptr;
  for (const MappedEntry& entry : entries)
    if (entry.lost && (first == nullptr || entry.frame < first->frame)) first = &entry;
  return fail(EIO, fmt::format("{}: frame {} was cut off or became unreadable while it was scored: "
                               "what was scored from it on is wrong",
                               first->name.load(), first->frame.load()));
}

std::unique_ptr<MappedFrame> MappedFrame::of(int file, std::uint64_t offset,
                                             const FrameBytes& bytes) {
  if (!allowed || bytes.size == 0 || offset % bytes.alignment != 0) return nullptr;
  const auto skipped = static_cast<std::size_t>(offset % page_size());
  const std::size_t size = skipped + bytes.size;
  void* const pages =
      ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file, static_cast<off_t>(offset - skipped));
  if (pages == MAP_FAILED) return nullptr;
  auto mapped = std::unique_ptr<MappedFrame>(new MappedFrame(pages, size, skipped));
  ::madvise(pages, size, MADV_SEQUENTIAL);  // as files are that are read in order
#ifdef MADV_POPULATE_READ
  // Here, so that nobody who scores waits for a device. Older systems do not know it.
  if (::madvise(pages, skipped + bytes.needed, MADV_POPULATE_READ) != 0 && errno != EINVAL)
    return nullptr;
#endif
  mapped->entry_ = take_entry();
  if (mapped->entry_ == nullptr) return nullptr;
  mapped->entry_->name = kept(bytes.name);
  mapped->entry_->frame = bytes.frame;
  mapped->entry_->begin = reinterpret_cast<std::uintptr_t>(pages);
  mapped->entry_->end = reinterpret_cast<std::uintptr_t>(pages) + size;
  return mapped;
}

MappedFrame::MappedFrame(void* pages, std::size_t size, std::size_t skipped)
    : pages_(pages), size_(size), data_(static_cast<unsigned char*>(pages) + skipped) {}

MappedFrame::~MappedFrame() {
  if (entry_ != nullptr) {
    entry_->end = 0;
    if (!entry_->lost) entry_->taken = false;
  }
  ::munmap(pages_, size_);
}

}  // namespace visq::io
