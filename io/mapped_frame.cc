#include "io/mapped_frame.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/aligned.h"

namespace visq::io {

// What is mapped, for the handler, which may neither wait nor allocate.
struct MappedEntry {
  std::atomic<bool> taken = false;
  std::atomic<std::uintptr_t> begin = 0, end = 0;
  std::atomic<MappedFile*> file = nullptr;
  std::atomic<std::uint64_t> frame = 0;
};

namespace {

std::array<MappedEntry, 1024> entries;
std::atomic<bool> allowed = false;

constexpr std::size_t kReadBeyond = 64;

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
  entry->file.load()->lose(entry->frame);
  return true;
}

void on_lost_page(int signal, siginfo_t* info, void*) {
  const int code = errno;
  const bool sent = info->si_code <= 0;  // by a process: no access is tried again
  if (sent || !replace_page(reinterpret_cast<std::uintptr_t>(info->si_addr))) {
    std::signal(signal, SIG_DFL);
    if (sent) std::raise(signal);
  }
  errno = code;
}

MappedEntry* take_entry() {
  for (MappedEntry& entry : entries)
    if (!entry.taken.exchange(true)) return &entry;
  return nullptr;
}

// Where the frame ends with its last page, a page of zeros stands behind it.
void* map_pages(int file, std::uint64_t from, std::size_t size, std::size_t room) {
  const auto offset = static_cast<off_t>(from);
  if (room <= round_up(size, page_size()))
    return ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file, offset);
  void* const pages = ::mmap(nullptr, room, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED ||
      ::mmap(pages, size, PROT_READ, MAP_SHARED | MAP_FIXED, file, offset) != MAP_FAILED)
    return pages;
  ::munmap(pages, room);
  return MAP_FAILED;
}

}  // namespace

void allow_mapping() {
  page_size();  // the handler does not ask the system
  struct sigaction action{};
  action.sa_sigaction = on_lost_page;
  action.sa_flags = SA_SIGINFO;
  allowed = ::sigaction(SIGBUS, &action, nullptr) == 0;
}

void MappedFile::lose(std::uint64_t frame) {
  std::uint64_t first = lost_;
  while (frame < first && !lost_.compare_exchange_weak(first, frame)) {
  }
}

Status MappedFile::intact() const {
  if (lost_ == kNone) return {};
  return fail(EIO, fmt::format("{}: frame {} was cut off or became unreadable while it was scored: "
                               "what was scored from it on is wrong",
                               name_, lost_.load()));
}

std::unique_ptr<MappedFrame> MappedFrame::of(std::shared_ptr<MappedFile> file, std::uint64_t offset,
                                             const FrameBytes& bytes) {
  if (!allowed || bytes.size == 0 || offset % bytes.alignment != 0) return nullptr;
  const auto skipped = static_cast<std::size_t>(offset % page_size());
  const std::size_t size = skipped + bytes.size, room = size + kReadBeyond;
  void* const pages = map_pages(file->descriptor(), offset - skipped, size, room);
  if (pages == MAP_FAILED) return nullptr;
  auto mapped = std::unique_ptr<MappedFrame>(new MappedFrame);
  mapped->file_ = std::move(file);
  mapped->frame_ = bytes.frame;
  mapped->end_ = offset + bytes.size;
  mapped->pages_ = pages;
  mapped->size_ = room;
  mapped->data_ = static_cast<unsigned char*>(pages) + skipped;
  ::madvise(pages, size, MADV_SEQUENTIAL);  // as files are that are read in order
#ifdef MADV_POPULATE_READ
  // Here, so that nobody who scores waits for a device. Older systems do not know it.
  if (::madvise(pages, skipped + bytes.needed, MADV_POPULATE_READ) != 0 && errno != EINVAL)
    return nullptr;
#endif
  mapped->entry_ = take_entry();
  if (mapped->entry_ == nullptr) return nullptr;
  mapped->entry_->file = mapped->file_.get();
  mapped->entry_->frame = bytes.frame;
  mapped->entry_->begin = reinterpret_cast<std::uintptr_t>(pages);
  mapped->entry_->end = reinterpret_cast<std::uintptr_t>(pages) + size;
  return mapped;
}

MappedFrame::~MappedFrame() {
  if (entry_ != nullptr) {
    entry_->end = 0;
    entry_->taken = false;
    // The rest of a page that is cut in its midst reads as zeros without a signal.
    struct stat status{};
    if (::fstat(file_->descriptor(), &status) == 0 &&
        static_cast<std::uint64_t>(status.st_size) < end_)
      file_->lose(frame_);
  }
  ::munmap(pages_, size_);
}

}  // namespace visq::io
